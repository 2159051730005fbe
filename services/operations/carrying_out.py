"""Operations that two operators have confirmed: done at the engine, then on record. Whoever does it again
after a crash finishes it; nothing of it happens twice. What waits for the record waits in a thread: whoever
holds it may wait for the engine, and so for this loop.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine as Database
from sqlalchemy.exc import IntegrityError

from activities.case import cases, record, registry
from activities.case.cases import CaseRow
from activities.operations.operation import steps
from models.base import digest
from models.case.effects import Tells
from models.case.record import Batch, Entry
from models.case.rule import Broken, CaseRule
from models.operations.letters import was_reset
from models.operations.operation import OPERATIONS, OUTLIVES, OperationAct, Task, Waiting
from models.operations.rule import OperationsRule
from services.operations import closing
from services.operations.deciding import Found
from services.operations.engine import Engine
from services.operations.giving_back import Ended

_TRIES = 10
_GO_ON = frozenset(("payment", "report"))
"""Workflows that outlive the case they are a part of, as the engine names their kinds."""


class CarriedOut(NamedTuple):
    """What became of an operation, its number on record; ``broken`` says why it was not carried out."""

    seq: int
    broken: Broken | None = None


class CarryingOut:
    """Does what was confirmed."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    async def look(self, act: OperationAct, case: str, to: Task | int | None) -> Found:
        """Whether the engine can do this to a case; for a reset, which task it goes back to: ``to``, or the
        last one of the newest run.
        """
        row = self._row(case)
        if row is None or act is OperationAct.TERMINATE:
            return None
        seen = await self._engine.seen(row["workflow_id"])
        if act is OperationAct.CANCEL:
            return None if seen and seen.running else Broken(OperationsRule.NOT_RUNNING, f"({case})")
        if seen is None:
            return Broken(OperationsRule.NOT_RUNNING, f"({case})")
        if isinstance(to, Task) and to.run != seen.run:
            return Broken(OperationsRule.RUN_CHANGED, f"({case})")
        tasks = await self._engine.tasks(row["workflow_id"], seen.run)
        event = to.event if isinstance(to, Task) else to or (tasks[-1] if tasks else 0)
        return Task(seen.run, event) if event in tasks else Broken(OperationsRule.NO_TASK, f"({event})")

    async def carry_out(self, one: Waiting) -> CarriedOut:
        """Do it, unless it was done. Unreachable: do it again when the engine answers."""
        row = self._row(one.operation.case)
        if row is None or row["closed_at"]:  # it came to its end by itself meanwhile
            return CarriedOut(0, Broken(CaseRule.CASE_CLOSED, f"({one.operation.case})"))
        match one.operation.act:
            case OperationAct.RESET:
                return await self._reset(row, one)
            case OperationAct.CANCEL:
                return await self._cancel(row, one)
            case OperationAct.TERMINATE:
                return await self._terminate(row, one)

    async def _reset(self, row: CaseRow, one: Waiting) -> CarriedOut:
        return await asyncio.to_thread(self._reset_alone, row, one, asyncio.get_running_loop())

    def _reset_alone(self, row: CaseRow, one: Waiting, loop: asyncio.AbstractEventLoop) -> CarriedOut:
        """Nobody writes meanwhile: two who finish it at once do so one after the other."""
        assert one.task, "a reset is confirmed with where it goes to"
        with self._database.begin() as connection:
            record.lock(connection)
            asked = self._engine.reset(row["workflow_id"], one.task, _request(one), one.reason)
            if asyncio.run_coroutine_threadsafe(asked, loop).result():
                rules = registry.rules(connection, row["rules"])
                told = was_reset(one.operation, one.reason, rules.coordinators if rules else ())
                entry = self._ended(row, one, str(one.operation.act)).with_effects(Tells(notice=told))
                batch = Batch(source=closing.source(row), entries=(entry,))
                return CarriedOut(record.write(connection, batch)[0].seq)
        return self._not_done(row, one, OperationsRule.RUN_CHANGED)

    async def _cancel(self, row: CaseRow, one: Waiting) -> CarriedOut:
        said = f"Cancelled by two operators (record {one.number}): {one.reason}"
        if not await self._engine.cancel(row["workflow_id"], _request(one), said):
            return await asyncio.to_thread(self._not_done, row, one, OperationsRule.NOT_RUNNING)
        handed = self._ended(row, one, "cancellation handed to the engine")
        return CarriedOut(await asyncio.to_thread(self._write, row, handed))

    async def _terminate(self, row: CaseRow, one: Waiting) -> CarriedOut:
        seen = await self._engine.seen(row["workflow_id"])
        parts = [workflow for workflow, kind in (seen.parts if seen else ()) if kind not in _GO_ON]
        gone: set[str] = set()
        missing = [row["workflow_id"], *parts]
        for _ in range(_TRIES):
            for workflow_id in missing:
                await self._engine.terminate(workflow_id, f"accord admin: record {one.number}")
                gone.add(workflow_id)
            try:
                missing, seq = await asyncio.to_thread(self._closed, row["id"], one, gone)
            except IntegrityError:  # a payment leaves in this moment: the next time, it has left
                continue
            if not missing:
                await self._tell_case(row)
                return CarriedOut(seq)
        return CarriedOut(one.number, Broken(OperationsRule.MOVES_ON, f"({one.number})"))

    def _closed(self, case: str, one: Waiting, gone: Iterable[str]) -> tuple[list[str], int]:
        """What must be terminated first; where there is nothing, the case is closed, by this entry."""
        with self._database.begin() as connection:
            seq = record.lock(connection) + 1
            row = cases.find(connection, case)
            assert row, "a case that is on record stays there"
            if row["closed_at"]:
                return [], seq - 1
            at = datetime.now(UTC)
            ended = Ended(row, at, f"Terminated by two operators (record {one.number}): {one.reason}")
            first = self._ended(row, one, "terminated")
            return closing.close(connection, ended, set(gone), first), seq

    async def _tell_case(self, row: CaseRow) -> None:
        """The case that a part belongs to looks what became of it."""
        of = self._row(row["parent"]) if row["parent"] and row["kind"] not in OUTLIVES else None
        if of:
            await self._engine.nudge(of["workflow_id"])

    # -- on record ----------------------------------------------------------------------------

    def _ended(self, row: CaseRow, one: Waiting, action: str, **more: str) -> Entry:
        """The entry by which an operation is over; it is written once."""
        fields = {"key": steps(row["number"], one.number).ended, "stage": OPERATIONS, "action": action}
        known = {"at": datetime.now(UTC), "reason": one.reason, "facts": _facts(one)}
        return Entry(**fields | known | more)

    def _not_done(self, row: CaseRow, one: Waiting, rule: OperationsRule) -> CarriedOut:
        action = f"{one.operation.act} not carried out"
        seq = self._write(row, self._ended(row, one, action, reason=rule.text))
        return CarriedOut(seq, Broken(rule, f"({one.operation.case})"))

    def _write(self, row: CaseRow, entry: Entry) -> int:
        """Write it, unless the case is closed by now: then that is what came of it."""
        with self._database.begin() as connection:
            batch = Batch(source=closing.source(row), entries=(entry,))
            return record.write(connection, batch)[0].seq

    def _row(self, case: str) -> CaseRow | None:
        with self._database.connect().execution_options(readonly=True) as connection:
            return cases.find(connection, case)


def _facts(one: Waiting) -> dict[str, object]:
    known: dict[str, object] = {"of": one.number, "asked_by": one.asked_by, "confirmed_by": one.confirmed_by}
    return known | ({"task": one.task._asdict()} if one.task else {})


def _request(one: Waiting) -> str:
    """What the engine knows an operation by, so that it does it once."""
    return f"accord-{digest([one.operation.asked(), one.number, one.at.isoformat()])[:32]}"
