"""Record: one activity, one transaction: the audit entry and everything that happened because of it."""

import json
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from temporalio import activity

from activities.case import gate, notice, rights
from activities.money import transfer as fund
from activities.money import waitlist
from activities.money.level import tree
from activities.partnership import partnership
from activities.payment import payment
from models.base import canonical
from models.case.record import Batch, Entry, Opened, Receipt, Receipts, Source
from models.case.rule import Broken, Rule
from models.money.transfer import Account, TransferKind
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
        if any(_wakes(entry) for entry in batch.entries):
            self._woken()
        return Receipts(receipts=receipts)


def write(connection: Connection, batch: Batch) -> tuple[Receipt, ...]:
    """Write ``batch`` on a connection in a transaction of the caller's."""
    last = lock(connection)
    keys = [entry.key for entry in batch.entries]
    known = {row.key: _OnRecord(*row[1:]) for row in connection.execute(_KNOWN, {"keys": keys})}
    seq, receipts = last, []
    for entry in batch.entries:
        if entry.key not in known:
            seq += 1
            written = _write(connection, entry, batch.source, seq)
            known[entry.key] = _OnRecord(written.receipt.model_dump_json())
            seq = _follow(connection, entry, batch.source, written, seq)
        elif not _same(entry, known[entry.key].payload):
            seq += _diverge(connection, entry, batch.source, seq + 1)
        receipts.append(Receipt.model_validate_json(known[entry.key].answer))
    if seq > last:
        connection.execute(_COUNT, {"value": seq})
    return tuple(receipts)


_COLUMNS = {"key", "stage", "round", "action", "actor", "on_behalf_of", "act", "role", "at", "rule"}
_COLUMNS |= {"reason", "content_hash"}
_INSERT = insert(record)
_NEWEST = select(counter.c.value).where(counter.c.name == "record")
_LAST = _NEWEST.with_for_update()
_COUNT = update(counter).where(counter.c.name == "record").values(value=bindparam("value"))
_KNOWN = select(record.c.key, record.c.answer, record.c.payload).where(
    record.c.key.in_(bindparam("keys", expanding=True))
)


class _OnRecord(NamedTuple):
    answer: str
    payload: str | None = None
    """None for what this very batch has written."""


def _same(entry: Entry, payload: str | None) -> bool:
    """Whether the entry on record says the same. When it happened may differ after a reset, and what
    the database made of it (a refused transfer) is not what was sent.
    """
    ours = dict.fromkeys(("at", "rule", "after", "attested"))
    return payload is None or bool(json.loads(payload) | ours == entry.content() | ours)


def _diverge(connection: Connection, entry: Entry, source: Source, seq: int) -> int:
    """What is on record stands. That the engine now says otherwise, as it can after a reset, is put on
    record beside it, without effects. Returns how many rows that took.
    """
    key = f"{entry.key[:120]}:diverged:{source.run_id}"
    if connection.execute(_KNOWN, {"keys": [key]}).first():
        return 0
    said = Entry(
        **entry.model_dump(include={"stage", "round", "actor", "role", "at", "content_hash"}),
        key=key,
        action="diverged",
        reason=f"{entry.key} is on record with other content, which stands.",
        facts={"unapplied": entry.content()},
    )
    _insert(connection, said, source, Receipt(key=key, seq=seq))
    return 1


def _wakes(entry: Entry) -> bool:
    """Whether somebody may have to hear of it who is not waiting for the receipt."""
    frees = entry.transfer and entry.transfer.kind.legs.effects().get(Account.AVAILABLE, 0) > 0
    return bool(entry.notices or frees or entry.thaws or entry.proposal)


class _Written(NamedTuple):
    receipt: Receipt
    freed: bool
    """Whether money came back that others may be waiting for."""


def _write(connection: Connection, entry: Entry, source: Source, seq: int) -> _Written:
    moved = fund.move(connection, entry.transfer, source.case) if entry.transfer else []
    if isinstance(moved, Broken):
        receipt = Receipt(key=entry.key, seq=seq, rule=moved.rule, detail=moved.detail)
        refused = entry.model_copy(update={"rule": moved.rule, "after": None})
        _insert(connection, refused, source, receipt)
        reserving = entry.transfer and entry.transfer.kind is TransferKind.PENDING
        if entry.transfer and reserving and moved.rule in (Rule.FUNDS_SHORT, Rule.FUND_FROZEN):
            waitlist.join(connection, entry.transfer, source, seq)
        return _Written(receipt, freed=False)
    opened = _scheduled(connection, entry)
    receipt = Receipt(key=entry.key, seq=seq, rule=entry.rule, opened=opened)
    _insert(connection, entry, source, receipt)
    fund.book(connection, moved, source.case, seq, entry.at)
    _apply(connection, entry, source, receipt)
    for number, draft in enumerate(entry.notices):
        notice.enqueue(connection, draft, f"{entry.key}:{number}", source.case, seq, entry.at)
    return _Written(receipt, freed=any(movement.frees for movement in moved))


def _follow(connection: Connection, entry: Entry, source: Source, written: _Written, seq: int) -> int:
    """What follows for others: who waits for money that came back, and what a case leaves behind that asks
    for something else, or is over. Returns the number of the last entry.
    """
    freed = entry.transfer.fund if entry.transfer and written.freed else entry.thaws
    if entry.proposal or (entry.after and entry.after.status.closed):
        for gone in waitlist.leave(connection, source.case, entry.at):
            freed = gone.fund
            if gone.back:
                seq += 1
                _write(connection, gone.back, gone.source, seq)
    if freed:
        for whose, offer in waitlist.served(connection, tree(connection, freed), entry.at):
            seq += 1
            if _write(connection, offer, whose, seq).receipt.rule:  # a portfolio rule forbids it by now
                waitlist.drop(connection, offer)
    return seq


def _scheduled(connection: Connection, entry: Entry) -> Opened | None:
    if entry.reschedules:
        return gate.reschedule(connection, entry.reschedules, entry.at)
    return gate.opened(entry.opens, entry.at) if entry.opens else None


def _insert(connection: Connection, entry: Entry, source: Source, receipt: Receipt) -> None:
    row = {
        **source.model_dump(),
        **entry.model_dump(include=_COLUMNS),
        "seq": receipt.seq,
        "before": str(entry.before) if entry.before else None,
        "after": str(entry.after) if entry.after else None,
        "payload": canonical(entry.content()).decode(),
        "answer": receipt.model_dump_json(),
    }
    connection.execute(_INSERT, row)


def _apply(connection: Connection, entry: Entry, source: Source, receipt: Receipt) -> None:
    if entry.proposal:
        partnership.store(connection, entry.proposal, source.rules, entry.at)
    if entry.declares:
        rights.declare(connection, entry.declares, receipt.seq)
    partnership.follow(connection, source.case, entry)
    if entry.payment:
        payment.store(connection, entry.payment, source, receipt.seq, entry.at)
    if entry.takes:
        waitlist.take(connection, entry.takes)
    if entry.claims:
        gate.claim(connection, entry.claims)
    for gate_id, outcome in entry.closes.items():
        gate.shut(connection, gate_id, source.case, outcome, entry.at)
    if entry.opens and receipt.opened:
        gate.open_(connection, entry.opens, receipt.opened, entry.at, source)


def lock(connection: Connection) -> int:
    """Keep every other writer out until this transaction ends; the number of the newest entry."""
    return connection.scalar(_LAST) or 0


def last(connection: Connection) -> int:
    """The number of the newest entry."""
    return connection.scalar(_NEWEST) or 0
