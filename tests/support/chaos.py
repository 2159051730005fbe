"""Chaos: whatever can happen to cases of every kind, in any order; people go on working meanwhile.

``Chaos(house, worker, seed).reign(seconds)`` lets it happen; ``settle`` lets calm return and stops every
case. What must hold then is said in `tests/attacks/test_chaos.py`.
"""

import asyncio
import contextlib
import os
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from activities.case.inbox import waiting
from activities.case.record import lock
from models.base import Message
from models.case.approval import Decision
from models.case.deadline import Extension, Pause, Resume
from models.case.panel import Choice
from models.case.record import Answer
from models.case.seat_assignment import Reassignment
from models.partnership.partnership import Withdrawal
from services.case.cases import CaseService, Refused
from services.case.updates import NotConfirmed, Unreachable
from testing.staff import Staff
from tests.support import forks
from tests.support.command import environment
from tests.support.house import House
from tests.support.kinds import KINDS, started
from tests.support.patience import patience

CASES = 8
"""So many are kept going."""
PEOPLE = ("coord.seo", "expert.lim", "sec.han", "molit.park", "treasury.cho", "legal.yoon", "director.kang")
SIGNALS = ("decide", "withdraw", "publish", "extend", "concluded", "nonsense", "\u202e")
GARBAGE: tuple[Any, ...] = (None, 7, "", [], {}, {"gate": 1}, {"gate": "x" * 300, "actor": "\x00"})


class MortalWorker:
    """The worker of an installation, as a process that can be killed; another takes its place."""

    def __init__(self, house: House, bank_url: str, log: Path) -> None:
        self._environment = environment(house.settings.home, ACCORD_BANK_URL=bank_url)
        self._log = log
        self._process: forks.Fork | None = None

    async def start(self) -> None:
        """Let one work."""
        with self._log.open("ab") as log:
            self._process = forks.start(["worker.py"], self._environment, log.fileno())

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process:
            self._process.kill()
            await self._process.wait()


class Insistent(CaseService):
    """Sends until there is an answer, as people are told to, and remembers what it was answered."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.answers: list[Answer] = []

    async def send(self, name: str, message: Message) -> Answer:
        """The answer. Refused: it is no message to this case, or not any more."""
        while True:
            try:
                answer = await super().send(name, message)
            except (NotConfirmed, Unreachable):
                await asyncio.sleep(0.1)
            else:
                self.answers.append(answer)
                return answer


class Chaos:
    """One reign. Everything in it follows from the seed, but for the speed of the machine."""

    def __init__(self, house: House, worker: MortalWorker, seed: int) -> None:
        self.house, self.worker, self.chance = house, worker, random.Random(seed)
        self.cases = Insistent(house.client, house.database)
        self.happened: dict[str, int] = {}
        self.alone: set[str] = set()
        """Cases of which only a part is carried: they have no workflow that could end them."""
        self._at_work: set[asyncio.Task[Any]] = set()
        self._sending: set[asyncio.Task[Any]] = set()
        self._acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (10, self.somebody_votes),
            (6, self.somebody_meddles),
            (6, self.garbage_arrives),
            (3, self.a_case_begins),
            (2, self.a_workflow_is_cancelled),
            (3, self.a_workflow_is_reset),
            (1, self.the_worker_is_killed),
            (2, self.the_record_is_locked),
        ]

    async def reign(self, seconds: float) -> None:
        """Let things happen for so long."""
        end = asyncio.get_running_loop().time() + seconds
        for kind in KINDS:
            await self._begin(kind)
        weights = [weight for weight, _ in self._acts]
        while asyncio.get_running_loop().time() < end:
            (_, act) = self.chance.choices(self._acts, weights)[0]
            self.happened[act.__name__] = self.happened.get(act.__name__, 0) + 1
            await act()
            await asyncio.sleep(self.chance.random() * 0.3)

    async def settle(self) -> None:
        """Calm returns: everybody gets their answer; then every case is stopped by an operator, and ends."""
        if self._sending:
            answered, waiting_still = await asyncio.wait(self._sending, timeout=patience(40))
            assert not waiting_still, [task.get_name() for task in waiting_still]
            await asyncio.gather(*answered)
        for task in self._at_work:
            task.cancel()
        for handle in await self.running():
            await handle.cancel()
        for handle in await self.running():
            await asyncio.wait_for(handle.result(), patience(120))

    async def running(self) -> list[WorkflowHandle[Any, Any]]:
        """The workflows of cases that go on; payments may begin while others end."""
        return await _handles(self.house.client, 'ExecutionStatus = "Running"')

    # -- what people do -----------------------------------------------------------------------

    async def a_case_begins(self) -> None:
        if len(await self.running()) < CASES:
            await self._begin(self.chance.choice(KINDS))

    async def _begin(self, kind: str) -> None:
        subject = await started(self.house, kind)
        if kind == "partnership":
            self._work(Staff(self.house.database, self.cases, subject.case.proposal, lambda _: None))
        else:
            self.alone.add(subject.case.id)

    def _work(self, staff: Staff) -> None:
        async def work() -> None:
            while True:
                try:
                    return await staff.work(existed=True)
                except Refused:  # somebody else was quicker
                    await asyncio.sleep(0.2)

        task = asyncio.create_task(work())
        self._at_work.add(task)

    def _send(self, name: str, message: Message) -> None:
        async def send() -> None:
            with contextlib.suppress(Refused):
                await self.cases.send(name, message)

        self._sending.add(asyncio.create_task(send(), name=f"{name} {message!r}"))

    def _gate(self) -> dict[str, Any] | None:
        gates = self.house.read(waiting)
        return dict(self.chance.choice(gates)) if gates else None

    async def somebody_votes(self) -> None:
        gate = self._gate()
        if gate and (gate["panel"] or gate["case"] not in self.alone):
            said = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": "So be it."}
            choice = self.chance.choice([Choice.APPROVE] * 6 + list(Choice))
            who = self.chance.choice(PEOPLE)
            for _ in range(self.chance.choice((1, 1, 2))):
                self._send("decide", Decision(actor=who, verdict=choice, **said))

    async def somebody_meddles(self) -> None:
        if gate := self._gate():
            fields: dict[str, Any] = {"gate": gate["id"], "actor": self.chance.choice(PEOPLE)}
            reason = {"reason": "Chaos."}
            name, message = self.chance.choice(
                [
                    ("extend", Extension(**fields, **reason, working_days=5)),
                    ("pause", Pause(**fields, **reason)),
                    ("resume", Resume(**fields, **reason)),
                    ("reassign", Reassignment(**fields, new=fields["actor"])),
                    ("withdraw", Withdrawal(case=gate["case"], actor="coord.seo", **reason)),
                ][: 5 if gate["case"] not in self.alone and self.chance.random() < 0.2 else 4]
            )
            self._send(name, message)

    async def garbage_arrives(self) -> None:
        if handle := await self._any():
            await _unless_over(handle.signal(self.chance.choice(SIGNALS), self.chance.choice(GARBAGE)))

    # -- what operators and machines do -------------------------------------------------------

    async def _any(self) -> WorkflowHandle[Any, Any] | None:
        handles = await self.running()
        return self.chance.choice(handles) if handles else None

    async def a_workflow_is_cancelled(self) -> None:
        if handle := await self._any():
            await _unless_over(handle.cancel())

    async def a_workflow_is_reset(self) -> None:
        handle = await self._any()
        if handle is None:
            return
        events = (await handle.fetch_history()).events
        done = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
        if done:
            wish = ResetWorkflowExecutionRequest(
                namespace="default",
                workflow_execution=WorkflowExecution(workflow_id=handle.id),
                reason="chaos",
                workflow_task_finish_event_id=self.chance.choice(done),
                request_id=f"{handle.id}/{datetime.now(UTC).isoformat()}",
            )
            await _unless_over(self.house.client.workflow_service.reset_workflow_execution(wish))

    async def the_worker_is_killed(self) -> None:
        await self.worker.kill()
        await asyncio.sleep(self.chance.random())
        await self.worker.start()

    async def the_record_is_locked(self) -> None:
        await asyncio.to_thread(self._lock, self.chance.random() * 3)

    def _lock(self, seconds: float) -> None:
        with self.house.database.begin() as connection:
            lock(connection)
            time.sleep(seconds)


async def _unless_over(act: Awaitable[object]) -> None:
    """Whatever the engine says of a workflow that has ended meanwhile."""
    try:
        await act
    except RPCError as error:
        if "completed" not in str(error) and "not found" not in str(error).lower():
            raise


async def _handles(client: Client, query: str) -> list[WorkflowHandle[Any, Any]]:
    found = [one async for one in client.list_workflows(query)]
    return [client.get_workflow_handle(one.id) for one in found if one.id.startswith("partnership/")]


PROVING = "ACCORD_PROVE" in os.environ
