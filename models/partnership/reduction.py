"""Reduction: the funding panel commits less than was asked for."""

from typing import Annotated

from pydantic import Field

from models.amount import Minor
from models.base import GateId, Message, PersonId, Prose, Sha256


class Reduction(Message):
    """Puts a smaller amount before the panel that decides on study money; every seat votes anew, on that."""

    gate: GateId
    actor: PersonId
    amount: Minor
    """What all deliverables together may cost then, in minor units of the proposal's currency."""
    content_hash: Sha256
    reason: Annotated[Prose, Field(min_length=1)]
