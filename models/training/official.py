"""An official who is nominated: name, post and papers. Workflows never see it."""

from typing import Annotated

from pydantic import Field

from models.base import Line, Message, Sha256
from models.case.case import Country
from models.training.cohort import DocumentKind


class Official(Message):
    """An official as their government writes them."""

    country: Country
    identity: Annotated[Line, Field(max_length=40)]
    """The number of a passport or identity card: the same number is the same person."""
    name: Line
    """In their own script."""
    latin: Line
    """In Latin letters, as in the passport."""
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    """Of the certificate, beside Korean; a tag of BCP 47."""
    position: Line
    employer: Line


class Dossier(Message):
    """The documents of a nomination, by their kind. Kept under its own digest."""

    official: str
    """The id in the register."""
    documents: dict[DocumentKind, Sha256] = Field(default_factory=dict)
