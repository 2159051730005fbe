"""A certificate: what is printed on it. Its digest is printed, too."""

from typing import Annotated

from pydantic import Field

from models.base import Day, Line, Message
from models.case.case import Country

Number = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,59}$")]
"""The number of a certificate: that of its cohort, and its own in it."""


class Certificate(Message):
    """What a certificate says of one official."""

    number: Number
    programme: Line
    """The title of the programme."""
    cohort: Line
    """The title of the cohort."""
    institute: Line
    starts: Day
    ends: Day
    name: Line
    """In the official's own script."""
    latin: Line
    """In Latin letters."""
    country: Country
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    """Beside Korean; a tag of BCP 47."""
    issued: Day
