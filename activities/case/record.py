"""Record: one activity, one transaction: the audit entry and everything that happened because of it."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from temporalio import activity

from activities.case import cases, gate
from activities.case.projection import Projection, Writing, registered
from models.base import canonical
from models.case.action import CaseAction
from models.case.effects import Opens, Stands
from models.case.gate import Opened
from models.case.record import Batch, Entry, Receipt, Receipts, Source
from models.case.rule import Broken, CaseRule
from models.case.same import same
from models.tables.case import case
from models.tables.record import counter, record


class Record:
    """Writes batches of entries. ``woken`` is called after a commit that others should hear of."""

    def __init__(self, engine: Engine, woken: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._woken = woken

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Receipts:
        """Write ``batch`` in one transaction; entries already on record return their first receipt."""
        with self._engine.begin() as connection:
            receipts = write(connection, batch)
            projections = registered(connection)
        if any(one.wakes(effect) for entry in batch.entries for one, effect in projections.of(entry)):
            self._woken()
        return Receipts(receipts=receipts)


def write(connection: Connection, batch: Batch) -> tuple[Receipt, ...]:
    """Write ``batch`` on a connection in a transaction of the caller's."""
    return _Transaction(connection, batch).write()


def write_again(connection: Connection, entry: Entry, source: Source, told: Receipt) -> None:
    """Write an entry of another database's record as it was written there, where ``told`` is what its writer
    was told; under the next number, with what follows from it for others. The caller has a transaction.
    """
    _Transaction(connection, Batch(source=source, entries=(entry,)), told).write()


class _OnRecord(NamedTuple):
    answer: str
    payload: str | None = None
    """None for what this very batch has written."""


class _Transaction:
    """One batch on its way into the tables."""

    def __init__(self, connection: Connection, batch: Batch, told: Receipt | None = None) -> None:
        self.connection = connection
        self.batch = batch
        self.told = told
        self.projections = registered(connection)
        locked = connection.execute(_LOCK, {"of": batch.source.id}).one()
        self.seq = self.last = int(locked.value)
        self.closed: str | None = locked.closed
        keys = [entry.key for entry in batch.entries]
        rows = connection.execute(_KNOWN, {"keys": keys})
        self.known = {row.key: _OnRecord(*row[1:]) for row in rows}

    def write(self) -> tuple[Receipt, ...]:
        receipts = tuple(self._receipt(entry) for entry in self.batch.entries)
        if self.seq > self.last:
            self.connection.execute(_COUNT, {"value": self.seq})
        return receipts

    def _receipt(self, entry: Entry) -> Receipt:
        if on_record := self.known.get(entry.key):
            return self._repeated(entry, on_record)
        if self.closed and not entry.rule:
            # what the record has closed stays closed, whatever an engine that was reset makes of it
            return Receipt(key=entry.key, seq=self.last, rule=CaseRule.CASE_CLOSED, detail=self.closed)
        receipt = self._entered(Writing(self.connection, entry, self.batch.source, self._next(), self.told))
        self.known[entry.key] = _OnRecord(receipt.model_dump_json())
        stands = entry.effect(Stands)
        if stands and stands.closes and receipt.rule is None and self.batch.source.id:
            self.closed = stands.after.status
        return receipt

    def _repeated(self, entry: Entry, on_record: _OnRecord) -> Receipt:
        if on_record.payload is not None and not same(entry.content(), json.loads(on_record.payload)):
            self._diverge(entry)
        receipt = Receipt.model_validate_json(on_record.answer)
        opens = entry.effect(Opens)
        if opens is None or receipt.opened is None:
            return receipt
        return receipt.model_copy(
            update={"past": gate.past(self.connection, opens.opening.id, receipt.opened)}
        )

    def _diverge(self, entry: Entry) -> None:
        """What is on record stands. That the engine now says otherwise, as it can after a reset, is put on
        record beside it, without effects.
        """
        source = self.batch.source
        key = f"{entry.key[:120]}:diverged:{source.run_id}"
        if self.connection.execute(_KNOWN, {"keys": [key]}).first():
            return
        said = Entry(
            **entry.model_dump(include={"stage", "round", "actor", "role", "at", "content_hash"}),
            key=key,
            action=CaseAction.DIVERGED,
            reason=f"{entry.key} is on record with other content, which stands.",
            facts={"unapplied": entry.content()},
        )
        self.seq += 1
        self._insert(said, source, Receipt(key=key, seq=self.seq))

    def _next(self) -> int:
        self.seq += 1
        return self.seq

    def _entered(self, writing: Writing, dropped: Callable[[], None] | None = None) -> Receipt:
        """Write a new entry with all its effects, and what follows from it for others."""
        entry, source = writing.entry, writing.source
        effects = self.projections.of(entry)
        admitted: list[object] = []
        for projection, effect in effects:
            answer = projection.admit(writing, effect) if projection.admit else None
            if isinstance(answer, Broken):
                if dropped:
                    dropped()
                return self._refused(writing, projection, effect, answer)
            admitted.append(answer)
        opened = next((answer for answer in admitted if isinstance(answer, Opened)), None)
        receipt = Receipt(key=entry.key, seq=writing.seq, rule=entry.rule, opened=opened)
        self._insert(entry, source, receipt)
        for (projection, effect), answer in zip(effects, admitted, strict=True):
            if projection.apply:
                projection.apply(writing, effect, answer)
        if entry.sent:
            cases.count_decision(self.connection, source.case)
        for (projection, effect), answer in zip(effects, admitted, strict=True):
            for others in projection.follow(writing, effect, answer) if projection.follow else ():
                follows = Writing(self.connection, others.entry, others.source, self._next())
                self._entered(follows, others.dropped)
        return receipt

    def _refused(self, writing: Writing, projection: Projection, effect: Any, broken: Broken) -> Receipt:
        receipt = Receipt(key=writing.entry.key, seq=writing.seq, rule=broken.rule, detail=broken.detail)
        refused = writing.entry.model_copy(update={"rule": broken.rule})
        self._insert(refused, writing.source, receipt)
        if projection.refused:
            projection.refused(writing, effect, broken)
        return receipt

    def _insert(self, entry: Entry, source: Source, receipt: Receipt) -> None:
        stands = entry.effect(Stands) if entry.rule is None else None
        row = {
            **source.model_dump(include={"case", "workflow_id", "run_id", "rules"}),
            **entry.model_dump(include=_COLUMNS),
            "seq": receipt.seq,
            "before": str(stands.before) if stands and stands.before else None,
            "after": str(stands.after) if stands else None,
            "seal": entry.sent.seal if entry.sent and entry.rule is None else None,
            "payload": canonical(entry.content()).decode(),
            "answer": receipt.model_dump_json(),
        }
        self.connection.execute(_INSERT, row)


_COLUMNS = {"key", "stage", "round", "action", "actor", "on_behalf_of", "act", "role", "at", "rule"}
_COLUMNS |= {"reason", "content_hash", "nonce", "attested"}
_INSERT = insert(record)
_NEWEST = select(counter.c.value).where(counter.c.name == "record")
_CLOSED = (
    select(case.c.status)
    .where(case.c.id == bindparam("of"), case.c.closed_at.is_not(None))
    .scalar_subquery()
    .label("closed")
)
_LOCK = select(counter.c.value, _CLOSED).where(counter.c.name == "record").with_for_update(of=counter)
"""Keeps every other writer out until the transaction ends: the newest number; the status of a closed case."""
_COUNT = update(counter).where(counter.c.name == "record").values(value=bindparam("value"))
_KNOWN = select(record.c.key, record.c.answer, record.c.payload).where(
    record.c.key.in_(bindparam("keys", expanding=True))
)


def lock(connection: Connection) -> int:
    """Keep every other writer out until this transaction ends; the number of the newest entry."""
    return connection.scalar(_NEWEST.with_for_update()) or 0
