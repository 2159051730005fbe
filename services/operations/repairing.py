"""Mends differences: what is safe for one person to do. Each repair is on record, and happens once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from activities.case import cases, record
from activities.case.cases import CaseRow
from activities.operations.cases import has_written
from activities.operations.noting import source
from activities.operations.ownership import holds
from models.base import digest
from models.case.record import Batch
from models.case.rule import Broken, CaseRule
from models.operations.difference import Difference, DifferenceKind
from models.operations.operation import OUTLIVES, Task
from services.case.cases import CaseService
from services.operations import closing
from services.operations.engine import Engine
from services.operations.giving_back import Ended
from services.operations.independence import operator_of
from services.operations.mender import Mender
from services.operations.restarting import Begun, begun, start_again


class Repairing:
    """Mends in the name of an operator."""

    def __init__(self, cases_: CaseService, engine: Engine, mender: Mender) -> None:
        self._cases = cases_
        self._engine = engine
        self._mender = mender
        kinds = DifferenceKind
        self._remedies: dict[DifferenceKind, Callable[[Difference], Awaitable[str]]] = {
            kinds.ENDED: self._close,
            kinds.MISSING: self._start_again,
            kinds.STILL_RUNNING: self._end,
            kinds.SQUATTED: self._end,
            kinds.DOUBLED: self._end_what_did_nothing,
            kinds.RECORD_AHEAD: self._take_from_record,
            kinds.GATE_ON_RECORD: self._take_from_record,
            kinds.GATE_IN_ENGINE: self._take_from_record,
        }

    async def mend(self, one: Difference) -> str:
        """What was done about a difference; empty: nothing, it is for somebody else."""
        remedy = self._remedies.get(one.kind)
        if remedy is None or self._has_to_do_with(one.case):
            return ""
        return await remedy(one)

    def _has_to_do_with(self, case: str) -> bool:
        """Whether the operator acted in this case, or has an interest in it: then another one mends."""
        with self._cases.database.connect().execution_options(readonly=True) as connection:
            row = cases.find(connection, case)
            if row is None:
                return False
            found = operator_of(connection, row, self._mender.person, datetime.now(UTC))
        return isinstance(found, Broken) and found.rule is not CaseRule.CASE_CLOSED

    async def _close(self, one: Difference) -> str:
        """Close a case, or a part, that has ended, where nothing of value moves by that."""
        done = "closed on record"
        with self._cases.database.begin() as connection:
            row = _of(connection, one)
            if row is None or _takes_two(connection, row):
                return ""
            ended = Ended(row, datetime.now(UTC), f"{one}")
            if closing.close(connection, ended, {row["workflow_id"]}, self._mender.entry(one, done)):
                return ""  # a part of it goes on
            parent = cases.find(connection, row["parent"]) if row["parent"] else None
        if parent:
            await self._engine.nudge(parent["workflow_id"])
        return done

    async def _start_again(self, one: Difference) -> str:
        """Start what the engine has no more; a part is started by its case, once that looks at the record."""
        with self._cases.database.connect().execution_options(readonly=True) as connection:
            row = _of(connection, one)
            how = begun(connection, row) if row else None
            parent = cases.find(connection, row["parent"]) if row and row["parent"] else None
        if row is None or how is None:
            return ""
        if parent is None:
            return await self._started(one, row, how)
        if parent["closed_at"]:
            return await self._close(one)
        done = "the case that it is a part of starts it again"
        return await self._reset(one, parent["workflow_id"], done)

    async def _started(self, one: Difference, row: CaseRow, how: Begun) -> str:
        if not await start_again(self._cases, row, how, self._mender.person):
            return ""
        seen = await self._engine.seen(one.workflow_id)
        done = "started again: it takes from the record what is decided"
        return self._said(one, done, run=seen.run if seen else "")

    async def _take_from_record(self, one: Difference) -> str:
        """Reset a workflow to its last task: it takes from the record what it does not know."""
        return await self._reset(one, one.workflow_id, "reset: it takes from the record what is decided")

    async def _reset(self, one: Difference, workflow_id: str, done: str) -> str:
        seen = await self._engine.seen(workflow_id)
        tasks = await self._engine.tasks(workflow_id, seen.run) if seen and seen.running else []
        if not seen or not tasks:
            return ""
        request = f"accord-{digest([one.key, seen.run])[:32]}"
        if not await self._engine.reset(workflow_id, Task(seen.run, tasks[-1]), request, one.kind.says):
            return ""
        return self._said(one, done, run=seen.run)

    async def _end_what_did_nothing(self, one: Difference) -> str:
        """End a second workflow of a case, unless something of it is on record."""
        with self._cases.database.connect().execution_options(readonly=True) as connection:
            if has_written(connection, one.case, one.workflow_id):
                return ""
        return await self._end(one)

    async def _end(self, one: Difference) -> str:
        """End a workflow that nobody needs: nothing of it is, or will be, on record."""
        await self._engine.terminate(one.workflow_id, one.kind.says)
        return self._said(one, "its workflow is ended")

    def _said(self, one: Difference, done: str, **more: object) -> str:
        """Put on record what was done."""
        with self._cases.database.begin() as connection:
            entries = (self._mender.entry(one, done, **more),)
            record.write(connection, Batch(source=source(connection, one), entries=entries))
        return done


def _of(connection: Connection, one: Difference) -> CaseRow | None:
    """The open case, or part of one, that a difference is of."""
    rows = cases.parts(connection, one.case)
    return next((r for r in rows if r["workflow_id"] == one.workflow_id and not r["closed_at"]), None)


def _takes_two(connection: Connection, row: CaseRow) -> bool:
    """Whether something of value moves when it is closed: a payment that is under way, money that the case
    holds. What the case of another part holds belongs to that case, which goes on.
    """
    if row["parent"] is not None:
        return row["kind"] in OUTLIVES
    return holds(connection, row["number"])
