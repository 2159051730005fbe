"""The waiting list in the database: joined when money runs out, served when it comes back.

Offers are made in the very transaction that frees the money, so that nobody can come in between.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, cast

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, or_, select, tuple_, update

from activities.money.level import Tree
from activities.paging import UnknownPlace, merged
from models.amount import Amount
from models.case.record import Entry, Source
from models.money.effects import Moves
from models.money.transfer import Transfer, TransferKind
from models.money.waitlist import LAST, Waiting, WaitState, turns
from models.tables.money import waitlist


def state(connection: Connection, reservation: str) -> WaitState | None:
    """How far a reservation has come that did not fit; None: it never waited."""
    found = connection.scalar(_STATE, {"of": reservation})
    return WaitState(found) if found else None


_STATE = select(waitlist.c.state).where(waitlist.c.reservation == bindparam("of"))


def join(connection: Connection, wish: Transfer, source: Source, seq: int) -> None:
    """Put a reservation that did not fit on the list, under the number of its wish on record."""
    assert wish.amount
    row = {"reservation": wish.key, "fund": wish.fund, "rank": LAST if wish.rank is None else wish.rank}
    row |= {"amount": wish.amount.minor, "currency": wish.amount.currency, "record": seq}
    row |= {"case": source.case, "workflow_id": source.workflow_id, "state": WaitState.WAITING}
    connection.execute(insert(waitlist), row)


def holds_back(connection: Connection, wish: Transfer, lineage: list[Row[Any]], levels: Tree) -> bool:
    """Whether somebody ahead waits for money that ``wish`` would take before them."""
    assert wish.amount
    rank = LAST if wish.rank is None else wish.rank
    ahead = connection.execute(_AHEAD, {"levels": list(levels.levels), "rank": rank})
    wanted: dict[str, int] = {}
    for row in ahead:
        for level in levels.lineage(row.fund):
            wanted[level.id] = max(wanted.get(level.id, 0), row.amount)
    contested = any(wanted.get(level.id, 0) > level.available for level in lineage)
    return contested and state(connection, wish.key) is not WaitState.OFFERED


_AHEAD = (
    select(waitlist.c.fund, func.max(waitlist.c.amount).label("amount"))
    .where(
        waitlist.c.state == WaitState.WAITING,
        waitlist.c.fund.in_(bindparam("levels", expanding=True)),
        waitlist.c.rank <= bindparam("rank"),
    )
    .group_by(waitlist.c.fund)
)


def served(connection: Connection, levels: Tree, at: datetime) -> Iterator[tuple[Source, Entry]]:
    """What has to go on record for those whose turn it is, now that there is money again."""
    queue = [Waiting(*row) for row in connection.execute(_QUEUE, {"levels": list(levels.levels)})]
    available = {row.id: 0 if row.frozen else row.available for row in levels.levels.values()}
    for waiting in turns(queue, lambda level: [row.id for row in levels.lineage(level)], available):
        connection.execute(_BECOMES, {"of": waiting.reservation, "now": WaitState.OFFERED})
        yield _source(waiting), _offer(waiting, at)


_QUEUE = (
    select(*(waitlist.c[name] for name in Waiting._fields))
    .where(waitlist.c.state == WaitState.WAITING, waitlist.c.fund.in_(bindparam("levels", expanding=True)))
    .order_by(waitlist.c.rank, waitlist.c.record)
)
_BECOMES = update(waitlist).where(waitlist.c.reservation == bindparam("of")).values(state=bindparam("now"))


def drop(connection: Connection, offer: Entry) -> None:
    """An offer that could not be made is none: the case asks for something else, or its wait lapses."""
    moves = offer.effect(Moves)
    assert moves
    connection.execute(_BECOMES, {"of": moves.transfer.reservation, "now": WaitState.LEFT})


def take(connection: Connection, reservation: str) -> None:
    """The case has taken note of its offer; from now on the reservation is its own to give back."""
    connection.execute(_BECOMES, {"of": reservation, "now": WaitState.TAKEN})


class Gone(NamedTuple):
    """A wish that nobody waits for any more."""

    fund: str
    source: Source
    back: Entry | None
    """What gives back an offer that the case knew nothing of."""


def leave(connection: Connection, case: str, at: datetime) -> list[Gone]:
    """Take a case off the list. Who stood behind it may be next then."""
    rows = [(row.state, Waiting(*row[1:])) for row in connection.execute(_OF_CASE, {"of": case})]
    if rows:
        connection.execute(_LEFT, {"of": case})
    return [
        Gone(one.fund, _source(one), _back(one, at) if stands == WaitState.OFFERED else None)
        for stands, one in rows
    ]


_THERE = and_(
    waitlist.c.case == bindparam("of"),
    or_(waitlist.c.state == WaitState.WAITING, waitlist.c.state == WaitState.OFFERED),
)
_OF_CASE = (
    select(waitlist.c.state, *(waitlist.c[name] for name in Waiting._fields))
    .where(_THERE)
    .order_by(waitlist.c.record)
)
_LEFT = update(waitlist).where(_THERE).values(state=WaitState.LEFT)


def _source(waiting: Waiting) -> Source:
    return Source(case=waiting.case, workflow_id=waiting.workflow_id, run_id="", rules="")


def _offer(waiting: Waiting, at: datetime) -> Entry:
    amount = Amount(minor=waiting.amount, currency=waiting.currency)
    return _entry(waiting, at, "money offered", TransferKind.PENDING, amount, waiting.reservation)


def _back(waiting: Waiting, at: datetime) -> Entry:
    return _entry(waiting, at, "offer given back", TransferKind.VOID, None, f"{waiting.reservation}:left")


def _entry(
    waiting: Waiting, at: datetime, action: str, kind: TransferKind, amount: Amount | None, key: str
) -> Entry:
    wish = Transfer(
        key=key,
        kind=kind,
        fund=waiting.fund,
        reservation=waiting.reservation,
        amount=amount,
        rank=None if waiting.rank == LAST else waiting.rank,
    )
    return Entry(
        key=f"{waiting.reservation}:{kind}",
        stage="funding",
        action=action,
        at=at,
        facts={"waited_since_record": waiting.record},
        effects=(Moves(transfer=wish),),
    )


class WaitRow(TypedDict):
    """A wish for money that waits, or was offered some. ``rank``: None: after all that have one."""

    reservation: str
    case: str
    workflow_id: str
    fund: str
    amount: int
    currency: str
    rank: int | None
    record: int
    state: str
    told_at: datetime | None


def listing(connection: Connection, limit: int | None = None, after: str | None = None) -> list[WaitRow]:
    """Who waits, in their order, from behind the reservation ``after``; and who was offered money and has not
    answered yet.
    """
    parts = [
        select(waitlist).where(waitlist.c.state == here) for here in (WaitState.WAITING, WaitState.OFFERED)
    ]
    if after is not None:
        place = connection.execute(_PLACE, {"of": after}).first()
        if place is None:
            raise UnknownPlace(after)
        parts = [part.where(tuple_(*_TURN) > tuple_(*place)) for part in parts]
    rows = connection.execute(merged(parts, *_TURN).limit(limit)).mappings()
    return [cast(WaitRow, {**row, "rank": None if row["rank"] == LAST else row["rank"]}) for row in rows]


_TURN = (waitlist.c.rank, waitlist.c.record)
_PLACE = select(*_TURN).where(waitlist.c.reservation == bindparam("of"))


def untold(connection: Connection) -> list[tuple[str, str]]:
    """Offers whose cases have not been woken yet: reservation and workflow."""
    return [(row.reservation, row.workflow_id) for row in connection.execute(_UNTOLD)]


_UNTOLD = select(waitlist.c.reservation, waitlist.c.workflow_id).where(
    waitlist.c.state == WaitState.OFFERED, waitlist.c.told_at.is_(None)
)


def told(connection: Connection, reservation: str, at: datetime) -> None:
    """The case was woken."""
    connection.execute(_TOLD, {"of": reservation, "at": at})


_TOLD = update(waitlist).where(waitlist.c.reservation == bindparam("of")).values(told_at=bindparam("at"))
