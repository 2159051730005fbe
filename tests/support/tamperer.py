"""Somebody who owns the database, and changes it at random: a cell, a row, or all that belongs together.

Works on a file of SQLite from which the locks were taken. What changes nothing is no try: another is made.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Boolean, create_engine

from activities.case.comparison import NOT_ON_RECORD
from activities.case.rebuild import rebuilt
from adapters.database import connect
from models.tables.whole import TABLES

NOTHING_DEPENDS = ("delivery", "proof_checkpoint")
"""Tables that neither money nor rights depend on."""
TARGETS = tuple(table for table in TABLES if table.name not in NOTHING_DEPENDS)


class Tampering(NamedTuple):
    """One change: what kind of, and where."""

    how: str
    table: str
    column: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """What it is known by: the same for all changes of this kind at this place."""
        return f"{self.how} {self.table}" + (f".{self.column}" if self.column else "")


def unlocked(source: Path, to: Path) -> Path:
    """A copy of a database without its triggers, as its owner can make it."""
    shutil.copyfile(source, to)
    with sqlite3.connect(to) as raw:
        triggers = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            raw.execute(f'DROP TRIGGER "{name}"')
    raw.close()
    return to


class Tamperer:
    """Makes one change after the other, each in a fresh copy."""

    def __init__(self, path: Path, random: Random) -> None:
        self.path = path
        self.random = random

    def change(self) -> Tampering:
        """Make one change, and say what it was."""
        ways: list[Callable[[sqlite3.Connection], Tampering | None]]
        ways = [self._edit, self._edit, self._delete, self._insert, self._swap, self._leaf, self._entry]
        while True:
            raw = sqlite3.connect(self.path)
            raw.execute("PRAGMA ignore_check_constraints = ON")
            try:
                done = self.random.choice([*ways, self._everything])(raw)
            except sqlite3.IntegrityError:
                done = None
            (raw.rollback if done is None else raw.commit)()
            raw.close()
            if done and done.how != "everything":
                return done
            if done:
                made_anew(self.path)
                return done

    # -- the ways -----------------------------------------------------------------------------

    def _rows(self, raw: sqlite3.Connection, table: str, many: int) -> list[int]:
        found = [row[0] for row in raw.execute(f'SELECT rowid FROM "{table}"')]
        return self.random.sample(found, many) if len(found) >= many else []

    def _table(self) -> Any:
        return self.random.choice(TARGETS)

    def _edit(self, raw: sqlite3.Connection) -> Tampering | None:
        table = self._table()
        column = self.random.choice(list(table.columns))
        for line in self._rows(raw, table.name, 1):
            before = cell(raw, table.name, column.name, line)
            after = self._other(raw, table.name, column, before)
            if after == before or (after is None and not column.nullable):
                return None
            put(raw, table.name, column.name, line, after)
            return Tampering("edit", table.name, column.name, f"{before!r} -> {after!r}"[:200])
        return None

    def _other(self, raw: sqlite3.Connection, table: str, column: Any, before: Any) -> Any:
        """Another value that could stand there: that of another row, or one that looks like it."""
        query = f'SELECT DISTINCT "{column.name}" FROM "{table}" LIMIT 50'
        theirs = [row[0] for row in raw.execute(query) if row[0] != before]
        if theirs and self.random.random() < 0.5:
            return self.random.choice(theirs)
        if column.nullable and before is not None and self.random.random() < 0.3:
            return None
        if isinstance(column.type, Boolean) and before is not None:
            return 1 - before  # any other number means the same
        return self._like(before)

    def _like(self, before: Any) -> Any:
        if isinstance(before, bool):
            return not before
        if isinstance(before, int):
            return before + self.random.choice((-1, 1, 10, 1000))
        if isinstance(before, str) and before[:2].isdigit() and before[4:5] == "-":
            digit = "5" if before[9] != "5" else "6"
            return before[:9] + digit + before[10:]
        if isinstance(before, str) and before:
            at = self.random.randrange(len(before))
            return before[:at] + ("x" if before[at] != "x" else "y") + before[at + 1 :]
        return "x"

    def _delete(self, raw: sqlite3.Connection) -> Tampering | None:
        table = self._table().name
        for line in self._rows(raw, table, 1):
            raw.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (line,))
            return Tampering("delete", table)
        return None

    def _insert(self, raw: sqlite3.Connection) -> Tampering | None:
        """A copy of a row under another key."""
        table = self._table()
        for line in self._rows(raw, table.name, 1):
            row = raw.execute(f'SELECT * FROM "{table.name}" WHERE rowid = ?', (line,)).fetchone()
            names = [column[0] for column in raw.execute(f'SELECT * FROM "{table.name}" LIMIT 0').description]
            new = dict(zip(names, row, strict=True))
            key = self.random.choice(list(table.primary_key)).name
            new[key] = self._like(new[key])
            marks = ", ".join("?" for _ in new)
            columns = ", ".join(f'"{name}"' for name in new)
            raw.execute(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', list(new.values()))
            return Tampering("insert", table.name)
        return None

    def _swap(self, raw: sqlite3.Connection) -> Tampering | None:
        table = self._table()
        keys = {column.name for column in table.primary_key}
        column = self.random.choice([one.name for one in table.columns if one.name not in keys] or [""])
        if not column or not (lines := self._rows(raw, table.name, 2)):
            return None
        one, other = (cell(raw, table.name, column, line) for line in lines)
        if one == other:
            return None
        put(raw, table.name, column, lines[0], None if table.c[column].nullable else f"{other}~")
        put(raw, table.name, column, lines[1], one)
        put(raw, table.name, column, lines[0], other)
        return Tampering("swap", table.name, column, f"{one!r} <-> {other!r}"[:200])

    def _leaf(self, raw: sqlite3.Connection) -> Tampering | None:
        """One thing that the content of an entry says; the columns stay as they are."""
        for line in self._rows(raw, "record", 1):
            return self._said_otherwise(raw, line, "payload")
        return None

    def _entry(self, raw: sqlite3.Connection) -> Tampering | None:
        """What an entry says, in its content and in its column alike."""
        column = self.random.choice(SAID_TWICE)
        for line in self._rows(raw, "record", 1):
            before = cell(raw, "record", column, line)
            after = self._other(raw, "record", _RECORD.c[column], before)
            if after == before or (after is None and not _RECORD.c[column].nullable):
                return None
            said = json.loads(cell(raw, "record", "payload", line))
            put(raw, "record", column, line, after)
            said[column] = bool(after) if column == "attested" and after is not None else after
            if column == "at":
                said[column] = str(after).replace(" ", "T") + "Z"
            message = (said.get("sent") or {}).get("message", {})
            if column in message:
                message[column] = said[column]
            put(raw, "record", "payload", line, json.dumps(said, separators=(",", ":"), sort_keys=True))
            return Tampering("entry", "record", column, f"{before!r} -> {after!r}"[:200])
        return None

    def _everything(self, raw: sqlite3.Connection) -> Tampering | None:
        """What an entry says, and every table made anew from it: nothing disagrees with it any more."""
        for line in self._rows(raw, "record", 1):
            done = self._said_otherwise(raw, line, "payload")
            return done and done._replace(how="everything")
        return None

    def _said_otherwise(self, raw: sqlite3.Connection, line: int, column: str) -> Tampering | None:
        content = json.loads(cell(raw, "record", column, line))
        places = [place for place in leaves(content) if place[0] in _SAID]
        if not places:
            return None
        place = self.random.choice(places)
        holder = content
        for step in place[:-1]:
            holder = holder[step]
        before = holder[place[-1]]
        holder[place[-1]] = self._like(before)
        where = place_name(content, place)
        put(raw, "record", column, line, json.dumps(content, separators=(",", ":"), sort_keys=True))
        return Tampering("content", "record", where, f"{before!r} -> {holder[place[-1]]!r}"[:200])


_RECORD = next(table for table in TABLES if table.name == "record")
_SAID = ("effects", "facts", "sent")
SAID_TWICE = ("stage", "round", "action", "actor", "act", "role", "at", "reason", "content_hash", "attested")
"""Columns of the record that its content has, too."""


def leaves(content: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where single values stand in a JSON document; empty ones are left out."""
    parts = content.items() if isinstance(content, dict) else enumerate(content)
    for step, value in parts:
        if isinstance(value, dict | list):
            yield from leaves(value, (*above, step))
        elif value not in (None, ""):
            yield (*above, step)


def place_name(content: Any, place: tuple[Any, ...]) -> str:
    """What a place in an entry is known by: ``facts``, ``sent``, or the effect and its field."""
    if place[0] != "effects":
        return str(place[0])
    named = [str(step) for step in place[2:4] if isinstance(step, str)]
    return f"{content['effects'][place[1]]['effect']}.{'.'.join(named)}"


def cell(raw: sqlite3.Connection, table: str, column: str, line: int) -> Any:
    """One value."""
    return raw.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (line,)).fetchone()[0]


def put(raw: sqlite3.Connection, table: str, column: str, line: int, value: Any) -> None:
    """Change one value."""
    raw.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, line))


def made_anew(path: Path) -> None:
    """Put in the place of every table what the record makes of it, as somebody can who knows the code."""
    engine = connect(f"sqlite:///{path}")
    with engine.connect().execution_options(readonly=True) as connection, rebuilt(connection, TABLES) as copy:
        list(copy.carry_out())
        right = {
            table: [dict(row) for row in copy.copy.execute(table.select()).mappings()]
            for table in TABLES
            if table.name not in NOT_ON_RECORD
        }
    engine.dispose()
    engine = create_engine(f"sqlite:///{path}")  # as somebody connects whom no rule of ours binds
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for table in reversed(right):
            connection.execute(table.delete())
        for table, rows in right.items():
            if rows:
                connection.execute(table.insert(), rows)
    engine.dispose()


UNSEEN_TABLES = ("dispatch", "document", "nominee")
"""Tables that no entry makes; some of their changes are found even so."""
UNSEEN_COLUMNS = (
    *("waitlist.told_at", "calendar_nudge.told_at"),
    *("record.run_id", "record.rules", "record.workflow_id", "record.answer"),
)
"""Columns that follow what was sent, or say which run wrote an entry and what it was told."""


def is_seen(done: Tampering) -> bool:
    """Whether a change must be found before the record is signed (docs/trust.md)."""
    if done.how in ("entry", "everything", "content"):
        return False
    return done.table not in UNSEEN_TABLES and f"{done.table}.{done.column}" not in UNSEEN_COLUMNS
