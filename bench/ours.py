"""Our own lifecycle, driven as its people would: every message of a happy case, through the services.

How the driver finds the next gate: gate ids are business keys, so all of them are known beforehand. What
opens the next gate of the same workflow is written in the transaction of the answer, so one read after the
answer finds it, with its content hash; its message then waits inside the workflow for the few
milliseconds in which the workflow learns that its gate is open. Only where a child starts or ends in
between is the gate not there at once; then the driver looks again every few milliseconds, read-only.
"""

import asyncio
from pathlib import Path

from sqlalchemy import Engine, func, select
from temporalio.client import Client

from activities.case import gate as gates
from activities.case import notice
from bench.driver import Kept
from bench.history import History, look
from bench.steps import STEPS, key, message, proposal
from models.case.record import Answer
from models.tables.notice import notice as notices
from models.tables.record import record
from runtime import keys
from runtime.settings import Settings
from services.case.cases import CaseService
from services.case.updates import NotConfirmed, Unreachable
from services.partnership.partnerships import PartnershipService

_LOOK_AGAIN, _LATEST = 0.01, 0.1
"""Seconds; every time half as long again, so that looking does not cost what deciding should."""


class Ours:
    """Drives ours, and keeps every answer it got to compare it with the record."""

    decisions = len(STEPS)

    def __init__(self, client: Client, database: Engine, home: Path) -> None:
        self._client = client
        self._database = database
        self._service = CaseService(client, database, keys.principal(Settings(home=home)))
        self._hashes: dict[str, str] = {}
        self._acknowledged: list[tuple[int, str]] = []

    async def begin(self, case: str) -> None:
        """Propose; returns when the review is open."""
        await PartnershipService(self._service).propose(proposal(case))
        await self._gate(case, "review")

    async def decide(self, case: str, number: int) -> None:
        """Send the next message; returns when it is acknowledged. No answer: send the same again."""
        step = STEPS[number]
        sent = message(step, case, self._hashes[case])
        while True:
            try:
                answer: Answer = await self._service.send(step.update, sent)
            except (NotConfirmed, Unreachable):
                task = asyncio.current_task()
                if task and task.cancelling():  # the SDK hides a cancellation in an error of its own
                    raise asyncio.CancelledError from None
                continue
            if not answer.accepted:
                raise RuntimeError(f"{sent} was refused: {answer.message}")
            self._acknowledged.append((answer.seq, key(step, case)))
            return

    def hash_of(self, case: str) -> str:
        """What whoever votes at the open gate of this case has read."""
        return self._hashes[case]

    async def opened(self, case: str, number: int) -> bool:
        """Wait until the gate that the message opens is open. False: it opens none."""
        if opens := STEPS[number].opens:
            await self._gate(case, opens)
        return bool(opens)

    async def ended(self, case: str) -> None:
        """Wait until the case is closed."""
        await self._client.get_workflow_handle(f"partnership/{case}").result()

    async def look(self, case: str) -> History:
        """The histories of the partnership and its children."""
        root = f"partnership/{case}"
        return await look(self._client, [root, f"{root}/study", f"{root}/agreement"])

    def letters(self, case: str) -> int:
        """The notices of the case."""
        counted = select(func.count()).where(notices.c.case == case)
        with self._database.connect().execution_options(readonly=True) as connection:
            return connection.scalar(counted) or 0

    async def settled(self) -> None:
        """Wait until the notices are delivered: their cost belongs to the decisions that caused them."""
        while True:
            if not self._pending():
                return
            await asyncio.sleep(_LOOK_AGAIN * 20)

    def kept(self) -> Kept:
        """Lost is what is not on record exactly once, under its number and key."""
        with self._database.connect().execution_options(readonly=True) as connection:
            rows = [(row.seq, row.key) for row in connection.execute(select(record.c.seq, record.c.key))]
        assert len({key for _, key in rows}) == len(rows), "a key stands on record twice"
        there = set(rows)
        lost = sum(answer not in there for answer in self._acknowledged)
        return Kept(len(self._acknowledged), lost)

    async def _gate(self, case: str, name: str) -> None:
        gate_id, pause = f"{case}:{name}:1", _LOOK_AGAIN
        while True:
            with self._database.connect().execution_options(readonly=True) as connection:
                gate = gates.find_gate(connection, gate_id)
            if gate:
                self._hashes[case] = gate["content_hash"]
                return
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, _LATEST)

    def _pending(self) -> bool:
        with self._database.connect().execution_options(readonly=True) as connection:
            return notice.pending(connection)
