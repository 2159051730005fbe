"""A case file without an engine: its clock is moved by hand, its record answers at once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from activities.case.deadline import instants
from activities.case.gate import schedule_of
from models.base import Message, digest
from models.case.accepted import Accepted
from models.case.case import Case, Ending, Standing
from models.case.effects import Opens, Reschedules
from models.case.gate import Opened
from models.case.record import Entry, Receipt
from models.case.rights import Capacity, Rights
from models.case.rule import Broken
from models.case.rules import Rules
from workflows.case.ended import Ended
from workflows.case.known_gates import KnownGates

BEGAN = datetime(2026, 11, 23, 3, tzinfo=UTC)
CASE = Case(
    id="T-1",
    kind="test",
    title="A case",
    countries=("KR",),
    parties=("Hue",),
    programme="test",
    version=1,
    rules=digest("rules"),
)
RULES = Rules(zone="Asia/Seoul", coordinators=("coordinator",), overriders=("director",))


def rights(person: str, *roles: str, **more: Any) -> Rights:
    """What somebody with these roles brings to a message."""
    about = more.pop("about", None)
    attested = more.pop("attested", False)
    fields = {"person": person, "who": person, "organisation": "molit", "roles": roles}
    return Rights(actor=Capacity(**fields | more), about=about, attested=attested)


class FakeJournal:
    """A record that has written an entry as soon as it is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.moves = 0
        self._receipts: dict[str, asyncio.Future[Receipt]] = {}

    def receipt(self, key: str) -> asyncio.Future[Receipt]:
        """The receipt of an entry, there or to come."""
        return self._receipts.setdefault(key, asyncio.get_running_loop().create_future())

    def add(self, entry: Entry) -> asyncio.Future[Receipt]:
        """Write an entry; its receipt is there at once."""
        self.entries.append(entry)
        receipt = self.receipt(entry.key)
        if not receipt.done():
            receipt.set_result(Receipt(key=entry.key, seq=len(self.entries), opened=_opened(entry)))
        return receipt

    @property
    def actions(self) -> list[str]:
        """What happened, in order."""
        return [str(entry.action) for entry in self.entries]


def _opened(entry: Entry) -> Opened | None:
    if opens := entry.effect(Opens):
        schedule = schedule_of(opens.opening, entry.at)
        digest = opens.opening.content_hash
        return Opened(schedule=schedule, ladder=instants(schedule), content_hash=digest)
    if changes := entry.effect(Reschedules):
        change = changes.rescheduling
        return Opened(schedule=change.schedule, ladder=change.ladder, content_hash=change.content_hash)
    return None


class FakeRerun:
    """A run that is the first, and stays it."""

    def after_reset(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        """No engine is reset here."""


class FakeCase:
    """What parts need of a case file."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.case = CASE
        self.number = CASE.number
        self.rules = rules
        self.standing = Standing(stage="test")
        self.journal = FakeJournal()
        self.rerun = FakeRerun()
        self.closed = False
        self.held = 0
        self.ended: Ended | None = None
        self.procedures: list[asyncio.Task[None]] = []
        self._now = BEGAN
        self._alarms: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The time, which only ``advance`` moves."""
        return self._now

    async def advance(self, **time: int) -> None:
        """Let time pass, and everybody do what they do then; what is due first happens first."""
        await settle_down()
        until = self._now + timedelta(**time)
        while due := sorted((at for at, alarm in self._alarms if at <= until and not alarm.done())):
            self._now = max(self._now, due[0])
            for at, alarm in self._alarms:
                if at <= self._now and not alarm.done():
                    alarm.set_result(None)
            await settle_down()
        self._now = until
        await settle_down()

    def sleep(self, duration: timedelta, summary: str) -> asyncio.Future[None]:
        """A timer."""
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._alarms.append((self._now + duration, alarm))
        return alarm

    def entry(self, action: str, **more: Any) -> Entry:
        """An entry of this case."""
        fields = {"key": f"{self.number}:test:{more.get('round', 0)}:{action}"} | more
        return Entry(stage="test", action=action, at=self._now, **fields)

    def note(self, action: str, **more: Any) -> asyncio.Future[Receipt]:
        """Put something on record."""
        return self.journal.add(self.entry(action, **more))

    async def write(self, entry: Entry) -> Receipt:
        """Put ``entry`` on record."""
        return await self.journal.add(entry)

    async def wait(self, done: Callable[[], bool]) -> None:
        """Wait until ``done``."""
        while not done():
            if self.ended:
                raise self.ended
            await asyncio.sleep(0)

    async def rest(self, done: Callable[[], bool]) -> None:
        """Wait until ``done``, and nothing holds the case."""
        await self.wait(lambda: done() and not self.held)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let no other procedure go on meanwhile."""
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1

    def alongside(self, procedure: Coroutine[Any, Any, None]) -> None:
        """Carry out a further procedure."""
        self.procedures.append(asyncio.create_task(self._carried_out(procedure)))

    async def _carried_out(self, procedure: Coroutine[Any, Any, None]) -> None:
        try:
            await procedure
        except Ended as end:
            self.ended = end

    def follow_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Nothing follows here."""
        work.close()

    def at_the_end(self, give_back: Callable[[Ending], Awaitable[None] | None]) -> None:
        """This case does not end."""


class Taken(NamedTuple):
    """How messages of one name are taken."""

    judge: Callable[[Any, Rights], Broken | None]
    accept: Callable[[Any, Rights], Entry]
    prepare: Callable[[Any], Awaitable[None]] | None
    restore: Callable[[Any, Accepted], None] | None


class FakeMessages:
    """Messages that are judged and accepted where they are sent."""

    def __init__(self, case: FakeCase) -> None:
        self.case = case
        self.taken: dict[str, Taken] = {}
        self.known_gates = KnownGates()

    def takes(self, name: str, model: type[Message], judge: Any, accept: Any, **more: Any) -> None:
        """Take messages of this name."""
        self.taken[name] = Taken(judge, accept, more.get("prepare"), more.get("restore"))

    async def send(self, name: str, message: Any, actor: Rights) -> Broken | None:
        """Hand in a message: the rule that it breaks, or None once it is on record."""
        taken = self.taken[name]
        if broken := taken.judge(message, actor):
            return broken
        self.case.journal.add(taken.accept(message, actor))
        await settle_down()
        return None


async def settle_down() -> None:
    """Let everybody who can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)
