"""People and the roles they hold."""

from pydantic import Field

from models.base import Message

ENGINE = "accord"
"""The actor of what happens by itself: a deadline that passes, a stage that opens."""

PersonId = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")


class Person(Message):
    """Somebody who may act. The id is what stands in workflows and records, the name never does."""

    id: str = PersonId
    name: str = Field(min_length=1, max_length=200)
    organisation: str = Field(min_length=1, max_length=200)
    email: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)
    roles: tuple[str, ...] = ()


Roster = dict[str, tuple[str, ...]]
"""Who holds which of the roles that matter here: person id → roles."""
