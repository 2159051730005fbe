"""What is left after a run: the record, the books, the bank's own, the letters that arrived, the engine."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from activities.money import book, proof
from activities.money.record_proof import check_record
from models.base import digest
from models.case.notice import NoticeStatus
from models.payment.payment import PaymentState
from models.tables.case import case
from models.tables.notice import notice
from models.tables.payment import payment
from models.tables.record import record
from testing.fakebank import FakeBank

_HELD = ("reserved", "committed", "ordered")


class Entry(NamedTuple):
    """An entry of the record."""

    seq: int
    case: str
    key: str
    actor: str
    rule: str | None
    """The rule that it was refused by; None: it was accepted."""
    name: str | None
    """Of the message that was accepted; None: it is none."""
    content: str | None
    """The digest of that message."""
    seal: str | None


class Due(NamedTuple):
    """A payment as we have it."""

    key: str
    state: str
    amount: int


class Made(NamedTuple):
    """A payment as the bank has it."""

    key: str
    """Ours: that of the payment, and the round."""
    amount: int
    settled: bool


class Evidence(NamedTuple):
    """All of it, as of the end."""

    entries: tuple[Entry, ...]
    open_cases: tuple[str, ...] = ()
    held: Mapping[str, dict[str, int]] = MappingProxyType({})
    """What closed cases still hold, by account."""
    discrepancies: tuple[str, ...] = ()
    """What the proof of books and record finds."""
    due: tuple[Due, ...] = ()
    made: tuple[Made, ...] = ()
    letters: Mapping[str, str] = MappingProxyType({})
    """The state of every letter, by its key."""
    arrived: Counter[str] | None = None
    """How often the mail server took each letter; None: there was none, letters are files."""
    differences: tuple[str, ...] = ()
    """Between engine, record and ledger, when calm had returned, but for the doubts."""
    doubts: frozenset[str] = frozenset()
    """The payments that people are told of as in doubt."""
    wedged: tuple[str, ...] = ()
    """Workflows whose tasks failed, and fail on."""


def look(connection: Connection, bank: FakeBank) -> Evidence:
    """What database and bank have."""
    return Evidence(
        entries=tuple(_entries(connection)),
        open_cases=tuple(connection.scalars(select(case.c.id).where(case.c.closed_at.is_(None)))),
        held=_held(connection),
        discrepancies=tuple(_discrepancies(connection)),
        due=tuple(
            Due(*row) for row in connection.execute(select(payment.c.key, payment.c.state, payment.c.amount))
        ),
        made=tuple(
            Made(one.end_to_end_id, int(one.amount), one.status == "ACSC" and not one.returned)
            for one in bank.payments
        ),
        letters={row.key: row.status for row in connection.execute(select(notice.c.key, notice.c.status))},
    )


def pending(connection: Connection) -> int:
    """How many letters wait to be sent."""
    waits = select(func.count()).where(notice.c.status == NoticeStatus.PENDING)
    return connection.scalar(waits) or 0


def _entries(connection: Connection) -> Iterable[Entry]:
    for row in connection.execute(select(record).order_by(record.c.seq)):
        sent = json.loads(row.payload).get("sent") if row.rule is None else None
        name, content = (sent["name"], digest(sent["message"])) if sent else (None, None)
        yield Entry(row.seq, row.case, row.key, row.actor, row.rule, name, content, row.seal)


def _held(connection: Connection) -> dict[str, dict[str, int]]:
    """Nothing is held by who is closed but what is paid, or may be."""
    closed = set(connection.scalars(select(case.c.id).where(case.c.closed_at.is_not(None))))
    left: dict[str, dict[str, int]] = {}
    for name, accounts in book.by_case(connection).items():
        kept = Counter({account: accounts.get(account, 0) for account in _HELD})
        kept["ordered"] -= connection.scalar(_IN_DOUBT, {"of": name}) or 0
        if name in closed and (held := {account: minor for account, minor in kept.items() if minor}):
            left[name] = held
    return left


_IN_DOUBT = select(func.sum(payment.c.amount)).where(
    payment.c.case == bindparam("of"), payment.c.state == PaymentState.IN_DOUBT
)


def _discrepancies(connection: Connection) -> Iterable[str]:
    for one in (*proof.check(connection), *check_record(connection)):
        yield f"{one.detail}"
