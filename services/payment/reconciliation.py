"""Reconciliation: every line of a bank's statement against the payments, and what does not agree."""

from typing import Any, NamedTuple

from sqlalchemy import Engine

from activities.money import level
from activities.money.fund import source
from models.base import digest
from models.case.envelope import Belief
from models.money.effects import BOOKS, Freezes
from models.money.statement import Statement
from models.payment.effects import Finds
from services.case.acts import Act, Acts, Asked
from services.case.cases import CaseService
from services.payment.comparing import Compared, Comparing, LineResult
from services.payment.statements import Read, Statements


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
        self._comparing = Comparing(cases, actor)
        self._actor = actor
        self._belief = belief

    async def reconcile(self, fund: str, read: Read) -> Reconciliation:
        """Keep the file and compare every line; the same file again changes nothing. A discrepancy freezes
        the fund. Refused: whose file it is not, or why it cannot be the bank's; then nothing is frozen.
        """
        given = Statements(self._database, self._actor, self._belief).keep(fund, read).statement
        with self._database.connect().execution_options(readonly=True) as connection:
            levels = frozenset(level.tree(connection, fund).levels)
        compared = [
            await self._comparing.compared(levels, given, row, line)
            for row, line in enumerate(given.lines, start=1)
        ]
        wrong = [one for one in compared if one.result is LineResult.DISCREPANCY]
        seq = self._put_on_record(fund, given, compared, wrong)
        return Reconciliation(given.id, tuple(compared), seq, bool(wrong))

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


def _told(one: Compared) -> dict[str, Any]:
    return {"line": one.line.id, "payment": one.payment, "why": one.why, "record": one.seq}
