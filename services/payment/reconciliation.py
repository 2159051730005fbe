"""Reconciliation: every line of a bank's statement against the payments, and what does not agree."""

from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.money import balance, level
from activities.money.fund import source
from activities.payment import payment, statement
from models.base import digest
from models.case.envelope import Belief
from models.case.record import Answer
from models.case.rule import CaseRule
from models.money.effects import BOOKS, Freezes
from models.money.statement import Statement, StatementLine
from models.payment.action import PaymentAction
from models.payment.effects import Finds
from models.payment.payment import BankLine, PaymentState
from services.case.acts import Act, Acts, Asked
from services.case.cases import CaseService, Refused
from services.payment.statements import Read, Statements

_OF_THE_SENDER = (
    CaseRule.ROLE_NOT_HELD,
    CaseRule.NOT_ATTESTED,
    CaseRule.DUTIES,
    CaseRule.OWN_PROPOSAL,
    CaseRule.TOO_MANY,
)
"""Rules that say who may not reconcile: they say nothing of what the bank did."""


class LineResult(StrEnum):
    """What a line of a statement turned out to be."""

    MATCHED = "matched"
    RETURNED = "came back"
    OTHER = "not a payment of ours"
    """Money that came in without naming one: a capital call that was paid, a repayment, interest."""
    TAKES_ANOTHER = "takes a second person"
    """Money that came back: another reconciler hands the same file in, and confirms it."""
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

    statement: str
    lines: tuple[Compared, ...]
    seq: int | None
    frozen: bool


class Reconciler:
    """Takes statements for a fund, on behalf of ``actor``; ``belief`` is what is believed of them."""

    def __init__(self, database: Engine, cases: CaseService, actor: str, belief: Belief) -> None:
        self._database = database
        self._cases = cases
        self._actor = actor
        self._belief = belief

    async def reconcile(self, fund: str, read: Read) -> Reconciliation:
        """Keep the file and compare every line; the same file again changes nothing. A discrepancy freezes
        the fund. Refused: whose file it is not, or why it cannot be the bank's; then nothing is frozen.
        """
        given = Statements(self._database, self._actor, self._belief).keep(fund, read).statement
        with self._reading() as connection:
            levels = frozenset(level.tree(connection, fund).levels)
        compared = [
            await self._compared(levels, given, row, line) for row, line in enumerate(given.lines, start=1)
        ]
        wrong = [one for one in compared if one.result is LineResult.DISCREPANCY]
        seq = self._put_on_record(fund, given, compared, wrong)
        return Reconciliation(given.id, tuple(compared), seq, bool(wrong))

    def _reading(self) -> Connection:
        return self._database.connect().execution_options(readonly=True)

    async def _compared(
        self, levels: frozenset[str], given: Statement, row: int, line: StatementLine
    ) -> Compared:
        name = line.end_to_end_id.rpartition(":")[0]
        with self._reading() as connection:
            found = payment.find(connection, name)
            matched = statement.matched(connection, given.sha256, row)
        if matched:  # whoever handed the file in before
            result = LineResult.RETURNED if line.back else LineResult.MATCHED
            return Compared(line, result, name, seq=matched)
        if found is None or found["fund"] not in levels:
            return _no_payment_here(line, name, known=found is not None)
        if line.back and self._given_back(found, line):
            why = "The payee has given it back already: it cannot come back from the bank, too."
            return Compared(line, LineResult.DISCREPANCY, name, why)
        message = BankLine(
            gate=found["gate"],
            actor=self._actor,
            statement=given.sha256,
            row=row,
            account=given.account,
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
        if answer.rule in _OF_THE_SENDER:
            rule = CaseRule(str(answer.rule))
            raise Refused(rule, answer.message.removeprefix(rule.text).strip(), answer.seq)
        return Compared(line, self._became(answer, line), name, answer.message, answer.seq)

    def _became(self, answer: Answer, line: StatementLine) -> LineResult:
        """What the case made of a line."""
        if not answer.accepted:
            return LineResult.DISCREPANCY
        if not line.back:
            return LineResult.MATCHED
        with self._reading() as connection:
            action = statement.action(connection, answer.seq)
        asked = action == PaymentAction.RETURN_ASKED_FOR
        return LineResult.TAKES_ANOTHER if asked else LineResult.RETURNED

    def _given_back(self, found: payment.PaymentRow, line: StatementLine) -> bool:
        """Whether the payee, and not the bank, has sent back so much that the line cannot be."""
        if not PaymentState(found["state"]).made:
            return False
        with self._reading() as connection:
            with_payees = balance.not_returned(connection, found["reservation"], found["fund"])
        return line.amount.minor > with_payees

    def _put_on_record(
        self, fund: str, given: Statement, compared: list[Compared], wrong: list[Compared]
    ) -> int | None:
        facts = {"statement": given.id, "sha256": given.sha256, "lines": len(compared)}
        facts |= {"discrepancies": [_told(one) for one in wrong][:100], "closing": given.closing}
        asked = Asked(fund, BOOKS, self._actor, facts, source(fund).workflow_id)
        return Acts(self._database, self._belief).carry_out(
            asked, lambda act: _put_down(act, given, compared, facts, bool(wrong))
        )


def _put_down(
    act: Act, given: Statement, compared: list[Compared], facts: dict[str, Any], wrong: bool
) -> int:
    fund = act.asked.case
    why = f"statement {given.id} does not agree (record {act.number})"
    frozen = (Freezes(level=fund, why=why),) if wrong else ()  # until two people let it go on
    found = Finds(statement=given.sha256, results=tuple(one.result for one in compared))
    entry = act.entry(
        f"{fund}:statement:{given.sha256[:24]}:{digest([facts, found.results])[:12]}",
        "statement does not agree" if wrong else "statement reconciled",
        facts=facts,
        effects=(found, *frozen),
    )
    return act.write(entry).seq


def _no_payment_here(line: StatementLine, name: str, known: bool) -> Compared:
    """A line that is about no payment of the fund; ``known``: about that of another one."""
    if known and line.back:
        return Compared(line, LineResult.DISCREPANCY, name, "Money came back for a payment of another fund.")
    if line.back:
        return Compared(line, LineResult.OTHER)
    return Compared(line, LineResult.DISCREPANCY, name, "Money went out for no payment of this fund.")


def _told(one: Compared) -> dict[str, Any]:
    return {"line": one.line.id, "payment": one.payment, "why": one.why, "record": one.seq}
