"""Mends differences: what is safe for one person to do. Each repair is on record, and happens once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.case import cases, record, registry
from activities.case.cases import CaseRow
from activities.operations.ownership import holds
from activities.operations.reconcile import source
from models.case.case import EndedBy, Standing
from models.case.effects import Effect, Stands, Tells
from models.case.letters import is_over
from models.case.record import Batch, Entry, Source
from models.operations.difference import RECONCILING, Difference, DifferenceKind

REPAIRED = "difference mended"
"""The action of the entry that says what was done about a difference."""


class Repairing:
    """Mends in the name of an operator."""

    def __init__(self, client: Client, database: Engine, actor: str, attested: bool | None) -> None:
        self._client = client
        self._database = database
        self._actor = actor
        self._attested = attested
        self._remedies: dict[DifferenceKind, Callable[[Difference], Awaitable[str]]] = {
            DifferenceKind.ENDED: self._close,
            DifferenceKind.STILL_RUNNING: self._end,
            DifferenceKind.SQUATTED: self._end,
        }

    async def mend(self, one: Difference) -> str:
        """What was done about a difference; empty: nothing, it is for somebody else."""
        remedy = self._remedies.get(one.kind)
        return await remedy(one) if remedy else ""

    async def _close(self, one: Difference) -> str:
        """Close a case that has ended behind Accord's back, and holds nothing."""
        with self._database.begin() as connection:
            row = _of(connection, one)
            if row is None or _takes_two(connection, row):
                return ""
            self._write(connection, one, "closed on record")
            self._write_closing(connection, row, one)
        return "closed on record"

    def _write_closing(self, connection: Connection, row: CaseRow, one: Difference) -> None:
        before = Standing(stage=row["stage"], status=row["status"])
        after = Standing(stage=row["stage"], status=EndedBy.CANCELLED)
        rules = registry.rules(connection, row["rules"])
        told = is_over(
            row["id"], row["title"], after.status, str(one), rules.coordinators if rules else (), ()
        )
        entry = self._entry(
            f"{row['id']}:closed",
            f"closed: {EndedBy.CANCELLED}",
            str(one),
            Stands(before=before, after=after, closes=True),
            Tells(notice=told),
        )
        of = {"case": row["number"], "id": row["id"], "workflow_id": row["workflow_id"]}
        writes = Source(run_id="", rules=row["rules"], **of)
        record.write(connection, Batch(source=writes, entries=(entry,)))

    async def _end(self, one: Difference) -> str:
        """End a workflow that nobody needs: nothing of it is, or will be, on record."""
        run = one.detail.removeprefix("run ")
        try:
            handle = self._client.get_workflow_handle(one.workflow_id, run_id=run)
            await handle.terminate(reason=one.kind.says)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        with self._database.begin() as connection:
            self._write(connection, one, "its workflow is ended")
        return "its workflow is ended"

    def _write(self, connection: Connection, one: Difference, done: str) -> None:
        """Say on record what was done about it; once."""
        entry = self._entry(f"{one.key}:mended", REPAIRED, f"{one}: {done}")
        entry = entry.model_copy(update={"facts": {"difference": one.content(), "done": done}})
        record.write(connection, Batch(source=source(connection, one), entries=(entry,)))

    def _entry(self, key: str, action: str, reason: str, *effects: Effect) -> Entry:
        return Entry(
            key=key,
            stage=RECONCILING,
            action=action,
            actor=self._actor,
            attested=self._attested,
            at=datetime.now(UTC),
            reason=reason[:4000],
            effects=effects,
        )


def _of(connection: Connection, one: Difference) -> CaseRow | None:
    """The open case, or part of one, that a difference is of."""
    rows = cases.parts(connection, one.case)
    return next((r for r in rows if r["workflow_id"] == one.workflow_id and not r["closed_at"]), None)


def _takes_two(connection: Connection, row: CaseRow) -> bool:
    """Whether something of value moves when it is closed: a payment that is under way, money that the case
    holds, parts that are open. What another part holds belongs to the case, which goes on.
    """
    if row["parent"] is not None:
        return row["kind"] == "payment"
    others = (one for one in cases.parts(connection, row["number"]) if one["id"] != row["id"])
    return holds(connection, row["number"]) or any(one["closed_at"] is None for one in others)
