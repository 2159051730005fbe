"""What registrars send about the directory."""

from typing import Annotated

from pydantic import Field

from models.base import Message, PersonId, Prose

Number = Annotated[int, Field(ge=1)]


class Confirmation(Message):
    """A registrar says the same as who asked for a change; ``number`` is the entry that asks."""

    number: Number
    actor: PersonId
    reason: Prose = ""


class Withdrawal(Message):
    """A registrar, or who asked for a change, wants it no more."""

    number: Number
    actor: PersonId
    reason: Prose = ""


class Leaving(Message):
    """Somebody acts no more, from now on."""

    person: PersonId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]
