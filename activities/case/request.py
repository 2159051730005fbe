"""What one person has asked for outside of any workflow, until a second confirms it; found by what it is.

What takes two people (orders on funds, changes of the directory) goes three steps in one transaction, with
the record locked: ``weigh`` what somebody says; write the entry, with what is asked for among its facts; then
``put_down`` where it asks, ``settle`` where it confirms or is withdrawn.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from activities.people import person
from models.base import digest
from models.case.confirmation import LAPSES_AFTER, Confirmed, Request, confirm
from models.case.record import ENGINE, Entry
from models.case.rule import Broken
from models.people.person import Person
from models.tables.record import record, request

What = dict[str, Any]
"""What two people must both say, as plain JSON types: without who says it, and why."""


def weigh(connection: Connection, what: What, actor: Person, at: datetime) -> Confirmed | Broken:
    """What the words of this person are: they ask, or confirm what another subject asked for; Broken: they
    asked for it themselves, under any account.
    """
    new = Request(what=digest(what), who=actor.who, actor=actor.id, at=at)
    return confirm(find(connection, what), new)


def find(connection: Connection, what: What) -> Request | None:
    """Who has asked for the same, and has not been confirmed; None: nobody who is still in the directory.

    The record is believed, not the table that leads to it: an entry that asked for something else is none.
    What a file asks for, nobody has asked for.
    """
    row = connection.execute(_ASKED, {"of": digest(what)}).first()
    if row is None or row.actor == ENGINE or what not in json.loads(row.payload)["facts"].values():
        return None
    asking = person.find(connection, row.actor)
    if asking is None:
        return None
    return Request(what=digest(what), who=asking.who, actor=row.actor, at=row.at)


def put_down(connection: Connection, what: What, seq: int) -> None:
    """Somebody has asked for it: the entry with this number has it among its facts."""
    settle(connection, what)
    connection.execute(insert(request).values(digest=digest(what), record=seq))


def settle(connection: Connection, what: What) -> None:
    """It was confirmed, or withdrawn: the same again takes two people again."""
    connection.execute(_SETTLE, {"of": digest(what)})


def followed(connection: Connection, entry: Entry, seq: int) -> None:
    """Let the table follow an entry that is written again: one that asks for something, or about what was
    asked for before.
    """
    for name in _NAMES & entry.facts.keys() if entry.rule is None else ():
        settle(connection, entry.facts[name])
        if entry.action.endswith(ASKED_FOR):
            connection.execute(insert(request).values(digest=digest(entry.facts[name]), record=seq))


ASKED_FOR = "asked for"
"""What the action of an entry ends in that asks for something."""
_NAMES = frozenset(("order", "amendment", "change", "day", "token", "operation", "lending"))
"""The facts that say what is asked for."""


class Pending(NamedTuple):
    """Something that waits for a second person: who asked (None: a file), when, the facts of that entry."""

    record: int
    asked_by: str | None
    at: datetime
    reason: str
    facts: dict[str, Any]
    attested: bool
    """Whether they had proved who they are."""


def pending(connection: Connection, case: str, now: datetime) -> list[Pending]:
    """What was asked for in one case (``directory``, a fund) and has not lapsed, the oldest first."""
    rows: Iterable[Row[Any]] = connection.execute(_PENDING, {"case": case, "since": now - LAPSES_AFTER})
    return [
        Pending(
            row.seq,
            None if row.actor == ENGINE else row.actor,
            row.at,
            row.reason,
            json.loads(row.payload)["facts"],
            bool(row.attested),
        )
        for row in rows
    ]


_SAID = ("seq", "actor", "at", "reason", "payload", "attested")
_OPEN = select(*(record.c[name] for name in _SAID)).join(request, request.c.record == record.c.seq)
_ASKED = _OPEN.where(request.c.digest == bindparam("of"), record.c.rule.is_(None))
_PENDING = _OPEN.where(
    record.c.case == bindparam("case"), record.c.at >= bindparam("since"), record.c.rule.is_(None)
).order_by(record.c.seq)
_SETTLE = delete(request).where(request.c.digest == bindparam("of"))
