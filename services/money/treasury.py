"""The desk for funds: frozen by one person, all else by two; each act in one transaction, on record."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, rights
from activities.case.audit import Question, history
from activities.money import level
from activities.money.fund import account, source
from activities.payment import payment
from activities.people import person
from models.amount import Amount
from models.base import digest
from models.case.record import Batch, Entry
from models.case.rule import Broken, Rule
from models.money.effects import BOOKS, Moves, Thaws
from models.money.transfer import Transfer
from models.money.treasury import OWED, FundAct, FundOrder
from services.case.cases import Refused


class Done(NamedTuple):
    """What became of an order: carried out, or waiting for a second person; its number on record."""

    carried_out: bool
    seq: int


class Treasury:
    """Takes orders on funds. ``attested`` says whether the actor has proved who they are."""

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def order(self, order: FundOrder) -> Done:
        """Carry out an order, or put down that one person wants it. Refused: why not, on record."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            broken, asked_by = self._examined(connection, order)
            if broken is None:
                told = self._carry_out(connection, order, asked_by, at)
                if not isinstance(told, Broken):
                    return told
                broken = told
            seq = self._refuse(connection, order, broken, at)
        raise Refused(broken.rule, broken.detail, seq)

    def _examined(self, connection: Connection, order: FundOrder) -> tuple[Broken | None, str]:
        """The rule that keeps the actor from it; who has asked for the same before, if anybody."""
        levels = level.tree(connection, order.level).levels
        if order.level not in levels:
            return Broken(Rule.UNKNOWN_FUND, f"({order.level})"), ""
        actor = person.find(connection, order.actor)
        if actor is None:
            return Broken(Rule.UNKNOWN_PERSON, f"({order.actor})"), ""
        managers = level.managers(connection, order.level)
        if not set(managers) & rights.held(connection, actor, datetime.now(UTC).date()):
            return Broken(Rule.ROLE_NOT_HELD, f"It takes one of: {', '.join(managers)}."), ""
        asked_by = self._asked_by(connection, order, levels[order.level].root)
        if asked_by in rights.accounts_of(connection, actor):
            return Broken(Rule.TWO_PEOPLE), asked_by
        return None, asked_by

    def _asked_by(self, connection: Connection, order: FundOrder, root: str) -> str:
        """Who has asked for the same, and has not been confirmed yet."""
        acts = [row for row in history(connection, Question(case=root)) if row["rule"] is None]
        same = [row for row in acts if row["payload"]["facts"].get("order") == order.asked()]
        return str(same[-1]["actor"]) if same and same[-1]["action"].endswith(" asked for") else ""

    def _carry_out(
        self, connection: Connection, order: FundOrder, asked_by: str, at: datetime
    ) -> Done | Broken:
        if not asked_by and order.act is not FundAct.FREEZE:
            return Done(False, self._write(connection, order, at, f"{order.act} asked for"))
        of = _account(connection, order)
        if isinstance(of, Broken):
            return of
        root = str(level.tree(connection, order.level).levels[order.level].root)
        name, facts = f"{root}:{order.act}:{record.lock(connection) + 1}", {"asked_by": asked_by}
        entries = [
            self._entry(order, at, str(order.act), f"{name}:{number}", facts, **effects)
            for number, effects in enumerate(_effects(connection, order, name, of))
        ]
        undo = connection.begin_nested()
        if order.act in (FundAct.FREEZE, FundAct.THAW):  # before who waited for it is served
            level.freeze(connection, order.level, order.reason if order.act is FundAct.FREEZE else None)
        receipts = record.write(connection, Batch(source=source(root), entries=tuple(entries)))
        if refused := next((receipt for receipt in receipts if receipt.rule), None):
            assert refused.rule
            undo.rollback()
            return Broken(refused.rule, refused.detail)
        undo.commit()
        return Done(True, receipts[0].seq)

    def _entry(
        self, order: FundOrder, at: datetime, action: str, key: str, facts: dict[str, Any], **more: Any
    ) -> Entry:
        return Entry(
            key=key,
            stage=BOOKS,
            action=action,
            actor=order.actor,
            attested=self._attested,
            at=at,
            reason=order.reason,
            facts={"order": order.asked()} | facts,
            **more,
        )

    def _write(self, connection: Connection, order: FundOrder, at: datetime, action: str, **more: Any) -> int:
        levels = level.tree(connection, order.level).levels
        root = str(levels[order.level].root) if order.level in levels else order.level
        number = record.lock(connection) + 1
        key = f"{root}:{order.act}:{number}:{digest(order.asked())[:12]}"
        entry = self._entry(order, at, action, key, {}, **more)
        (receipt,) = record.write(connection, Batch(source=source(root), entries=(entry,)))
        return receipt.seq

    def _refuse(self, connection: Connection, order: FundOrder, broken: Broken, at: datetime) -> int:
        return self._write(
            connection, order.model_copy(update={"reason": broken.text}), at, "refused", rule=broken.rule
        )


def _account(connection: Connection, order: FundOrder) -> str | Broken:
    """What the transfers go by: the investor's account, or the reservation that a payment came from."""
    if order.act in _BETWEEN:
        return _BETWEEN[order.act](connection, order) or f"{order.act}:{record.lock(connection) + 1}"
    if order.act not in OWED:
        return account(order.level, order.of or "")
    owed = payment.find(connection, order.of or "")
    if owed is None or owed["fund"] != order.level:
        return Broken(Rule.UNKNOWN_PAYMENT, f"({order.of}, of {order.level})")
    return str(owed["reservation"])


def _effects(connection: Connection, order: FundOrder, name: str, of: str) -> list[dict[str, Any]]:
    """What each entry of an order does; one where it moves no money."""
    if order.amount is None:
        return [{"effects": (Thaws(level=order.level),)} if order.act is FundAct.THAW else {}]
    amount = Amount(minor=order.amount, currency=_currency(connection, order.level))
    first: dict[str, Any] = {"fund": order.level, "reservation": of, "amount": amount}
    second = first | ({"fund": order.of} if order.act in _BETWEEN else {})
    second |= {"amount": order.rate.convert(amount), "rate": order.rate} if order.rate else {}
    halves = zip(order.act.transfers, (first, second), strict=False)
    return [
        {"effects": (Moves(transfer=Transfer(key=f"{name}:{kind}", kind=kind, **half)),)}
        for kind, half in halves
    ]


def _currency(connection: Connection, name: str) -> str:
    return str(level.tree(connection, name).levels[name].currency)


def _exchanged(connection: Connection, order: FundOrder) -> Broken | None:
    """Why an exchange cannot be, or None: both sides are there, and the rate is theirs."""
    assert order.rate and order.amount
    buys = level.tree(connection, order.of or "").levels
    if order.of not in buys:
        return Broken(Rule.UNKNOWN_FUND, f"({order.of})")
    pair = _currency(connection, order.level), str(buys[order.of].currency)
    if pair != (order.rate.base, order.rate.quote):
        return Broken(Rule.WRONG_CURRENCY, f"The rate is {order.rate}.")
    try:
        order.rate.convert(Amount(minor=order.amount, currency=pair[0]))
    except ValueError:
        return Broken(Rule.OVER_CAP, f"It comes to nothing, or to too much, at {order.rate}.")
    return None


def _reallocated(connection: Connection, order: FundOrder) -> Broken | None:
    """Why money cannot move from one part to another, or None: both are of the same whole, and allotted."""
    levels = level.tree(connection, order.level).levels
    if order.of not in levels:
        return Broken(Rule.UNKNOWN_FUND, f"({order.of})")
    parents = {levels[name].parent for name in (order.level, order.of)}
    if order.of == order.level or len(parents) > 1 or None in parents:
        return Broken(Rule.REALLOCATION)
    for name in (order.level, str(order.of)):
        if not level.allotted(connection, name):
            return Broken(Rule.REALLOCATION, f"Investors pay into {name}.")
        if why := level.frozen(connection, name):
            return Broken(Rule.FUND_FROZEN, f"({name}: {why})")
    return None


_BETWEEN = {FundAct.EXCHANGE: _exchanged, FundAct.REALLOCATE: _reallocated}
"""Acts between two levels, and what keeps them from it."""
