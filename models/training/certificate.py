"""What a training institute certifies: that an official completed the course of a cohort. Pure."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Day, Line, Message
from models.case.case import Country

CertificateNumber = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,59}$")]
"""The number of a certificate, as it is printed and asked for."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
"""A language as BCP 47 writes it, without script and region: ``km``, ``fil``."""


class Certificate(Message):
    """One official, one completed course. Its ``digest()`` is printed on it, so that it can be checked."""

    number: CertificateNumber
    programme: Line
    cohort: Line
    """Its title."""
    institute: Line
    """Who taught, and certifies."""
    starts: Day
    ends: Day
    """The last day of the course."""
    name: Line
    """Of the official, in the script of their own language."""
    latin: Line
    """The same name in Latin letters."""
    country: Country
    """Whose official it is."""
    language: Language
    """In which the certificate is written, beside Korean."""
    issued: Day

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("a course must not end before it starts")
        return self
