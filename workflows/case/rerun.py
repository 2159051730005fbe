"""Going the same way again: after a reset, and in a run that continues another one.

Such a run starts at the beginning and takes from the record what is decided there. Until it has come to where
people decide, no message is judged and no procedure is left.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.base import Message
    from workflows.case.journal import Journal
    from workflows.case.turns import Turns


class Rerun:
    """How far a run has caught up with the record, and when it is time for the next one."""

    def __init__(self, journal: Journal, resting: Callable[[], bool]) -> None:
        self.was_reset = False
        """Whether the record may be further than this workflow."""
        self.is_due = False
        """Whether it is time to begin again: no message is taken any more, or there would never be a moment
        to do it.
        """
        self._journal = journal
        self._resting = resting
        self.turns = Turns(lambda: self.settled and self._rests_for_long())
        self._settled = asyncio.Event()
        self._settled_at = 0
        """The length of the history at that moment."""
        self._start: Callable[[], Message] | None = None
        self._carries: dict[str, Callable[[], dict[str, int]]] = {}
        self._after_reset: list[Callable[[], Awaitable[None]]] = []
        self._before_messages: list[Callable[[], bool]] = []
        workflow.register_random_seed_callback(self._note_reset)

    # -- catching up --------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Whether the procedures have come to where people decide."""
        return self._settled.is_set()

    def settle(self) -> None:
        """There is nothing to wait for any more: the case is being closed."""
        self.is_due = False
        self._settled.set()
        self.turns.end()

    async def ready(self) -> None:
        """Wait until messages can be judged: one can be quicker than the procedures."""
        await self._settled.wait()

    def after_reset(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        """Have ``catch_up`` called after a reset, in the order of registration."""
        self._after_reset.append(catch_up)

    def before_messages(self, catch_up: Callable[[], bool]) -> None:
        """Have ``catch_up`` called when the procedures rest and messages are about to be taken; it says
        whether it changed something.
        """
        self._before_messages.append(catch_up)

    def _note_reset(self, _: int) -> None:
        """The engine gives a new seed exactly where a reset begins, on every replay."""
        self.was_reset = True
        self._settled.clear()

    async def catch_up_always(self) -> None:
        """Catch up with the record whenever the workflow was reset."""
        while True:
            await workflow.wait_condition(lambda: self.was_reset)
            for catch_up in self._after_reset:
                await catch_up()
            self.was_reset = False
            self._journal.moves += 1

    async def settle_always(self) -> None:
        """Take messages as soon as every procedure waits for one."""
        while True:
            await workflow.wait_condition(lambda: not self.settled and self._rests_for_long())
            if not any(catch_up() for catch_up in self._before_messages):
                self._settled_at = workflow.info().get_current_history_length()
                self._settled.set()
                self.turns.begin()

    def _rests_for_long(self) -> bool:
        return self._resting() and not self.was_reset

    # -- the next run -------------------------------------------------------------------------

    def begins_with(self, start: Callable[[], Message]) -> None:
        """Continue as new with this message when the history has grown long."""
        self._start = start

    def carries(self, name: str, state: Callable[[], dict[str, int]]) -> dict[str, int]:
        """Have a few numbers go along that no record has; those that came along. Anybody can read them."""
        self._carries[name] = state
        return dict(workflow.memo_value(name, {}))

    def is_possible(self) -> bool:
        """Whether this is the moment for the next run. One that has only done again what is on record goes
        on: it has to be worth it.
        """
        info = workflow.info()
        long = info.is_continue_as_new_suggested()
        worth_it = info.get_current_history_length() >= 2 * self._settled_at
        self.is_due = self._start is not None and long and worth_it
        return self.is_due and self._rests_for_long() and workflow.all_handlers_finished()

    def begin(self) -> NoReturn:
        """Begin again."""
        assert self._start
        carried = {name: state() for name, state in self._carries.items()}
        workflow.continue_as_new(self._start(), memo=carried)
