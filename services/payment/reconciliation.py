"""Reconciliation: every line of a bank's statement against the payments, and what does not agree."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record
from activities.money import balance, level
from activities.money.fund import source
from activities.payment import payment
from models.base import digest
from models.case.record import Batch, Entry
from models.case.rule import CaseRule
from models.money.effects import BOOKS, Freezes
from models.money.rule import MoneyRule
from models.money.statement import Statement, StatementLine
from models.payment.payment import BankLine, PaymentState
from models.payment.rule import PaymentRule
from services.case.cases import CaseService, Refused


class LineResult(StrEnum):
    """What a line of a statement turned out to be."""

    MATCHED = "matched"
    RETURNED = "came back"
    OTHER = "not a payment of ours"
    """Money that came in without naming one: a capital call that was paid, a repayment, interest."""
    DISCREPANCY = "discrepancy"


class Compared(NamedTuple):
    """A line, and what it was found to be."""

    line: StatementLine
    result: LineResult
    payment: str = ""
    why: str = ""
    seq: int | None = None


class Reconciliation(NamedTuple):
    """What came of a statement; ``frozen`` says whether it stopped the payments of its fund."""

    lines: tuple[Compared, ...]
    seq: int | None
    frozen: bool


class Reconciler:
    """Takes statements for a fund, on behalf of ``actor``."""

    def __init__(self, database: Engine, cases: CaseService, actor: str) -> None:
        self._database = database
        self._cases = cases
        self._actor = actor

    async def reconcile(self, fund: str, statement: Statement) -> Reconciliation:
        """Compare every line; the same statement again changes nothing. A discrepancy freezes the fund."""
        levels = self._checked(fund, statement)
        compared = [await self._compared(levels, statement, line) for line in statement.lines]
        wrong = [one for one in compared if one.result is LineResult.DISCREPANCY]
        seq = self._put_on_record(fund, statement, compared, wrong)
        return Reconciliation(tuple(compared), seq, bool(wrong))

    def _reading(self) -> Connection:
        return self._database.connect().execution_options(readonly=True)

    def _checked(self, fund: str, statement: Statement) -> frozenset[str]:
        """The levels of the fund, once it is clear that the statement can be its own."""
        with self._reading() as connection:
            levels = level.tree(connection, fund).levels
            known = payment.statement_of(connection, fund, statement.id)
        if fund not in levels or levels[fund].parent:
            raise Refused(MoneyRule.UNKNOWN_FUND, f"({fund}) A statement is that of a whole fund.")
        if levels[fund].currency != statement.currency:
            raise Refused(MoneyRule.WRONG_CURRENCY, f"The fund is in {levels[fund].currency}.")
        if known and known != statement.sha256:
            raise Refused(PaymentRule.STATEMENT, f"Another statement {statement.id} was reconciled before.")
        return frozenset(levels)

    async def _compared(self, levels: frozenset[str], statement: Statement, line: StatementLine) -> Compared:
        name = line.end_to_end_id.rpartition(":")[0]
        with self._reading() as connection:
            found = payment.find(connection, name)
        if found is None or found["fund"] not in levels:
            return _no_payment_here(line, name, known=found is not None)
        if line.back and self._given_back(found, line):
            why = "The payee has given it back already: it cannot come back from the bank, too."
            return Compared(line, LineResult.DISCREPANCY, name, why)
        message = BankLine(
            gate=found["gate"],
            actor=self._actor,
            statement=statement.sha256,
            line=line.id,
            instruction=line.end_to_end_id,
            amount=line.amount,
            back=line.back,
            booked=line.booked,
        )
        try:
            answer = await self._cases.send("match", message)
        except Refused as error:
            return Compared(line, LineResult.DISCREPANCY, name, str(error), error.seq)
        if answer.rule == CaseRule.ROLE_NOT_HELD:
            raise Refused(CaseRule.ROLE_NOT_HELD, seq=answer.seq)
        good = LineResult.RETURNED if line.back else LineResult.MATCHED
        result = good if answer.accepted else LineResult.DISCREPANCY
        return Compared(line, result, name, answer.message, answer.seq)

    def _given_back(self, found: payment.PaymentRow, line: StatementLine) -> bool:
        """Whether the payee, and not the bank, has sent back so much that the line cannot be."""
        if not PaymentState(found["state"]).made:
            return False
        with self._reading() as connection:
            with_payees = balance.not_returned(connection, found["reservation"], found["fund"])
        return line.amount.minor > with_payees

    def _put_on_record(
        self, fund: str, statement: Statement, compared: list[Compared], wrong: list[Compared]
    ) -> int | None:
        facts = {"statement": statement.id, "sha256": statement.sha256, "lines": len(compared)}
        facts |= {"discrepancies": [_told(one) for one in wrong][:100], "closing": statement.closing}
        entry = Entry(
            key=f"{fund}:statement:{statement.sha256[:24]}:{digest(facts)[:12]}",
            stage=BOOKS,
            action="statement reconciled" if not wrong else "statement does not agree",
            actor=self._actor,
            at=datetime.now(UTC),
            facts=facts,
        )
        with self._database.begin() as connection:
            number = record.lock(connection) + 1
            if wrong:  # until two people let it go on
                why = f"statement {statement.id} does not agree (record {number})"
                entry = entry.with_effects(Freezes(level=fund, why=why))
            (receipt,) = record.write(connection, Batch(source=source(fund), entries=(entry,)))
            payment.keep_statement(connection, fund, statement, receipt.seq)
        return receipt.seq


def _no_payment_here(line: StatementLine, name: str, known: bool) -> Compared:
    """A line that is about no payment of the fund; ``known``: about that of another one."""
    if known and line.back:
        return Compared(line, LineResult.DISCREPANCY, name, "Money came back for a payment of another fund.")
    if line.back:
        return Compared(line, LineResult.OTHER)
    return Compared(line, LineResult.DISCREPANCY, name, "Money went out for no payment of this fund.")


def _told(one: Compared) -> dict[str, Any]:
    return {"line": one.line.id, "payment": one.payment, "why": one.why, "record": one.seq}
