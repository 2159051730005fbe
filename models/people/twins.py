"""One human is one subject, one payee one organisation, until the file says that two are two. Pure."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TypeVar

from models.people.person import Organisation, Person

T = TypeVar("T")

Distinct = frozenset[frozenset[str]]
"""Pairs of ids that are two, although they look like one."""


def twins(people: Iterable[Person], bodies: Iterable[Organisation], distinct: Distinct) -> Iterator[str]:
    """For each two that look like one: what they have in common, and what to write where they are two."""
    listed, known = tuple(people), tuple(bodies)
    for what, of in ((" have one e-mail address", _mailbox), (" have one name at one organisation", _name)):
        for one, other in _alike(listed, of):
            if one.who != other.who and frozenset((one.id, other.id)) not in distinct:
                yield _says(one.id, other.id, what, "one human: give both the same subject")
    for what, at in ((" have one account number", _account), (" have one name", _title)):
        for body, second in _alike(known, at):
            if frozenset((body.id, second.id)) not in distinct:
                yield _says(body.id, second.id, what, "one organisation: list it once")


def _says(one: str, other: str, what: str, same: str) -> str:
    return f'{one} and {other}{what}; if they are {same}; if not: distinct = [["{one}", "{other}"]]'


def _alike(all_: Iterable[T], of: Callable[[T], object]) -> Iterator[tuple[T, T]]:
    """Every two that have the same of it; who has none is like nobody."""
    groups: dict[object, list[T]] = {}
    for one in all_:
        if (key := of(one)) is not None:
            groups.setdefault(key, []).append(one)
    for group in groups.values():
        yield from combinations(group, 2)


def _mailbox(one: Person) -> str:
    """The mailbox behind an address: letters of either case, without what stands behind a plus."""
    name, _, host = one.email.casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


def _name(one: Person) -> tuple[str, str]:
    return one.organisation, " ".join(one.name.casefold().split())


def _account(body: Organisation) -> str | None:
    return body.account


def _title(body: Organisation) -> str:
    return " ".join(body.name.casefold().split())
