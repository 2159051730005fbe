"""The directory as a file: organisations, people, and roles that exclude each other."""

from collections import Counter
from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from models.base import Message
from models.people.person import Exclusion, Holding, Organisation, Person
from models.people.twins import Distinct, twins


class Directory(Message):
    """Everybody who may act, and who they act for."""

    exclusive: tuple[Exclusion, ...] = ()
    distinct: tuple[tuple[str, str], ...] = ()
    """Ids of two people, or two organisations, that are two although they look like one."""
    organisations: tuple[Organisation, ...] = Field(default=(), alias="organisation")
    people: tuple[Person, ...] = Field(default=(), alias="person")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if problem := next(self._problems(), None):
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        for what, ids in (("person", self.people), ("organisation", self.organisations)):
            twice = [one for one, count in Counter(entry.id for entry in ids).items() if count > 1]
            yield from (f"{what} {one} is listed twice" for one in twice)
        known = {body.id for body in self.organisations}
        for somebody in self.people:
            for where in (somebody.organisation, *(former.organisation for former in somebody.former)):
                if where not in known:
                    yield f"person {somebody.id}: there is no organisation {where!r}"
        yield from twins(self.people, self.organisations, self.two)
        for who, holdings in self._held().items():
            for rule in self.exclusive:
                if rule.breached_by(holdings):
                    yield f"person {who}: {rule.one} and {rule.other} exclude each other (exclusive)"

    @property
    def two(self) -> Distinct:
        """Who is two, although they look like one."""
        return frozenset(map(frozenset, self.distinct))

    def _held(self) -> dict[str, list[Holding]]:
        """What each subject holds, over all accounts."""
        held: dict[str, list[Holding]] = {}
        for somebody in self.people:
            held.setdefault(somebody.who, []).extend(somebody.roles)
        return held
