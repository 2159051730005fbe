"""People and the roles they hold."""

from typing import Annotated

from pydantic import Field

from models.base import Line, Message, PersonId, Role

ENGINE = "accord"
"""The actor of what happens by itself: a deadline that passes, a stage that opens."""


_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63})*$"


class Person(Message):
    """Somebody who may act, as the directory knows them."""

    id: PersonId
    name: Line
    organisation: Line
    email: Annotated[str, Field(pattern=_ADDRESS, max_length=254)]
    roles: tuple[Role, ...] = ()


Roster = dict[str, tuple[str, ...]]
"""Who holds which of the roles that matter at a gate: person id → roles."""


def holds_any(roster: Roster, person: str, roles: tuple[str, ...]) -> bool:
    """Whether ``person`` holds at least one of ``roles``."""
    return any(role in roles for role in roster.get(person, ()))
