"""The directory is a case: what differs from its file is put in force, or asked for, change by change."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from activities.people import directory, person
from activities.people.directory import Waiting
from models.base import digest
from models.case.record import ENGINE
from models.case.rule import Broken, CaseRule
from models.files import InvalidFile
from models.people.change import Change, ChangeKind, InForce, changes
from models.people.delegation import DIRECTORY
from models.people.directory import Directory
from models.people.guard import REGISTRAR, takes_two
from models.people.outcome import fits, founding
from models.people.twins import twins
from services.case.acts import Act
from services.people.changing import Changing

_AT_ONCE = 500
"""Effects of one entry, where a whole directory is founded."""


class Brought(NamedTuple):
    """What became of a file: whether it founded the directory, what is in force now, what waits for whom."""

    founded: bool = False
    done: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    registrars: int = 0
    """How many subjects may confirm what waits."""


def bring(act: Act, wanted: Directory) -> Brought | Broken:
    """Put in force what a file says, or ask for it; the actor is the registrar who asks, None: only the file.

    An empty directory is founded: everything is in force at once. InvalidFile: somebody is listed under the
    id of somebody else, or looks like somebody who has ended. Broken: who asks is no registrar.
    """
    connection, at, name = act.connection, act.at, act.asked.actor
    actor = person.find(connection, name) if name else None
    if name and actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({name})")
    now = directory.in_force(connection)
    if now.empty:
        _found(act, wanted)
        return Brought(founded=True)
    if problem := next(_reused(now, wanted), None):
        raise InvalidFile(problem)
    if actor and actor.who not in now.holders(REGISTRAR, at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    work = Changing(act, now, actor)
    differences = changes(now, wanted)
    _forget(work, differences)
    first = not now.holders(REGISTRAR, at.date())
    money = directory.roles_of_money(connection)
    done = [one for one in differences if _carried_out(work, one, money, first)]
    there = directory.waiting(connection, at)
    return Brought(False, tuple(done), tuple(there), len(work.now.holders(REGISTRAR, at.date())))


def _carried_out(work: Changing, change: Change, money: frozenset[str], first: bool) -> bool:
    """Whether a change is in force now; else it waits, or what it needs is not there yet. The first
    registrars are those of the file: there is nobody yet who could confirm them.
    """
    if not fits(work.now, change):
        return False
    founds = first and change.kind is ChangeKind.ROLE_GIVEN and change.after["role"] == REGISTRAR
    if founds or not takes_two(change, work.now, money, work.at.date()):
        work.carry_out(change)
        return True
    asked = work.ask(change)
    if asked.broken:  # whoever hands the file in cannot be the one who asks for this: the file alone does
        return Changing(work.act, work.now).ask(change).in_force
    return asked.in_force


def _forget(work: Changing, differences: Iterable[Change]) -> None:
    """What the file asked for before and asks for no more is withdrawn."""
    wanted = {digest(one.content()) for one in differences}
    for one in directory.waiting(work.connection, work.at):
        if digest(one.change.content()) not in wanted:
            work.withdraw(one.change, ENGINE, "The file does not ask for it any more.")


def _reused(now: InForce, wanted: Directory) -> Iterator[str]:
    """Who is listed under the id of somebody who has ended and was somebody else, or looks like one."""
    listed = {one.id for one in wanted.people}
    for one in wanted.people:
        ended = now.ended_people.get(one.id)
        if ended and ended.who != one.who:
            yield f"person {one.id}: the id was that of the subject {ended.who}; list {one.who} under another"
        if ended and not one.subject and (one.name, one.email) != (ended.name, ended.email):
            yield f"person {one.id}: the id was that of {ended.name}; say who it is (subject), or use another"
    gone = [ended for name, ended in now.ended_people.items() if name not in listed]
    yield from twins((*wanted.people, *gone), (), wanted.two)


def _found(act: Act, wanted: Directory) -> None:
    """Put all of it in force, in as few entries as hold it."""
    effects = founding(wanted)
    facts = {"people": len(wanted.people), "organisations": len(wanted.organisations)}
    known = {"actor": ENGINE, "attested": None, "facts": facts}
    entries = [
        act.entry(
            f"{DIRECTORY}:founded:{number}",
            "directory founded",
            effects=effects[start : start + _AT_ONCE],
            **known,
        )
        for number, start in enumerate(range(0, len(effects), _AT_ONCE), 1)
    ]
    act.write(*entries)
