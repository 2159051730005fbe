"""Orders on funds: a fund is frozen by one person, all else takes two; each in one transaction, on record."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import request, rights
from activities.money import level
from activities.money.fund import source
from activities.people import person
from models.case.confirmation import Step
from models.case.effects import Effect
from models.case.envelope import Belief
from models.case.record import Entry
from models.case.rule import Broken, CaseRule
from models.money.effects import BOOKS, Freezes, Moves, Thaws
from models.money.rule import MoneyRule, rule_of_refusal
from models.money.treasury import FundAct, FundOrder
from models.people.person import Person
from services.case.acts import Act, Acts, Asked
from services.money.order import account_of, transfers


class OrderResult(NamedTuple):
    """What became of an order: carried out, or waiting for a second person; its number on record."""

    carried_out: bool
    seq: int


class Treasury:
    """Takes orders on funds. ``belief`` is what is believed of who gives them."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._database = database
        self._acts = Acts(database, belief)

    def order(self, order: FundOrder) -> OrderResult:
        """Carry out an order, or put down that one person wants it. Refused: why not, on record."""
        with self._database.connect().execution_options(readonly=True) as connection:
            root = _root(connection, order)
        facts = {"order": order.asked()}
        asked = Asked(root, BOOKS, order.actor, facts, source(root).workflow_id)
        return self._acts.carry_out(asked, lambda act: self._ordered(act, order, root))

    def _ordered(self, act: Act, order: FundOrder, root: str) -> OrderResult | Broken:
        actor = _manager(act.connection, order, act.at)
        if isinstance(actor, Broken):
            return actor
        if order.act is FundAct.FREEZE:
            return _carry_out(act, order, root, "")
        weighed = request.weigh(act.connection, order.asked(), actor, act.at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED:
            return _asked_for(act, order, root)
        result = _carry_out(act, order, root, weighed.request.actor)
        if isinstance(result, OrderResult):
            request.settle(act.connection, order.asked())
        return result


def _manager(connection: Connection, order: FundOrder, at: datetime) -> Person | Broken:
    """The actor, as one who acts on the fund; or the rule that keeps them from it, whoever else asks."""
    if order.level not in level.tree(connection, order.level).levels:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({order.level})")
    actor = person.find(connection, order.actor)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({order.actor})")
    managers = level.managers(connection, order.level)
    if not managers:
        return Broken(CaseRule.ROLE_NOT_HELD, f"No role manages the fund of {order.level}.")
    if not set(managers) & rights.held(connection, actor, at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes one of: {', '.join(managers)}.")
    return actor


def _asked_for(act: Act, order: FundOrder, root: str) -> OrderResult:
    key = f"{root}:{order.act}:{act.number}:{order.request[:12]}"
    seq = act.write(_entry(act, order, key, f"{order.act} asked for", {})).seq
    request.put_down(act.connection, order.asked(), seq)
    return OrderResult(False, seq)


def _carry_out(act: Act, order: FundOrder, root: str, asked_by: str) -> OrderResult | Broken:
    of = account_of(act.connection, order)
    if isinstance(of, Broken):
        return of
    name = f"{root}:{order.act}:{act.number}"
    moves: list[Effect] = [Moves(transfer=one) for one in transfers(act.connection, order, name, of)]
    effects: list[tuple[Effect, ...]] = [(one,) for one in moves or _stops(order)] or [()]
    entries = [
        _entry(act, order, f"{name}:{number}", str(order.act), {"asked_by": asked_by}, effects=of_entry)
        for number, of_entry in enumerate(effects)
    ]
    receipt = act.write(*entries)
    if receipt.rule:
        return Broken(rule_of_refusal(receipt.rule), receipt.detail)
    return OrderResult(True, receipt.seq)


def _entry(act: Act, order: FundOrder, key: str, action: str, facts: dict[str, str], **more: Any) -> Entry:
    return act.entry(key, action, reason=order.reason, facts={"order": order.asked()} | facts, **more)


def _stops(order: FundOrder) -> list[Effect]:
    """What an order does that moves no money."""
    if order.act is FundAct.FREEZE:
        return [Freezes(level=order.level, why=order.reason)]
    return [Thaws(level=order.level)] if order.act is FundAct.THAW else []


def _root(connection: Connection, order: FundOrder) -> str:
    """The fund that an order is about; the name it was given where there is none."""
    levels = level.tree(connection, order.level).levels
    return str(levels[order.level].root) if order.level in levels else order.level
