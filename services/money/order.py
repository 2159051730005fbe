"""Orders on funds: what they do to the books, and what keeps them from it."""

from typing import Any

from sqlalchemy import Connection

from activities.case import record
from activities.money import level
from activities.payment import payment
from models.amount import Amount
from models.case.rule import Broken
from models.money.fund import account
from models.money.rule import MoneyRule
from models.money.transfer import Transfer
from models.money.treasury import OWED, FundAct, FundOrder
from models.payment.rule import PaymentRule


def account_of(connection: Connection, order: FundOrder) -> str | Broken:
    """What the transfers go by: the investor's account, or the reservation that a payment came from. Broken:
    the order cannot be carried out.
    """
    if order.act in _BETWEEN:
        return _BETWEEN[order.act](connection, order) or f"{order.act}:{record.lock(connection) + 1}"
    if order.act not in OWED:
        return account(order.level, order.of or "")
    owed = payment.find(connection, order.of or "")
    if owed is None or owed["fund"] != order.level:
        return Broken(PaymentRule.UNKNOWN_PAYMENT, f"({order.of}, of {order.level})")
    return str(owed["reservation"])


def transfers(connection: Connection, order: FundOrder, name: str, of: str) -> list[Transfer]:
    """How an order moves money, in this order; none where it moves none."""
    if order.amount is None:
        return []
    amount = Amount(minor=order.amount, currency=_currency(connection, order.level))
    first: dict[str, Any] = {"fund": order.level, "reservation": of, "amount": amount}
    second = first | ({"fund": order.of} if order.act in _BETWEEN else {})
    second |= {"amount": order.rate.convert(amount), "rate": order.rate} if order.rate else {}
    halves = zip(order.act.transfers, (first, second), strict=False)
    return [Transfer(key=f"{name}:{kind}", kind=kind, **half) for kind, half in halves]


def _currency(connection: Connection, name: str) -> str:
    return str(level.tree(connection, name).levels[name].currency)


def _exchanged(connection: Connection, order: FundOrder) -> Broken | None:
    """Why an exchange cannot be, or None: both sides are there, and the rate is theirs."""
    assert order.rate and order.amount
    buys = level.tree(connection, order.of or "").levels
    if order.of not in buys:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({order.of})")
    pair = _currency(connection, order.level), str(buys[order.of].currency)
    if pair != (order.rate.base, order.rate.quote):
        return Broken(MoneyRule.WRONG_CURRENCY, f"The rate is {order.rate}.")
    try:
        order.rate.convert(Amount(minor=order.amount, currency=pair[0]))
    except ValueError:
        return Broken(MoneyRule.OVER_CAP, f"It comes to nothing, or to too much, at {order.rate}.")
    return None


def _reallocated(connection: Connection, order: FundOrder) -> Broken | None:
    """Why money cannot move from one part to another, or None: both are of the same whole, and allotted."""
    levels = level.tree(connection, order.level).levels
    if order.of not in levels:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({order.of})")
    parents = {levels[name].parent for name in (order.level, order.of)}
    if order.of == order.level or len(parents) > 1 or None in parents:
        return Broken(MoneyRule.REALLOCATION)
    for name in (order.level, str(order.of)):
        if not level.allotted(connection, name):
            return Broken(MoneyRule.REALLOCATION, f"Investors pay into {name}.")
        if why := level.frozen(connection, name):
            return Broken(MoneyRule.FUND_FROZEN, f"({name}: {why})")
    return None


_BETWEEN = {FundAct.EXCHANGE: _exchanged, FundAct.REALLOCATE: _reallocated}
"""Acts between two levels, and what keeps them from it."""
