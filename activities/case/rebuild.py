"""The database made anew from nothing but its record, in a file of its own: what every table should be.

Each entry is written again by the code that wrote it, so there is no second copy of any rule: what a table
should have is what the projections make of the record. It is read as a stream and needs little memory.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from activities.case import request
from activities.case.belonging import contradicted, source_of
from activities.case.finding import SIZE, Finding
from activities.case.projection import registered
from activities.case.record import write_again
from activities.case.scratch import scratch, writes
from activities.case.seeds import sow
from models.case.record import Entry, Receipt
from models.tables.case import case
from models.tables.record import counter, record


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
            sow(self.stored, self.copy)
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
            for why in contradicted(self.copy, row, entry):
                yield _about(row, why)
            write_again(self.copy, self._judged_again(entry), source_of(self.copy, row, entry), _told(row))
            request.followed(self.copy, entry, row.seq)
            undo.commit()
        except Exception as error:  # whatever was put there, it ends no proof
            undo.rollback()
            why = str(error).partition("\n")[0][:200]
            yield _about(row, f"it cannot be carried out: {why}")
        self._newest = self.copy.scalar(_COUNTER) or 0
        if self._newest < row.seq:
            yield from self._not_written(row)

    def _not_written(self, row: Row[Any]) -> Iterator[Finding]:
        """Keep the entry as it is: what is wrong with it has been said, or is that its case was over."""
        if self.copy.scalar(_CLOSED, {"of": row.workflow_id}):
            yield _about(row, "its case was closed by then")
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


def _entry(row: Row[Any]) -> Entry:
    return Entry.model_validate(json.loads(row.payload))


def _told(row: Row[Any]) -> Receipt:
    return Receipt.model_validate_json(row.answer)


def _about(row: Row[Any], why: str) -> Finding:
    return Finding("record", str(row.seq), why, row.seq, row._asdict())


_ENTRIES = select(record).order_by(record.c.seq)
_KEY = select(record.c.key).where(record.c.seq == bindparam("seq"))
_FORGET = delete(record).where(record.c.seq >= bindparam("seq"))
_COUNTER = select(counter.c.value).where(counter.c.name == "record")
_COUNT = update(counter).where(counter.c.name == "record").values(value=bindparam("to"))
_CLOSED = select(case.c.id).where(case.c.workflow_id == bindparam("of"), case.c.closed_at.is_not(None))
