"""The case file: what every workflow of a case has. It rests, writes, and closes the case however it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.base import Message, cleaned
    from models.case.case import Case, EndedBy, Ending, Kind, Standing
    from models.case.effects import Begins, Stands
    from models.case.recall import Recall, Recalled
    from models.case.record import Entry, Receipt, Source
    from models.case.rule import CaseRule
    from models.case.rules import Rules
    from workflows.case.ended import Ended
    from workflows.case.journal import Journal
    from workflows.case.rerun import Rerun
    from workflows.case.rights import ask
    from workflows.case.terms import Terms
    from workflows.case.unsigned import UnsignedStart, put_on_record

R = TypeVar("R", bound=Rules)
T = TypeVar("T")

LONGEST_REASON = 4000
"""Bytes of what an operator or the engine says; the rest is cut off."""


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
        self.terms = Terms(case, terms)
        self.rerun = Rerun(self.journal, self._rests_for_long)
        self.rerun.after_reset(self.terms.take_over)
        self._as_of: datetime | None = None
        self.closed = False
        self.ending: Ending | None = None
        self.outcome: Message | None = None
        """What the case came to, for the one that it is a part of; set by its procedure."""
        self._interruption: Ended | None = None
        self._closed_on_record = False
        self._background: list[asyncio.Task[None]] = []
        self._fault: BaseException | None = None
        self._held = 0
        self._busy = 0
        self._rests: list[Callable[[], bool]] = []
        """What the procedures wait for, each at its rest."""
        self._procedures: set[asyncio.Task[Any]] = set()
        """Those beside the first."""
        self._follow_ups: set[asyncio.Task[None]] = set()
        self._at_rest: list[Callable[[], None]] = []
        self._at_the_end: list[Callable[[Ending], Awaitable[None] | None]] = []

    # -- who it is ----------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """The number of the case, as people know it."""
        return self.case.number

    @property
    def rules(self) -> R:
        """The terms of the programme, once they are loaded."""
        assert self.terms.rules, "rules are loaded before the procedure starts"
        return self.terms.rules

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
        await workflow.wait_condition(lambda: self.journal.idle)
        self.journal.moves += 1
        self._raise_interruption()

    def move(self, stage: str, status: str, action: str, **more: Any) -> Entry:
        """Go to a standing; the entry says from where."""
        before, self.standing = self.standing, Standing(stage=stage, status=status)
        effects = (Stands(before=before, after=self.standing), *more.pop("effects", ()))
        return self.entry(action, effects=effects, **more)

    def _look(self, receipt: Receipt) -> None:
        if receipt.rule == CaseRule.CASE_CLOSED and not self.closed:
            self._closed_on_record = True
            self.interrupt(Ended(receipt.detail, "The case is closed on record."))

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
                    (done() and not self.rerun.was_reset)
                    or self._is_to_be_left
                    or (not beside and self._may_begin_again())
                )
            )
        finally:
            self._rests.remove(done)
            self.journal.moves += 1
        self._raise_interruption()
        if not done():
            self.rerun.begin()

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
        known = self.rerun.settled or self._closed_on_record
        return self._interruption is not None and known and not self.closed

    def _rests_for_long(self) -> bool:
        """Whether every procedure waits for something that is not there, and all is written."""
        return (
            len(self._rests) > len(self._procedures)
            and self.journal.idle
            and not any(done() for done in self._rests)
        )

    def _may_begin_again(self) -> bool:
        """A new run would know nothing of an interruption that waits."""
        under_way = self._busy or self._follow_ups or self._interruption
        return self.rerun.is_possible() and not under_way

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

    # -- closing ------------------------------------------------------------------------------

    async def carry_out(self, procedure: Callable[[], Awaitable[None]], success: Ending) -> Ending:
        """Carry out the procedure of the case; how it ended. However it is left, everything is given back,
        told and recorded, in one order.

        An operator's cancellation is an interruption like another. It takes effect where messages would be
        taken: by then it is known what the case holds. What writes an ending cannot be cancelled.
        """
        for work in (
            self.journal.write_always(self._look),
            self.rerun.catch_up_always(),
            self.rerun.settle_always(),
        ):
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
            self.journal.first_effects = (Begins(case=self.case, standing=self.standing),)
            await self.terms.load()
            await procedure()
            await self.rest(lambda: True)  # a decision that is being taken again comes first
        except Ended as end:
            ending = end.ending
        except UnsignedStart as refused:  # it is no case: there is nothing to give back
            await put_on_record(refused)
            raise
        except FailureError as error:
            ending = Ending(status=EndedBy.FAILED, reason=_said(f"{error}: {error.cause or ''}"))
        await self._close(ending)
        return ending

    async def _close(self, ending: Ending) -> None:
        self.closed, self.ending = True, ending
        self.rerun.settle()
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
            lambda: self.journal.idle and not self._follow_ups and workflow.all_handlers_finished()
        )


def _said(text: str) -> str:
    """What somebody outside said, as it may go on record."""
    return cleaned(text, LONGEST_REASON).strip()
