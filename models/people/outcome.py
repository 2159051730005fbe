"""What the directory is once a change is carried out, and what the entry of that change writes. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.case.effects import Effect
from models.people.change import Change, ChangeKind, InForce, details
from models.people.directory import Directory
from models.people.effects import (
    Dissolves,
    Excludes,
    Holds,
    Leaves,
    Organises,
    PaysTo,
    Registers,
    Served,
)
from models.people.person import Exclusion, Holding, Organisation, Person, Post

K = ChangeKind


def fits(now: InForce, change: Change) -> bool:
    """Whether the directory is still as it was when this change was asked for."""
    body, one = now.organisations.get(change.about), now.people.get(change.about)
    match change.kind:
        case K.ORGANISATION_ADDED | K.ORGANISATION_RETURNED:
            return body is None
        case K.PERSON_ADDED | K.PERSON_RETURNED:
            return one is None and change.after["organisation"] in now.organisations
        case K.EXCLUSION_ADDED | K.EXCLUSION_ENDED:
            return True
        case K.ORGANISATION_CHANGED | K.ACCOUNT_CHANGED | K.ORGANISATION_ENDED:
            return body is not None and _has(body.content(), change.before)
        case K.ROLE_GIVEN | K.ROLE_CHANGED | K.ROLE_ENDED:
            return one is not None and _holds(now, one, change)
        case _:
            return one is not None and _has(one.content(), change.before)


def _has(content: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    return all(content[name] == value for name, value in fields.items())


def _holds(now: InForce, one: Person, change: Change) -> bool:
    """Whether the term is there that ends or changes, and what they would hold then excludes nothing."""
    if change.before and Holding.model_validate(change.before) not in one.roles:
        return False
    then = _roles(one, change)
    others = [
        held for each in now.people.values() if each.who == one.who and each != one for held in each.roles
    ]
    return not any(pair.breached_by([*then, *others]) for pair in now.exclusive)


def _roles(one: Person, change: Change) -> tuple[Holding, ...]:
    """What somebody holds once a change of their roles is carried out."""
    before = Holding.model_validate(change.before) if change.before else None
    kept = tuple(held for held in one.roles if held != before)
    return (*kept, Holding.model_validate(change.after)) if change.after else kept


def carried_out(now: InForce, change: Change, at: datetime) -> InForce:
    """The directory once ``change`` is in force."""
    match change.kind:
        case K.ORGANISATION_ENDED:
            body = now.organisations[change.about]
            rest = _without(now.organisations, change.about)
            return now._replace(
                organisations=rest, ended_organisations={**now.ended_organisations, body.id: body}
            )
        case K.PERSON_ENDED:
            one = now.people[change.about]
            ended = {**now.ended_people, one.id: one.model_copy(update={"roles": ()})}
            return now._replace(people=_without(now.people, one.id), ended_people=ended)
        case K.EXCLUSION_ADDED:
            return now._replace(exclusive=(*now.exclusive, Exclusion.model_validate(change.after)))
        case K.EXCLUSION_ENDED:
            gone = Exclusion.model_validate(change.before)
            return now._replace(exclusive=tuple(pair for pair in now.exclusive if pair != gone))
        case _ if change.kind.startswith("organisation") or change.kind is K.ACCOUNT_CHANGED:
            return _with_organisation(now, change)
        case _:
            return _with_person(now, change, at)


def _without(known: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in known.items() if key != name}


def _with_organisation(now: InForce, change: Change) -> InForce:
    known = now.organisations.get(change.about)
    fields = (known.content() if known else {"account": None}) | change.after
    body = Organisation.model_validate(fields)
    return now._replace(
        organisations={**now.organisations, body.id: body},
        ended_organisations=_without(now.ended_organisations, body.id),
    )


def _with_person(now: InForce, change: Change, at: datetime) -> InForce:
    known = now.people.get(change.about)
    match change.kind:
        case K.ROLE_GIVEN | K.ROLE_CHANGED | K.ROLE_ENDED if known:
            one = known.model_copy(update={"roles": _roles(known, change)})
        case K.POST_ADDED if known:
            one = known.model_copy(update={"former": (*known.former, Post.model_validate(change.after))})
        case _:
            former = _left(known, change, at) if known else _once(now, change.about)
            fields = known.content() if known else {"id": change.about}
            one = Person.model_validate(fields | change.after | {"former": former})
    people = {**now.people, one.id: one}
    return now._replace(people=people, ended_people=_without(now.ended_people, one.id))


def _left(known: Person, change: Change, at: datetime) -> tuple[Post, ...]:
    """Where somebody worked before: what they leave by this change is among it, so that it bars them."""
    if change.after.get("organisation", known.organisation) == known.organisation:
        return known.former
    return (*known.former, Post(organisation=known.organisation, until=at.date()))


def _once(now: InForce, person: str) -> tuple[Post, ...]:
    ended = now.ended_people.get(person)
    return ended.former if ended else ()


def effects(change: Change, then: InForce, at: datetime) -> tuple[Effect, ...]:
    """What the entry of a change writes; ``then`` is the directory once it is carried out."""
    match change.kind:
        case K.ORGANISATION_ENDED:
            return (Dissolves(organisation=change.about),)
        case K.PERSON_ENDED:
            return (Leaves(person=change.about),)
        case K.EXCLUSION_ADDED | K.EXCLUSION_ENDED:
            return (Excludes(pairs=then.exclusive),)
        case K.ACCOUNT_CHANGED:
            account = then.organisations[change.about].account
            return (PaysTo(organisation=change.about, account=account, since=at),)
        case K.ROLE_GIVEN | K.ROLE_CHANGED | K.ROLE_ENDED:
            return (Holds(person=change.about, roles=then.people[change.about].roles),)
        case K.POST_ADDED:
            return (Served(person=change.about, former=then.people[change.about].former),)
        case _ if change.kind.startswith("organisation"):
            return (_organises(then.organisations[change.about]),)
        case _:
            one = then.people[change.about]
            return (_registers(one), Served(person=one.id, former=one.former))


def _organises(body: Organisation) -> Organises:
    return Organises(**body.model_dump(exclude={"account"}))


def _registers(one: Person) -> Registers:
    return Registers(id=one.id, subject=one.subject, **details(one))


def founding(directory: Directory) -> tuple[Effect, ...]:
    """All of a directory at once, as the first one of an installation."""
    found: list[Effect] = []
    for body in directory.organisations:
        found.append(_organises(body))
        if body.account:
            found.append(PaysTo(organisation=body.id, account=body.account, since=None))
    for one in directory.people:
        found.append(_registers(one))
        found += [Holds(person=one.id, roles=one.roles)] if one.roles else []
        found += [Served(person=one.id, former=one.former)] if one.former else []
    return (*found, Excludes(pairs=directory.exclusive))
