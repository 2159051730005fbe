"""People, organisations, the roles they hold and for how long."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.base import Day, Line, Message, OrganisationId, PersonId, Role, as_pair

_ADDRESS = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63})*$"


class Sector(StrEnum):
    """Whether an organisation belongs to a state."""

    PUBLIC = "public"
    PRIVATE = "private"


class Organisation(Message):
    """A body that people act for."""

    id: OrganisationId
    name: Line
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    sector: Sector
    account: Annotated[str, Field(pattern=r"^[A-Z0-9]{4,34}$")] | None = None
    """Where it is paid to (IBAN, or the number that its bank uses). An invoice never changes it."""


class Term(Message):
    """A stretch of days, both ends included; an end that is left out is open."""

    since: Day | None = None
    until: Day | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"until ({self.until}) is before since ({self.since})")
        return self

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Holding(Term):
    """A role, held for a time."""

    role: Role

    @model_validator(mode="before")
    @classmethod
    def _role_alone(cls, given: Any) -> Any:
        """A role that is held without an end may be written as its name."""
        return {"role": given} if isinstance(given, str) else given


class Exclusion(Message):
    """Two roles that no person may hold on the same day, under any of their accounts."""

    one: Role
    other: Role

    @model_validator(mode="before")
    @classmethod
    def _written_as_a_list(cls, given: object) -> object:
        """Two roles may be written ``["treasury", "coordinator"]``."""
        return as_pair(given)

    def breached_by(self, holdings: list[Holding]) -> bool:
        """Whether both roles are held on some day."""
        return any(
            {first.role, second.role} == {self.one, self.other} and _meet(first, second)
            for first, second in combinations(holdings, 2)
        )

    def parts(self, roles: Iterable[str]) -> bool:
        """Whether both are among ``roles``."""
        return {self.one, self.other} <= set(roles)


def _meet(first: Holding, second: Holding) -> bool:
    """Whether two terms have a day in common."""
    starts = [term.since for term in (first, second) if term.since]
    ends = [term.until for term in (first, second) if term.until]
    return not starts or not ends or max(starts) <= min(ends)


class Post(Term):
    """An organisation somebody worked for before: for a while they are barred from its cases."""

    organisation: OrganisationId


class Person(Message):
    """Somebody who may act, as the directory knows them."""

    id: PersonId
    name: Line
    organisation: OrganisationId
    email: Annotated[str, Field(pattern=_ADDRESS, max_length=254)]
    roles: tuple[Holding, ...] = ()
    subject: Line | None = None
    """Who it is, whatever the account: the identity provider's subject. Two accounts of one subject are
    one person for every duty. None: the account is all there is."""
    former: tuple[Post, ...] = ()

    @property
    def who(self) -> str:
        """What duties are counted by."""
        return self.subject or self.id

    def roles_on(self, day: date) -> tuple[str, ...]:
        """The roles held on ``day``, each once, in alphabetical order."""
        return tuple(sorted({holding.role for holding in self.roles if holding.covers(day)}))
