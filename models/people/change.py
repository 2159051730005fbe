"""What is different between a directory file and what is in force: one change for each thing. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from models.base import Message
from models.people.directory import Directory
from models.people.person import Exclusion, Holding, Organisation, Person

DETAILS = {"name", "organisation", "email"}
"""What a person has beside an id and a subject."""


class ChangeKind(StrEnum):
    """What a change does; the action of its entry on record."""

    ORGANISATION_ADDED = "organisation added"
    ORGANISATION_CHANGED = "organisation changed"
    ORGANISATION_RETURNED = "organisation returned"
    ORGANISATION_ENDED = "organisation ended"
    ACCOUNT_CHANGED = "account changed"
    PERSON_ADDED = "person added"
    PERSON_CHANGED = "person changed"
    PERSON_RETURNED = "person returned"
    """Who has ended is listed again, under the same id."""
    PERSON_ENDED = "person ended"
    SUBJECT_CHANGED = "subject changed"
    ROLE_GIVEN = "role given"
    ROLE_CHANGED = "role changed"
    """It is held at other times."""
    ROLE_ENDED = "role ended"
    POST_ADDED = "former post added"
    EXCLUSION_ADDED = "exclusion added"
    EXCLUSION_ENDED = "exclusion ended"


class Change(Message):
    """One thing that becomes different; ``before`` and ``after`` are its fields, empty where it has none."""

    kind: ChangeKind
    about: str
    """The person or the organisation, by id; the two roles of an exclusion, ``one/other``."""
    before: dict[str, Any]
    after: dict[str, Any]

    def __str__(self) -> str:
        before, after = (_written(fields) for fields in (self.before, self.after))
        return f"{self.kind}: {self.about}{_what(before, after)}"


def _what(before: str, after: str) -> str:
    if before and after:
        return f" ({before} -> {after})"
    return f" ({before or after})" if before or after else ""


def _written(fields: Mapping[str, Any]) -> str:
    """What is worth reading of it."""
    return ", ".join(str(value) for value in fields.values() if value is not None)


class InForce(NamedTuple):
    """The directory as it is: everybody by id, those that have ended apart."""

    organisations: Mapping[str, Organisation]
    people: Mapping[str, Person]
    exclusive: tuple[Exclusion, ...]
    ended_organisations: Mapping[str, Organisation]
    ended_people: Mapping[str, Person]

    @property
    def empty(self) -> bool:
        """Whether nobody was ever in it."""
        return not (self.people or self.organisations or self.ended_people or self.ended_organisations)

    def holders(self, role: str, day: Any) -> frozenset[str]:
        """The subjects that hold a role on ``day``, in person."""
        return frozenset(one.who for one in self.people.values() if role in one.roles_on(day))


K = ChangeKind


def changes(now: InForce, wanted: Directory) -> tuple[Change, ...]:
    """All that differs, in an order in which it can be carried out: nobody is given a role of an
    organisation that is not there yet, and what ends makes room for what begins.
    """
    bodies = {body.id: body for body in wanted.organisations}
    people = {one.id: one for one in wanted.people}
    return (
        *(change for body in bodies.values() for change in _organisation(now, body)),
        *_gone(K.PERSON_ENDED, now.people, people),
        *(change for one in people.values() for change in _ending(now, one)),
        *_exclusions(now.exclusive, wanted.exclusive),
        *(change for one in people.values() for change in _person(now, one)),
        *_gone(K.ORGANISATION_ENDED, now.organisations, bodies),
    )


def _gone(kind: ChangeKind, known: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Change]:
    for name in known.keys() - wanted.keys():
        yield Change(kind=kind, about=name, before={}, after={})


def _organisation(now: InForce, body: Organisation) -> Iterator[Change]:
    known = now.organisations.get(body.id)
    before = known or now.ended_organisations.get(body.id)
    kind = K.ORGANISATION_CHANGED if known else K.ORGANISATION_RETURNED if before else K.ORGANISATION_ADDED
    was, becomes = (one.model_dump(mode="json", exclude={"account"}) if one else {} for one in (before, body))
    if was != becomes or known is None:
        yield Change(kind=kind, about=body.id, before=was, after=becomes)
    account = before.account if before else None
    if account != body.account:
        fields = ({"account": account}, {"account": body.account})
        yield Change(kind=K.ACCOUNT_CHANGED, about=body.id, before=fields[0], after=fields[1])


def _ending(now: InForce, one: Person) -> Iterator[Change]:
    """The roles that somebody who stays has no longer."""
    if known := now.people.get(one.id):
        gone, _ = _terms(known, one)
        yield from (_change(K.ROLE_ENDED, one.id, held, None) for held in gone)


def _terms(known: Person, one: Person) -> tuple[list[Holding], list[tuple[Holding | None, Holding]]]:
    """The terms of roles that end; and those that begin, each with the one of the same role it replaces."""
    gone = [held for held in dict.fromkeys(known.roles) if held not in one.roles]
    new: list[tuple[Holding | None, Holding]] = []
    for term in (held for held in dict.fromkeys(one.roles) if held not in known.roles):
        replaced = next((held for held in gone if held.role == term.role), None)
        new.append((replaced, term))
        if replaced:
            gone.remove(replaced)
    return gone, new


def _person(now: InForce, one: Person) -> Iterator[Change]:
    known, ended = now.people.get(one.id), now.ended_people.get(one.id)
    if known is None:
        kind = K.PERSON_RETURNED if ended else K.PERSON_ADDED
        before = details(ended) | {"subject": ended.subject} if ended else {}
        after = details(one) | {"subject": one.subject}
        yield Change(kind=kind, about=one.id, before=before, after=after)
    else:
        if details(known) != details(one):
            yield Change(kind=K.PERSON_CHANGED, about=one.id, before=details(known), after=details(one))
        if known.subject != one.subject:
            was, becomes = {"subject": known.subject}, {"subject": one.subject}
            yield Change(kind=K.SUBJECT_CHANGED, about=one.id, before=was, after=becomes)
    there = known or one.model_copy(update={"roles": (), "former": ended.former if ended else ()})
    for replaced, term in _terms(there, one)[1]:
        yield _change(K.ROLE_CHANGED if replaced else K.ROLE_GIVEN, one.id, replaced, term)
    yield from (_change(K.POST_ADDED, one.id, None, post) for post in one.former if post not in there.former)


def details(one: Person) -> dict[str, Any]:
    """What somebody has beside an id and a subject, as plain JSON types."""
    return one.model_dump(mode="json", include=DETAILS)


def _exclusions(known: Iterable[Exclusion], wanted: Iterable[Exclusion]) -> Iterator[Change]:
    before, after = set(known), set(wanted)
    for pair in sorted(after - before, key=str):
        yield _change(K.EXCLUSION_ADDED, f"{pair.one}/{pair.other}", None, pair)
    for pair in sorted(before - after, key=str):
        yield _change(K.EXCLUSION_ENDED, f"{pair.one}/{pair.other}", pair, None)


def _change(kind: ChangeKind, about: str, before: Message | None, after: Message | None) -> Change:
    fields = [one.content() if one else {} for one in (before, after)]
    return Change(kind=kind, about=about, before=fields[0], after=fields[1])
