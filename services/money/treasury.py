"""Orders on funds: a fund is frozen by one person, all else takes two; each in one transaction, on record."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, request, rights
from activities.money import level
from activities.money.fund import source
from activities.people import person
from models.case.confirmation import Step
from models.case.effects import Effect
from models.case.record import Batch, Entry
from models.case.rule import Broken, CaseRule
from models.money.effects import BOOKS, Freezes, Moves, Thaws
from models.money.rule import MoneyRule, rule_of_refusal
from models.money.treasury import FundAct, FundOrder
from models.people.person import Person
from services.case.cases import Refused
from services.money.order import account_of, transfers


class OrderResult(NamedTuple):
    """What became of an order: carried out, or waiting for a second person; its number on record."""

    carried_out: bool
    seq: int


class Treasury:
    """Takes orders on funds. ``attested`` says whether the actor has proved who they are."""

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def order(self, order: FundOrder) -> OrderResult:
        """Carry out an order, or put down that one person wants it. Refused: why not, on record."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            result = self._ordered(connection, order, at)
            if isinstance(result, OrderResult):
                return result
            seq = self._refuse(connection, order, result, at)
        raise Refused(result.rule, result.detail, seq)

    def _ordered(self, connection: Connection, order: FundOrder, at: datetime) -> OrderResult | Broken:
        actor = self._manager(connection, order, at)
        if isinstance(actor, Broken):
            return actor
        if order.act is FundAct.FREEZE:
            return self._carry_out(connection, order, "", at)
        weighed = request.weigh(connection, order.asked(), actor, at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED:
            seq = self._write(connection, order, at, f"{order.act} asked for")
            request.put_down(connection, order.asked(), seq)
            return OrderResult(False, seq)
        result = self._carry_out(connection, order, weighed.request.actor, at)
        if isinstance(result, OrderResult):
            request.settle(connection, order.asked())
        return result

    def _manager(self, connection: Connection, order: FundOrder, at: datetime) -> Person | Broken:
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

    def _carry_out(
        self, connection: Connection, order: FundOrder, asked_by: str, at: datetime
    ) -> OrderResult | Broken:
        of = account_of(connection, order)
        if isinstance(of, Broken):
            return of
        root = _root(connection, order)
        name = f"{root}:{order.act}:{record.lock(connection) + 1}"
        moves: list[Effect] = [Moves(transfer=one) for one in transfers(connection, order, name, of)]
        effects: list[tuple[Effect, ...]] = [(one,) for one in moves or _stops(order)] or [()]
        facts = {"asked_by": asked_by}
        entries = [
            self._entry(order, at, str(order.act), f"{name}:{number}", facts, effects=of_entry)
            for number, of_entry in enumerate(effects)
        ]
        undo = connection.begin_nested()
        receipts = record.write(connection, Batch(source=source(root), entries=tuple(entries)))
        if refused := next((receipt for receipt in receipts if receipt.rule), None):
            undo.rollback()
            return Broken(rule_of_refusal(refused.rule), refused.detail)
        undo.commit()
        return OrderResult(True, receipts[0].seq)

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
        root, number = _root(connection, order), record.lock(connection) + 1
        key = f"{root}:{order.act}:{number}:{order.request[:12]}"
        entry = self._entry(order, at, action, key, {}, **more)
        (receipt,) = record.write(connection, Batch(source=source(root), entries=(entry,)))
        return receipt.seq

    def _refuse(self, connection: Connection, order: FundOrder, broken: Broken, at: datetime) -> int:
        return self._write(
            connection, order.model_copy(update={"reason": broken.text}), at, "refused", rule=broken.rule
        )


def _stops(order: FundOrder) -> list[Effect]:
    """What an order does that moves no money."""
    if order.act is FundAct.FREEZE:
        return [Freezes(level=order.level, why=order.reason)]
    return [Thaws(level=order.level)] if order.act is FundAct.THAW else []


def _root(connection: Connection, order: FundOrder) -> str:
    """The fund that an order is about; the name it was given where there is none."""
    levels = level.tree(connection, order.level).levels
    return str(levels[order.level].root) if order.level in levels else order.level
