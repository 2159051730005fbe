"""People at work: some carry cases from proposal to launch, others get in the way; all is written down."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from activities.case.inbox import waiting
from adapters.spreadsheet import read_sheet
from models.base import Message
from models.case.approval import Decision
from models.case.deadline import Extension, Pause, Resume
from models.case.panel import Choice
from models.case.record import Answer
from models.case.seat_assignment import Reassignment
from models.partnership.partnership import Proposal, Withdrawal
from runtime import keys
from runtime.settings import ROOT
from services.case.cases import CaseService, Refused
from services.case.updates import NotConfirmed, Unreachable
from services.partnership import intake
from services.partnership.partnerships import PartnershipService
from testing.chaos.history import History
from testing.chaos.world import World
from testing.staff import PROPOSER, Staff

AT_ONCE = 6
"""So many cases are carried at the same time."""
PATIENCE = timedelta(seconds=10)
"""After that, nobody has told them, and they ask again."""
GIVES_UP = 0.1
"""How often somebody does not ask again, and never knows."""
LONGEST_CASE = 60.0
"""Seconds; then whoever carries a case leaves it: others have brought it where it waits for them."""
MEDDLERS = ("coord.seo", "expert.lim", "sec.han", "molit.park", "treasury.cho", "legal.yoon", "pay.oh")
SIGNALS = ("decide", "withdraw", "publish", "extend", "concluded", "nonsense", "\u202e")
GARBAGE: tuple[Any, ...] = (None, 7, "", [], {}, {"gate": 1}, {"gate": "x" * 300, "actor": "\x00"})
NOBODY_ANSWERS = (NotConfirmed, Unreachable, RPCError, RuntimeError, OperationalError)
"""Engine or database is away: whoever asked has been told nothing."""
_PROJECTS = ROOT / "data" / "kcity_projects.csv"


class Desk:
    """Where messages are handed in, signed in as whoever sends them, and written down."""

    def __init__(self, world: World, history: History, chance: random.Random) -> None:
        self._world, self._history, self._chance = world, history, chance

    async def send(self, name: str, message: Message) -> Answer:
        """The answer; whoever gets none asks again with the same words. Refused: it is no message to this
        case, or not any more. NotConfirmed: they have given up.
        """
        number = self._history.asked(name, message)
        while True:
            try:
                cases = await self.speaking(getattr(message, "actor", PROPOSER))
                answer = await cases.send(name, message)
            except Refused as refused:
                self._history.refused(number, refused.seq)
                raise
            except NOBODY_ANSWERS:
                if self._chance.random() < GIVES_UP:
                    raise NotConfirmed("Nobody will ever know.") from None
                await asyncio.sleep(0.2)
            else:
                self._history.answered(number, answer)
                return answer

    async def speaking(self, person: str) -> CaseService:
        """The cases, for this person."""
        who = keys.principal(self._world.settings, person)
        return CaseService(await self._world.client(), self._world.database, who, PATIENCE)


class People:
    """All of them."""

    def __init__(self, world: World, history: History, seed: int) -> None:
        self._world = world
        self._chance = random.Random(f"{seed}/people")
        self._desk = Desk(world, history, random.Random(f"{seed}/patience"))
        self._over = False
        self._sending: set[asyncio.Task[None]] = set()
        self._ways: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (10, self._votes),
            (4, self._meddles),
            (4, self._sends_garbage),
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """They work until the block is left; whoever waits for an answer then waits for it."""
        carriers = [asyncio.create_task(self._carry()) for _ in range(AT_ONCE)]
        meddler = asyncio.create_task(self._get_in_the_way())
        try:
            yield
        finally:
            self._over = True
            for one in carriers:
                one.cancel()
            await asyncio.gather(meddler, *carriers, return_exceptions=True)
        if self._sending:
            await asyncio.wait(self._sending, timeout=60)
        _look_at(carriers, meddler)

    # -- those who carry a case -------------------------------------------------------------------

    async def _carry(self) -> None:
        while True:
            proposal = self._proposal()
            await self._proposed(proposal)
            staff = Staff(self._world.database, self._desk, proposal, lambda _: None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_CASE):
                    await _until_done(lambda staff=staff: staff.work(existed=True))  # type: ignore[misc]

    def _proposal(self) -> Proposal:
        service = PartnershipService(CaseService(None, self._world.database))
        read = intake.read_rows(
            read_sheet(_PROJECTS, intake.COLUMNS), PROPOSER, service.programme("k-city-2020")
        )
        _, model = self._chance.choice(read.rows)
        self._world.begun += 1
        amount = model.requested.model_copy(update={"minor": self._chance.randint(1_000_000, 5_000_000)})
        return model.model_copy(update={"case": f"C-{self._world.begun}", "requested": amount})

    async def _proposed(self, proposal: Proposal) -> None:
        async def propose() -> None:
            await PartnershipService(await self._desk.speaking(PROPOSER)).propose(proposal)

        await _until_done(propose)

    # -- those who get in the way -----------------------------------------------------------------

    async def _get_in_the_way(self) -> None:
        weights = [weight for weight, _ in self._ways]
        while not self._over:
            ((_, way),) = self._chance.choices(self._ways, weights)
            with contextlib.suppress(*NOBODY_ANSWERS):
                await way()
            await asyncio.sleep(self._chance.random() * 0.4)

    async def _votes(self) -> None:
        if gate := self._gate():
            said = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": "So be it."}
            choice = self._chance.choice([Choice.APPROVE] * 8 + list(Choice))
            vote = Decision(actor=self._chance.choice(MEDDLERS), verdict=choice, **said)
            for _ in range(self._chance.choice((1, 1, 2))):
                self._send("decide", vote)

    async def _meddles(self) -> None:
        if gate := self._gate():
            fields: dict[str, Any] = {"gate": gate["id"], "actor": self._chance.choice(MEDDLERS)}
            reason = {"reason": "Chaos."}
            ways: list[tuple[str, Message]] = [
                ("extend", Extension(**fields, **reason, working_days=5)),
                ("pause", Pause(**fields, **reason)),
                ("resume", Resume(**fields, **reason)),
                ("reassign", Reassignment(**fields, new=fields["actor"])),
            ]
            if self._chance.random() < 0.05:
                ways = [("withdraw", Withdrawal(case=gate["case"], actor=PROPOSER, **reason))]
            self._send(*self._chance.choice(ways))

    async def _sends_garbage(self) -> None:
        handle = await somewhere(self._world, self._chance)
        if handle:
            await handle.signal(self._chance.choice(SIGNALS), self._chance.choice(GARBAGE))

    def _gate(self) -> Mapping[str, Any] | None:
        with self._world.database.connect().execution_options(readonly=True) as connection:
            gates = waiting(connection)
        return self._chance.choice(gates) if gates else None

    def _send(self, name: str, message: Message) -> None:
        async def send() -> None:
            with contextlib.suppress(Refused, *NOBODY_ANSWERS):
                await self._desk.send(name, message)

        task = asyncio.create_task(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


async def running(world: World) -> list[WorkflowHandle[Any, Any]]:
    """The workflows of cases that go on."""
    client = await world.client()
    found = [one async for one in client.list_workflows('ExecutionStatus = "Running"')]
    return [client.get_workflow_handle(one.id) for one in found if one.id.startswith("partnership/")]


async def somewhere(world: World, chance: random.Random) -> WorkflowHandle[Any, Any] | None:
    """The workflow of any case that goes on."""
    handles = await running(world)
    return chance.choice(sorted(handles, key=lambda handle: handle.id)) if handles else None


async def _until_done(work: Callable[[], Awaitable[None]]) -> None:
    """Again and again: somebody else may have been quicker, or nobody answers."""
    while True:
        try:
            return await work()
        except (Refused, *NOBODY_ANSWERS):
            await asyncio.sleep(0.3)


def _look_at(carriers: list[asyncio.Task[None]], meddler: asyncio.Task[None]) -> None:
    """A fault of the people themselves must not pass for a quiet day."""
    for one in (*carriers, meddler):
        if not one.cancelled() and (error := one.exception()):
            raise error
