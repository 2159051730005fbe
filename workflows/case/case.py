"""The case file: what every workflow of a case has. It rests, writes, and closes the case however it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.case.questions import Questions
    from models.base import Message, cleaned
    from models.case.accepted import Accepted
    from models.case.case import Case, EndedBy, Ending, Kind, Standing
    from models.case.effects import Begins, Stands
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
        self.settled = False
        """Whether the procedure has come to rest: until then, it takes from the record what is there."""
        self.closed = False
        self.ending: Ending | None = None
        self.outcome: Message | None = None
        """What the case came to, for the one that it is a part of; set by its procedure."""
        self._terms = terms
        self._rules: R | None = None
        self._interruption: Ended | None = None
        self._held = 0
        self._busy = 0
        self._working = 0
        self._resting = 0
        """Procedures beside the first that wait for something."""
        self._procedures: set[asyncio.Task[None]] = set()
        self._follow_ups: set[asyncio.Task[None]] = set()
        self._at_rest: list[Callable[[], None]] = []
        self._at_the_end: list[Callable[[Ending], Awaitable[None] | None]] = []
        self._again: list[Callable[[], Message]] = []
        self._taking_over: tuple[Callable[[], tuple[str, ...]], Callable[[Accepted], None]]
        self._was_reset = False
        self._after_reset: list[Callable[[], Awaitable[None]]] = []
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

    async def ready(self) -> None:
        """Wait until the procedure has come to its first rest: a message can be quicker."""
        await workflow.wait_condition(lambda: self.settled or self.closed)

    def now(self) -> datetime:
        """The time of the server, the only one that counts."""
        return workflow.now()

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

    async def written(self) -> None:
        """Wait until everything so far is on record."""
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
            self.settled = True
            for look in self._at_rest:
                look()
        beside = asyncio.current_task() in self._procedures
        self._resting += beside
        try:
            await workflow.wait_condition(
                lambda: done() or self._interruption is not None or (not beside and self._may_begin_again())
            )
        finally:
            self._resting -= beside
            self.journal.moves += 1
        self._raise_interruption()
        if not done():
            workflow.continue_as_new(self._again[0]())

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
        if self._interruption and not self.closed:
            raise self._interruption

    def alongside(self, procedure: Coroutine[Any, Any, None]) -> None:
        """Carry out a further procedure beside the others; where it ends the case, they all end."""
        task = asyncio.create_task(self._carried_out(procedure))
        self._procedures.add(task)
        task.add_done_callback(self._procedures.discard)

    async def _carried_out(self, procedure: Coroutine[Any, Any, None]) -> None:
        try:
            await procedure
        except Ended as end:
            self.interrupt(end)
        except FailureError as error:
            self.interrupt(Ended(EndedBy.FAILED, _said(str(error))))

    def follow_up(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that is done before the case closes, whatever happens to its procedures."""
        task = asyncio.create_task(work)
        self._follow_ups.add(task)
        task.add_done_callback(self._follow_ups.discard)

    # -- the hooks of the parts ---------------------------------------------------------------

    def at_rest(self, look: Callable[[], None]) -> None:
        """Have ``look`` called whenever a procedure comes to rest."""
        self._at_rest.append(look)

    def at_the_end(self, give_back: Callable[[Ending], Awaitable[None] | None]) -> None:
        """Have something given back however the case ends, in the order of registration."""
        self._at_the_end.append(give_back)

    def take_over_with(self, names: Callable[[], tuple[str, ...]], apply: Callable[[Accepted], None]) -> None:
        """Have what an earlier run accepted of these messages taken over when this one starts."""
        self._taking_over = (names, apply)

    def after_reset(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        """Have ``catch_up`` called after a reset: the record may be further than this workflow."""
        self._after_reset.append(catch_up)

    def _note_reset(self, _: int) -> None:
        """The engine gives a new seed exactly where a reset begins, on every replay."""
        self._was_reset = True

    async def _catch_up_always(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._was_reset)
            self._was_reset = False
            self._busy += 1
            for catch_up in (self._take_over, *self._after_reset):
                await catch_up()
            self._busy -= 1
            self.journal.moves += 1

    def begin_again(self, start: Callable[[], Message]) -> None:
        """Continue as new with this message when the history has grown long.

        The new run goes the same way from the beginning; what the record has decided is taken from there.
        """
        self._again.append(start)

    def _may_begin_again(self) -> bool:
        idle = not (self.journal.pending or self._working or self._held or self._busy)
        idle = idle and len(self._procedures) == self._resting
        return (
            bool(self._again)
            and workflow.info().is_continue_as_new_suggested()
            and idle
            and not self._follow_ups
            and workflow.all_handlers_finished()
        )

    # -- closing ------------------------------------------------------------------------------

    @asynccontextmanager
    async def closing(self, success: Ending) -> AsyncIterator[None]:
        """Carry out the block as the procedure of the case. However it is left, everything is given back,
        told and recorded, in one order; ``ending`` then says how. An operator's cancellation is an ending
        like another, and what writes an ending cannot be cancelled.
        """
        tasks = [asyncio.create_task(self._write_always()), asyncio.create_task(self._catch_up_always())]
        ending = success
        try:
            await self._load()
            yield
            await self.rest(lambda: True)  # a decision that is being taken again comes first
        except Ended as end:
            ending = end.ending
        except asyncio.CancelledError:
            reason = _said(workflow.cancellation_reason() or "")
            ending = Ending(
                status=EndedBy.CANCELLED, reason=reason or "The workflow was cancelled by an operator."
            )
        except FailureError as error:
            ending = Ending(status=EndedBy.FAILED, reason=_said(f"{error}: {error.cause or ''}"))
        await self._uncancelled(self._close(ending))
        for task in tasks:
            task.cancel()

    async def _load(self) -> None:
        """Load the terms, and take over what an earlier run accepted."""
        begins = Begins(case=self.case, standing=self.standing, open=self.kind.open)
        self.journal.first_effects = (begins,)
        found = await self._ask_for_terms()
        if found.terms is None:
            raise Ended(EndedBy.FAILED, "The programme of this case is not registered here.")
        self._rules = self._terms.model_validate(found.terms)
        for accepted in found.accepted:
            self._taking_over[1](accepted)

    async def _take_over(self) -> None:
        for accepted in (await self._ask_for_terms()).accepted:
            self._taking_over[1](accepted)

    async def _ask_for_terms(self) -> TermsFound:
        wanted = TermsWanted(
            rules=self.case.rules,
            fields=tuple(self._terms.model_fields),
            case=self.number,
            workflow_id=workflow.info().workflow_id,
            messages=self._taking_over[0](),
        )
        return await ask(Questions.terms, wanted, "terms of the programme")

    async def _uncancelled(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                workflow.logger.info("a cancellation while the case is being closed changes nothing")
        task.result()

    async def _close(self, ending: Ending) -> None:
        self.closed, self.ending = True, ending
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
