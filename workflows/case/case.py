"""The case file: what every workflow of a case has. It rests, writes, and closes the case however it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.base import Message, cleaned
    from models.case.accepted import Accepted
    from models.case.case import Case, EndedBy, Ending, Kind, Standing
    from models.case.effects import Begins, Stands
    from models.case.recall import Recall, Recalled
    from models.case.record import Entry, Receipt, Source
    from models.case.rule import Rule
    from models.case.rules import Rules, TermsFound, TermsWanted
    from workflows.case.ended import Ended
    from workflows.case.journal import Journal
    from workflows.case.rights import ask

R = TypeVar("R", bound=Rules)
T = TypeVar("T")

LONGEST_REASON = 4000
"""Bytes of what an operator or the engine says; the rest is cut off."""


class KeepsMessages(Protocol):
    """What takes messages for a case."""

    @property
    def kept_by_case(self) -> tuple[str, ...]:
        """The names of messages that a new run takes over when it starts."""

    async def take_over(self, found: Iterable[Accepted]) -> None:
        """Take these over: an earlier run accepted them."""


class CaseFile(Generic[R]):
    """One case in its workflow: its standing, its journal, and the one place that writes.

    Procedures rest at it; parts register what is to be done at the end. Several procedures may run side by
    side. What they and the messages put in the journal is written when nobody has anything left to do, so a
    decision and all that follows from it are one transaction.
    """

    def __init__(self, case: Case, kind: Kind, terms: type[R]) -> None:
        info = workflow.info()
        self.case = case
        self.kind = kind
        self.standing = Standing(stage=kind.stages[0])
        self.journal = Journal(
            Source(
                case=case.number,
                id=case.id,
                workflow_id=info.workflow_id,
                run_id=info.run_id,
                rules=case.rules,
            )
        )
        self._as_of: datetime | None = None
        self.closed = False
        self.ending: Ending | None = None
        self.outcome: Message | None = None
        """What the case came to, for the one that it is a part of; set by its procedure."""
        self._terms = terms
        self._rules: R | None = None
        self._interruption: Ended | None = None
        self._closed_on_record = False
        self._background: list[asyncio.Task[None]] = []
        self._fault: BaseException | None = None
        self._held = 0
        self._busy = 0
        self._working = 0
        self._settled = asyncio.Event()
        self._settled_at = 0
        """The length of the history at that moment."""
        self._rests: list[Callable[[], bool]] = []
        """What the procedures wait for, each at its rest."""
        self._procedures: set[asyncio.Task[Any]] = set()
        """Those beside the first."""
        self._follow_ups: set[asyncio.Task[None]] = set()
        self._at_rest: list[Callable[[], None]] = []
        self._at_the_end: list[Callable[[Ending], Awaitable[None] | None]] = []
        self._again: list[Callable[[], Message]] = []
        self._carries: dict[str, Callable[[], dict[str, int]]] = {}
        self._messages: KeepsMessages
        self._was_reset = False
        self.begins_again = False
        """Whether it is time to: no message is taken any more, or there would never be a moment to do it."""
        self._after_reset: list[Callable[[], Awaitable[None]]] = []
        self._before_messages: list[Callable[[], bool]] = []
        workflow.register_random_seed_callback(self._note_reset)

    # -- who it is ----------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """The number of the case, as people know it."""
        return self.case.number

    @property
    def rules(self) -> R:
        """The terms of the programme, once they are loaded."""
        assert self._rules, "rules are loaded before the procedure starts"
        return self._rules

    @property
    def rules_if_loaded(self) -> R | None:
        """The terms of the programme; None where the registry has none of that digest."""
        return self._rules

    @property
    def settled(self) -> bool:
        """Whether the procedures have come to where people decide. Until then, a new run and one that was
        reset take from the record what is there.
        """
        return self._settled.is_set()

    async def ready(self) -> None:
        """Wait until messages can be judged: one can be quicker than the procedures."""
        await self._settled.wait()

    def now(self) -> datetime:
        """The time of the server, the only one that counts; that of the record, for what is taken over."""
        return self._as_of or workflow.now()

    @contextmanager
    def as_of(self, at: datetime) -> Iterator[None]:
        """Let it be the time at which something happened that the record has."""
        self._as_of = at
        try:
            yield
        finally:
            self._as_of = None

    # -- writing ------------------------------------------------------------------------------

    def entry(self, action: str, **more: Any) -> Entry:
        """An entry of this case; its key is by default ``{case}:{stage}:{round}:{action}``."""
        fields = {"key": f"{self.number}:{self.standing.stage}:{more.get('round', 0)}:{action}"} | more
        return Entry(stage=self.standing.stage, action=action, at=self.now(), **fields)

    def note(self, action: str, **more: Any) -> asyncio.Future[Receipt]:
        """Have something that happened put on record, with what it belongs to."""
        return self.journal.add(self.entry(action, **more))

    async def write(self, entry: Entry) -> Receipt:
        """Put ``entry`` on record, with whatever is waiting, and return its receipt."""
        receipt = await asyncio.shield(self.journal.add(entry))
        self._raise_interruption()
        return receipt

    async def on_record(self, *keys: str) -> dict[str, Recalled]:
        """Which of these keys are on record: an earlier run, or this one before a reset, has been there."""
        found = await ask(Questions.recall, Recall(keys=keys), "what is on record?")
        return {entry.key: entry for entry in found.entries}

    async def written(self) -> None:
        """Wait until everything so far is on record. It is no rest: there is nothing to decide."""
        await workflow.wait_condition(lambda: not self.journal.pending and not self._working)
        self.journal.moves += 1
        self._raise_interruption()

    def move(self, stage: str, status: str, action: str, **more: Any) -> Entry:
        """Go to a standing; the entry says from where."""
        before, self.standing = self.standing, Standing(stage=stage, status=status)
        effects = (Stands(before=before, after=self.standing), *more.pop("effects", ()))
        return self.entry(action, effects=effects, **more)

    async def _write_always(self) -> None:
        """The one writer. No cancellation reaches it: what is in the journal goes on record."""
        while True:
            await workflow.wait_condition(lambda: bool(self.journal.pending))
            await self._quiet()
            self._working += 1
            for receipt in await self.journal.write():
                if receipt.rule is Rule.CASE_CLOSED and not self.closed:
                    self._closed_on_record = True
                    self.interrupt(Ended(receipt.detail, "The case is closed on record."))
            self._working -= 1

    async def _quiet(self) -> None:
        """Wait until nobody in the workflow goes on any more. Whoever waits for a condition is looked at once
        in a pass, in no order we know: only two passes without a move are quiet.
        """
        quiet = 0
        while quiet < 2:
            seen = self.journal.moves
            await workflow.wait_condition(lambda: True)
            quiet = quiet + 1 if self.journal.moves == seen else 0

    # -- resting ------------------------------------------------------------------------------

    async def rest(self, done: Callable[[], bool]) -> None:
        """Wait until ``done``. An interruption raises; while an earlier decision is being taken again,
        nothing goes on.
        """
        await self.wait(lambda: done() and not self._held)

    async def wait(self, done: Callable[[], bool]) -> None:
        """Wait until ``done``, even while the case is held. An interruption raises."""
        if not done():
            for look in self._at_rest:
                look()
        beside = asyncio.current_task() in self._procedures
        self._rests.append(done)
        try:
            await workflow.wait_condition(
                lambda: (
                    (done() and not self._was_reset)
                    or self._is_to_be_left
                    or (not beside and self._may_begin_again())
                )
            )
        finally:
            self._rests.remove(done)
            self.journal.moves += 1
        self._raise_interruption()
        if not done():
            carried = {name: state() for name, state in self._carries.items()}
            workflow.continue_as_new(self._again[0](), memo=carried)

    async def until(self, work: Awaitable[T]) -> T:
        """Rest until ``work`` is done; messages are taken meanwhile. Where the procedure is left first, it is
        given up.
        """
        task = asyncio.ensure_future(work)
        try:
            await self.rest(task.done)
        except BaseException:
            task.cancel()
            raise
        return await task

    def sleep(self, duration: timedelta, summary: str) -> asyncio.Task[None]:
        """A timer to rest with."""
        return asyncio.create_task(workflow.sleep(duration, summary=summary))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Do not continue as new meanwhile, although somebody rests: what is under way must be waited for."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let no other procedure go on meanwhile."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self.journal.moves += 1

    @property
    def interrupted(self) -> bool:
        """Whether the procedure will be left at its next rest."""
        return self._interruption is not None

    def interrupt(self, by: Ended) -> None:
        """Leave the procedure at its next rest."""
        self._interruption = self._interruption or by
        self.journal.moves += 1

    def _raise_interruption(self) -> None:
        if self._interruption and self._is_to_be_left:
            raise self._interruption

    @property
    def _is_to_be_left(self) -> bool:
        """An interruption waits until what the record has is taken over: only then is it known what there is
        to give back.
        """
        known = self.settled or self._closed_on_record
        return self._interruption is not None and known and not self.closed

    def alongside(self, procedure: Coroutine[Any, Any, T]) -> asyncio.Task[T | None]:
        """Carry out a further procedure beside the others; where it ends the case, they all end."""
        task = self._watched(asyncio.create_task(self._carried_out(procedure)))
        self._procedures.add(task)
        task.add_done_callback(self._procedures.discard)
        return task

    async def together(self, *procedures: Coroutine[Any, Any, T]) -> list[T]:
        """Carry out several procedures beside each other; what each of them came to."""
        tasks = [self.alongside(procedure) for procedure in procedures]
        await self.rest(lambda: all(task.done() for task in tasks))
        return [cast(T, task.result()) for task in tasks]

    async def _carried_out(self, procedure: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await procedure
        except Ended as end:
            self.interrupt(end)
        except FailureError as error:
            self.interrupt(Ended(EndedBy.FAILED, _said(str(error))))
        return None

    def follow_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that is done before the case closes, whatever happens to its procedures."""
        task = self._watched(asyncio.create_task(work))
        self._follow_ups.add(task)
        task.add_done_callback(self._follow_ups.discard)

    # -- the hooks of the parts ---------------------------------------------------------------

    def at_rest(self, look: Callable[[], None]) -> None:
        """Have ``look`` called whenever a procedure comes to rest."""
        self._at_rest.append(look)

    def at_the_end(self, give_back: Callable[[Ending], Awaitable[None] | None]) -> None:
        """Have something given back however the case ends, in the order of registration."""
        self._at_the_end.append(give_back)

    def keeps_messages(self, messages: KeepsMessages) -> None:
        """Have what an earlier run accepted taken over by ``messages`` when this one starts."""
        self._messages = messages

    def after_reset(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        """Have ``catch_up`` called after a reset: the record may be further than this workflow."""
        self._after_reset.append(catch_up)

    def before_messages(self, catch_up: Callable[[], bool]) -> None:
        """Have ``catch_up`` called when the procedures rest and messages are about to be taken; it says
        whether it changed something.
        """
        self._before_messages.append(catch_up)

    def _note_reset(self, _: int) -> None:
        """The engine gives a new seed exactly where a reset begins, on every replay."""
        self._was_reset = True
        self._settled.clear()

    async def _catch_up_always(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._was_reset)
            self._busy += 1
            for catch_up in (self._take_over, *self._after_reset):
                await catch_up()
            self._busy -= 1
            self._was_reset = False
            self.journal.moves += 1

    async def _settle_always(self) -> None:
        """Take messages as soon as every procedure waits for one."""
        while True:
            await workflow.wait_condition(lambda: not self._settled.is_set() and self._rest_for_long())
            if not any(catch_up() for catch_up in self._before_messages):
                self._settled_at = workflow.info().get_current_history_length()
                self._settled.set()

    def _rest_for_long(self) -> bool:
        """Whether every procedure waits for something that is not there, and all is written."""
        return (
            len(self._rests) > len(self._procedures)
            and not (self._was_reset or self.journal.pending or self._working)
            and not any(done() for done in self._rests)
        )

    def begin_again(self, start: Callable[[], Message]) -> None:
        """Continue as new with this message when the history has grown long.

        The new run goes the same way from the beginning; what the record has decided is taken from there.
        """
        self._again.append(start)

    def carries(self, name: str, state: Callable[[], dict[str, int]]) -> dict[str, int]:
        """Have a few numbers go along that no record has; those that came along. Anybody can read them."""
        self._carries[name] = state
        return dict(workflow.memo_value(name, {}))

    def _may_begin_again(self) -> bool:
        """Whether this is the moment to. A run that has only done again what is on record goes on: it has
        to be worth it.
        """
        info = workflow.info()
        long = info.is_continue_as_new_suggested()
        worth_it = info.get_current_history_length() >= 2 * self._settled_at
        self.begins_again = bool(self._again) and long and worth_it
        return (
            self.begins_again
            and not (self._busy or self._follow_ups)
            and self._rest_for_long()
            and workflow.all_handlers_finished()
        )

    # -- closing ------------------------------------------------------------------------------

    async def carry_out(self, procedure: Callable[[], Awaitable[None]], success: Ending) -> Ending:
        """Carry out the procedure of the case; how it ended. However it is left, everything is given back,
        told and recorded, in one order.

        An operator's cancellation is an interruption like another. It takes effect where messages would be
        taken: by then it is known what the case holds. What writes an ending cannot be cancelled.
        """
        for work in (self._write_always(), self._catch_up_always(), self._settle_always()):
            self._background.append(self._watched(asyncio.create_task(work)))
        first = asyncio.create_task(self._to_its_end(procedure, success))
        while not first.done():
            try:
                await workflow.wait_condition(lambda: first.done() or self._fault is not None)
            except asyncio.CancelledError:
                said = _said(workflow.cancellation_reason() or "")
                self.interrupt(Ended(EndedBy.CANCELLED, said or "The workflow was cancelled by an operator."))
            if self._fault:
                raise self._fault  # the workflow task fails, for an engineer to see
        for task in self._background:
            task.cancel()
        return first.result()

    def _watched(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        """A fault of our own in what nobody waits for must not stay unseen."""

        def look(done: asyncio.Task[T]) -> None:
            self._fault = self._fault or (None if done.cancelled() else done.exception())

        task.add_done_callback(look)
        return task

    async def _to_its_end(self, procedure: Callable[[], Awaitable[None]], success: Ending) -> Ending:
        ending = success
        try:
            await self._load()
            await procedure()
            await self.rest(lambda: True)  # a decision that is being taken again comes first
        except Ended as end:
            ending = end.ending
        except FailureError as error:
            ending = Ending(status=EndedBy.FAILED, reason=_said(f"{error}: {error.cause or ''}"))
        await self._close(ending)
        return ending

    async def _load(self) -> None:
        """Load the terms, and take over what an earlier run accepted."""
        begins = Begins(case=self.case, standing=self.standing)
        self.journal.first_effects = (begins,)
        found = await self._ask_for_terms()
        if found.terms is None:
            raise Ended(EndedBy.FAILED, "The programme of this case is not registered here.")
        self._rules = self._terms.model_validate(found.terms)
        await self._take_over_from(found)

    async def _take_over(self) -> None:
        await self._take_over_from(await self._ask_for_terms())

    async def _take_over_from(self, found: TermsFound) -> None:
        await self._messages.take_over(found.accepted)
        while found.more:
            found = await self._ask_for_terms(found.more)
            await self._messages.take_over(found.accepted)

    async def _ask_for_terms(self, after: int = 0) -> TermsFound:
        wanted = TermsWanted(
            rules=self.case.rules,
            fields=tuple(self._terms.model_fields),
            case=self.number,
            workflow_id=workflow.info().workflow_id,
            messages=self._messages.kept_by_case,
            after=after,
        )
        return await ask(Questions.terms, wanted, "terms of the programme")

    async def _close(self, ending: Ending) -> None:
        self.closed, self.ending, self.begins_again = True, ending, False
        self._settled.set()
        for procedure in self._procedures:
            procedure.cancel()
        for give_back in self._at_the_end:
            if (work := give_back(ending)) is not None:
                await work
        before, self.standing = self.standing, Standing(stage=self.standing.stage, status=ending.status)
        outcome = self.outcome.content() if self.outcome else None
        self.note(
            f"closed: {ending.status}",
            key=f"{self.case.id}:closed",
            reason=ending.reason,
            effects=(Stands(before=before, after=self.standing, closes=True, outcome=outcome),),
        )
        for look in self._at_rest:
            look()
        await workflow.wait_condition(
            lambda: (
                not (self.journal.pending or self._working or self._follow_ups)
                and workflow.all_handlers_finished()
            )
        )


def _said(text: str) -> str:
    """What somebody outside said, as it may go on record."""
    return cleaned(text, LONGEST_REASON).strip()
