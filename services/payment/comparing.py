"""One line of a bank's statement against the payments: what it turned out to be."""

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from activities.money import balance
from activities.payment import payment, statement
from models.case.record import Answer
from models.case.rule import CaseRule
from models.money.statement import Statement, StatementLine
from models.payment.action import PaymentAction
from models.payment.payment import BankLine, PaymentState
from services.case.cases import CaseService, Refused

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
    """Money that came back, and the bank does not say so itself: another reconciler hands the same file in,
    and confirms it."""
    DISCREPANCY = "discrepancy"


class Compared(NamedTuple):
    """A line, and what it was found to be."""

    line: StatementLine
    result: LineResult
    payment: str = ""
    why: str = ""
    seq: int | None = None


class Comparing:
    """Compares lines on behalf of ``actor``, who handed the statement in."""

    def __init__(self, cases: CaseService, actor: str) -> None:
        self._cases = cases
        self._database: Engine = cases.database
        self._actor = actor

    async def compared(
        self, levels: frozenset[str], given: Statement, row: int, line: StatementLine
    ) -> Compared:
        """What a line is, where the fund has these levels; its case hears of it where it is a payment's.
        Refused: whoever handed the statement in may not say so.
        """
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
        return self._became(answer, line, name)

    def _became(self, answer: Answer, line: StatementLine, name: str) -> Compared:
        """What the case made of a line."""
        if not answer.accepted or not line.back:
            result = LineResult.MATCHED if answer.accepted else LineResult.DISCREPANCY
            return Compared(line, result, name, answer.message, answer.seq)
        with self._reading() as connection:
            became = statement.became(connection, answer.seq)
        asked = became.action == PaymentAction.RETURN_ASKED_FOR
        result = LineResult.TAKES_ANOTHER if asked else LineResult.RETURNED
        return Compared(line, result, name, became.reason or answer.message, answer.seq)

    def _given_back(self, found: payment.PaymentRow, line: StatementLine) -> bool:
        """Whether the payee, and not the bank, has sent back so much that the line cannot be."""
        if not PaymentState(found["state"]).made:
            return False
        with self._reading() as connection:
            with_payees = balance.not_returned(connection, found["reservation"], found["fund"])
        return line.amount.minor > with_payees

    def _reading(self) -> Connection:
        return self._database.connect().execution_options(readonly=True)


def _no_payment_here(line: StatementLine, name: str, known: bool) -> Compared:
    """A line that is about no payment of the fund; ``known``: about that of another one."""
    if known and line.back:
        return Compared(line, LineResult.DISCREPANCY, name, "Money came back for a payment of another fund.")
    if line.back:
        return Compared(line, LineResult.OTHER)
    return Compared(line, LineResult.DISCREPANCY, name, "Money went out for no payment of this fund.")
