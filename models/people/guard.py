"""Which changes of the directory take two people, and whom they benefit. Pure.

Roles that move money are not listed anywhere: they are read off what is registered, the managers of funds,
the panels of funding and payment in programmes, and who says what the bank did. A list in the directory file
would be changed by whoever changes the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from models.people.change import Change, ChangeKind, InForce
from models.people.person import Holding

REGISTRAR = "registrar"
"""Whoever holds it confirms changes of the directory."""

OPERATOR = "operator"
"""Whoever holds it resets, terminates and cancels what the engine runs, with a second one."""

ALWAYS = frozenset((REGISTRAR, OPERATOR, "auditor", "signatory"))
"""Roles that take two people whatever programmes say: who confirms, who operates, who audits, who binds a
government."""

_MONEY = ("funding", "payment")
"""The parts of a programme whose panels move money."""

_GUARDED = frozenset(
    (
        ChangeKind.ACCOUNT_CHANGED,
        ChangeKind.ORGANISATION_CHANGED,
        ChangeKind.ORGANISATION_RETURNED,
        ChangeKind.PERSON_RETURNED,
        ChangeKind.SUBJECT_CHANGED,
        ChangeKind.EXCLUSION_ENDED,
    )
)
"""What takes two people whoever it is about. An organisation is paid, and barred, by its name, too."""


def money_roles(programmes: Iterable[Mapping[str, Any]], managers: Iterable[str]) -> frozenset[str]:
    """The roles that move money: ``programmes`` are what is kept of them, ``managers`` those of funds."""
    found = set(managers)
    for terms in programmes:
        found |= set(terms.get("overriders", ()))
        found |= {role for part in _MONEY for role in _seats(terms.get(part))}
        found |= set((terms.get("payment") or {}).get("reconcilers", ()))
    return frozenset(found)


def _seats(part: Any) -> Iterator[str]:
    """Every role that has a seat anywhere in this part of a programme."""
    if isinstance(part, Mapping):
        yield from (role for role in part.get("seats", ()) if isinstance(role, str))
        for inner in part.values():
            yield from _seats(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _seats(inner)


def guarded(roles: Iterable[str], money: frozenset[str]) -> tuple[str, ...]:
    """Those of ``roles`` that take two people, whoever gives or lends them."""
    return tuple(role for role in roles if role in money | ALWAYS)


def takes_two(change: Change, now: InForce, money: frozenset[str], day: date) -> bool:
    """Whether a second person has to say so before it is in force."""
    guarded = money | ALWAYS
    match change.kind:
        case ChangeKind.ROLE_GIVEN:
            return change.after["role"] in guarded
        case ChangeKind.ROLE_CHANGED:
            return change.after["role"] in guarded and not _within(change)
        case ChangeKind.ROLE_ENDED | ChangeKind.PERSON_ENDED:
            return _leaves_too_few(change, now, day)
        case ChangeKind.PERSON_ADDED:
            return _joins_another(change, now)
        case ChangeKind.PERSON_CHANGED:
            return _is_another(change) or _moves_with(change, now, guarded)
        case _:
            return change.kind in _GUARDED


def _within(change: Change) -> bool:
    """Whether the new term of a role lies in the old one."""
    before, after = (Holding.model_validate(fields) for fields in (change.before, change.after))
    starts = before.since is None or (after.since is not None and before.since <= after.since)
    ends = before.until is None or (after.until is not None and after.until <= before.until)
    return starts and ends


def _leaves_too_few(change: Change, now: InForce, day: date) -> bool:
    """Whether fewer than two registrars are left: then nobody could confirm anything any more."""
    if change.kind is ChangeKind.ROLE_ENDED and change.before["role"] != REGISTRAR:
        return False
    mine = [one for one in now.people.values() if one.id == change.about and REGISTRAR in one.roles_on(day)]
    left = {
        one.who for one in now.people.values() if one.id != change.about and REGISTRAR in one.roles_on(day)
    }
    return bool(mine) and len(left) < 2


def _joins_another(change: Change, now: InForce) -> bool:
    """Whether a new account is said to be that of somebody who is, or was, there: it acts as them."""
    subject = change.after.get("subject")
    everybody = (*now.people.values(), *now.ended_people.values())
    return any({subject, change.about} & {one.who, one.id} for one in everybody)


def _is_another(change: Change) -> bool:
    """Whether somebody else may be behind the account by now: name and address both differ."""
    return all(change.before[what] != change.after[what] for what in ("name", "email"))


def _moves_with(change: Change, now: InForce, guarded: frozenset[str]) -> bool:
    """Whether somebody acts by such a role for another organisation from now on."""
    held = {term.role for term in now.people[change.about].roles}
    return change.before["organisation"] != change.after["organisation"] and bool(held & guarded)


def beneficiaries(change: Change, now: InForce) -> frozenset[str]:
    """The subjects that a change is for: they neither ask for it nor confirm it."""
    if change.kind.startswith("organisation") or change.kind is ChangeKind.ACCOUNT_CHANGED:
        return frozenset(one.who for one in now.people.values() if one.organisation == change.about)
    subjects = {change.about, change.before.get("subject"), change.after.get("subject")}
    subjects |= {one.who for one in (now.people.get(change.about),) if one}
    return frozenset(who for who in subjects if who)
