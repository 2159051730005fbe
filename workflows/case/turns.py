"""Whose turn it is: messages that came before anybody could judge them are judged in the order they came."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from temporalio import workflow

IN_TURN = "messages-in-turn-2026-11"


class Turns:
    """The messages under way, in the order in which they came.

    A reset has all of them come at once, also the one that speaks of a gate to which an earlier one leads.
    Each waits until those before it are judged and what follows from them is done: then the case rests.
    Nothing is asked about it before: what its sender may do is what they may do then.
    """

    def __init__(self, resting: Callable[[], bool]) -> None:
        self._resting = resting
        self._under_way: list[object] = []
        self._in_turn: list[object] = []

    def begin(self) -> None:
        """Messages are judged from now on. Those that are under way take turns."""
        if len(self._under_way) > 1 and workflow.patched(IN_TURN):
            self._in_turn = list(self._under_way)

    def end(self) -> None:
        """The case is being closed: there is nothing to wait for."""
        self._in_turn = []

    @contextmanager
    def of_one(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """A message is under way meanwhile; what is given waits until it is its turn."""
        message = object()
        self._under_way.append(message)
        if self._in_turn:
            self._in_turn.append(message)

        async def its_turn() -> None:
            if message in self._in_turn:
                await workflow.wait_condition(lambda: self._is_turn_of(message))

        try:
            yield its_turn
        finally:
            self._under_way.remove(message)
            self._in_turn = [one for one in self._in_turn if one is not message]

    def _is_turn_of(self, message: object) -> bool:
        if message not in self._in_turn:
            return True
        return self._in_turn[0] is message and self._resting()
