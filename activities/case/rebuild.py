"""The database made anew from nothing but its record, in a file of its own: what every table should be.

Each entry is written again by the code that wrote it, so there is no second copy of any rule: what a table
should have is what the projections make of the record. It is read as a stream and needs little memory.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from activities.case import request
from activities.case.projection import registered
from activities.case.record import write_again
from activities.case.scratch import scratch, writes
from models.case.coherence import contradictions
from models.case.effects import Begins
from models.case.record import Entry, Receipt, Source
from models.tables import metadata
from models.tables.case import case
from models.tables.record import counter, record

SIZE = 500
"""Entries that are read, and written again, at a time."""
SEEDED = ("nominee", "statement", "statement_line")
"""Tables that entries are judged by and that are not on record: they are copied as they are."""


class Finding(NamedTuple):
    """Something in the database that is not what its record says."""

    table: str
    key: str
    detail: str
    record: int | None = None
    """The number of the entry that says what it should be; None: no entry does."""
    row: dict[str, Any] = {}  # noqa: RUF012  # never changed
    """The row that it is about, as far as there is one."""


@contextmanager
def rebuilt(
    connection: Connection, tables: Sequence[Table], meanwhile: Callable[[], None] = lambda: None
) -> Iterator["Rebuilt"]:
    """An empty database, to be filled by ``Rebuilt.carry_out``; gone afterwards. ``meanwhile`` is called
    before every part; what it raises ends it.
    """
    with scratch(connection, tables) as copy:
        yield Rebuilt(connection, copy, tables, meanwhile)


class Rebuilt:
    """A database that is made from the record of another one."""

    def __init__(
        self, stored: Connection, copy: Connection, tables: Sequence[Table], meanwhile: Callable[[], None]
    ) -> None:
        self.stored = stored
        self.copy = copy
        self.tables = tables
        self._meanwhile = meanwhile
        self._newest = 0

    def carry_out(self) -> Iterator[Finding]:
        """Write every entry again; what cannot be is found, and skipped."""
        try:
            for table in SEEDED:
                self._seed(table)
            yield from self._every_entry()
        except (ValueError, TypeError) as error:  # a database may not care what it is given
            why = f"an entry from here on has a value that cannot be read: {str(error)[:200]}"
            yield Finding("record", str(self._newest + 1), why)

    def _every_entry(self) -> Iterator[Finding]:
        rows = self.stored.execute(_ENTRIES, execution_options={"yield_per": SIZE})
        for part in rows.partitions():
            self._meanwhile()
            with self.copy.begin():
                for row in part:
                    yield from self._written(row)

    def _seed(self, name: str) -> None:
        table = metadata.tables[name]
        rows = self.stored.execute(select(table), execution_options={"yield_per": SIZE})
        for part in rows.mappings().partitions():
            with self.copy.begin():
                self.copy.execute(insert(table), [dict(row) for row in part])

    def _written(self, row: Row[Any]) -> Iterator[Finding]:
        if row.seq <= self._newest:
            if self.copy.scalar(_KEY, {"seq": row.seq}) == row.key:
                return  # it followed from another entry, and was written with it
            self.copy.execute(_FORGET, {"seq": row.seq})
            self._go_on_after(row.seq - 1)
        if row.seq > self._newest + 1:
            yield Finding("record", str(self._newest + 1), f"no entry has a number up to {row.seq - 1}")
            self._go_on_after(row.seq - 1)
        writes(self.copy, row.seq)
        undo = self.copy.begin_nested()
        try:
            entry = _entry(row)
            yield from self._contradictions(row, entry)
            write_again(self.copy, self._judged_again(entry), self._source(row, entry), _told(row))
            request.followed(self.copy, entry, row.seq)
            undo.commit()
        except Exception as error:  # whatever was put there, it ends no proof
            undo.rollback()
            why = str(error).partition("\n")[0][:200]
            yield Finding("record", str(row.seq), f"it cannot be carried out: {why}", row.seq, _plain(row))
        self._newest = self.copy.scalar(_COUNTER) or 0
        if self._newest < row.seq:
            yield from self._not_written(row)

    def _not_written(self, row: Row[Any]) -> Iterator[Finding]:
        """Keep the entry as it is: what is wrong with it has been said, or is that its case was over."""
        if self.copy.scalar(_CLOSED, {"of": row.workflow_id}):
            why = "its case was closed by then"
            yield Finding("record", str(row.seq), why, row.seq, _plain(row))
        self.copy.execute(insert(record), row._asdict())
        self._go_on_after(row.seq)

    def _go_on_after(self, seq: int) -> None:
        self.copy.execute(_COUNT, {"to": seq})
        self._newest = seq

    def _judged_again(self, entry: Entry) -> Entry:
        """One that a table refused is put to it again: it must be refused now, too."""
        if entry.rule is None or not entry.effects:
            return entry
        given = {rule for one, _ in registered(self.copy).of(entry) for rule in one.given}
        changed: dict[str, Any] = {"effects": ()} if entry.rule in given else {"rule": None}
        return entry.model_copy(update=changed)

    def _source(self, row: Row[Any], entry: Entry) -> Source:
        """Which part of a case wrote it: what it is called is not on record, its workflow is."""
        begins = entry.effect(Begins)
        part = begins.case.id if begins else self.copy.scalar(_PART, {"of": row.workflow_id})
        return Source(
            case=row.case,
            id=part or "",
            workflow_id=row.workflow_id,
            run_id=row.run_id,
            rules=row.rules,
        )

    def _is_of_its_case(self, row: Row[Any]) -> bool:
        """Whether the key of an entry says its case: by itself, or as a row of what the case put on record
        (the lines of a statement are known by its digest, whichever fund it is of).
        """
        if row.key.startswith((f"{row.case}:", f"{row.case}/")):
            return True
        whole = f"{row.case}:{row.key.rpartition(':')[0]}"
        return self.copy.scalar(_ON_RECORD, {"key": whole}) is not None

    def _contradictions(self, row: Row[Any], entry: Entry) -> Iterator[Finding]:
        """Where an entry says two things at once, or belongs to two cases."""
        known = self.copy.execute(_OF, {"of": row.workflow_id}).first()
        said = list(contradictions(entry))
        if not self._is_of_its_case(row):
            said.append(f"its key {row.key!r} is not one of {row.case}")
        first = entry.rule is not None or entry.effect(Begins)
        if not known and not first and self.copy.scalar(_TOP, {"of": row.case}):
            said.append(f"{row.workflow_id} is no workflow of {row.case}")
        if known and known.number != row.case:
            said.append(f"it is of {row.case}, its workflow of {known.number}")
        if known and row.rules and known.rules != row.rules:
            said.append(f"it is under the programme {row.rules[:12]}, its case under {known.rules[:12]}")
        for one in said:
            yield Finding("record", str(row.seq), one, row.seq, _plain(row))


def _entry(row: Row[Any]) -> Entry:
    return Entry.model_validate(json.loads(row.payload))


def _told(row: Row[Any]) -> Receipt:
    return Receipt.model_validate_json(row.answer)


def _plain(row: Row[Any]) -> dict[str, Any]:
    return row._asdict()


_ENTRIES = select(record).order_by(record.c.seq)
_KEY = select(record.c.key).where(record.c.seq == bindparam("seq"))
_FORGET = delete(record).where(record.c.seq >= bindparam("seq"))
_COUNTER = select(counter.c.value).where(counter.c.name == "record")
_COUNT = update(counter).where(counter.c.name == "record").values(value=bindparam("to"))
_ON_RECORD = select(record.c.seq).where(record.c.key == bindparam("key"))
_OF = select(case.c.number, case.c.rules).where(case.c.workflow_id == bindparam("of"))
_PART = select(case.c.id).where(case.c.workflow_id == bindparam("of"))
_TOP = select(case.c.id).where(case.c.id == bindparam("of"))
_CLOSED = select(case.c.id).where(case.c.workflow_id == bindparam("of"), case.c.closed_at.is_not(None))
