"""Refusals: every one is on record; signals that are refused for one reason again and again are counted."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.base import digest
    from models.case.action import CaseAction
    from models.case.case import Ending
    from models.case.record import ENGINE, Entry
    from models.case.rule import Broken
    from workflows.case.case import CaseFile

AN_HOUR = 60
"""So many messages of one person are refused in an hour before further ones are turned away."""
APART = 20
"""So many refused signals of one kind in an hour have entries of their own."""
OF_ANYBODY = 500
"""So many refused signals in an hour are told apart by who sent them: a name costs nothing."""
COUNTED_FOR = timedelta(seconds=10)
"""How long further ones are counted before their number is put on record."""


class _Kind(NamedTuple):
    rule: str
    actor: str

    def __str__(self) -> str:
        return f"{self.rule} {self.actor}"

    @classmethod
    def parse(cls, text: str) -> "_Kind":
        rule, _, actor = text.partition(" ")
        return cls(rule, actor)


class Refusals:
    """What a case refuses. It changes nothing else."""

    def __init__(self, case: CaseFile[Any]) -> None:
        self.case = case
        self._number = 0
        self._hour = 0
        self._of_actor: Counter[tuple[str, bool]] = Counter()
        self._signals: Counter[_Kind] = Counter()
        """Both in this hour. What was signed by an actor is told apart from what only bore their name: nobody
        shuts another out.
        """
        self._counted: Counter[_Kind] = Counter()
        """Signals whose number is still to be put on record."""
        self._counting: set[asyncio.Task[None]] = set()
        case.at_the_end(self._write_all)
        for kind, times in case.rerun.carries("refused", self._in_short).items():
            self._count(_Kind.parse(kind), times)

    def _in_short(self) -> dict[str, int]:
        return {str(kind): times for kind, times in self._counted.items()}

    def are_too_many(self, actor: str, signed: bool) -> bool:
        """Whether so much of this person was refused in this hour that the rest is turned away."""
        self._begin_hour()
        return self._of_actor[actor, signed] >= AN_HOUR

    def entry(self, where: str, actor: str, broken: Broken, content: dict[str, Any], **more: Any) -> Entry:
        """The entry of a refusal. A ``nonce`` is that of an envelope that the actor has signed."""
        self._begin_hour()
        self._of_actor[actor, more.get("nonce") is not None] += 1
        more |= {"rule": broken.rule, "reason": broken.text}
        return self._entry(where, actor, {"message": content}, **more)

    def of_signal(self, where: str, actor: str, broken: Broken, content: dict[str, Any]) -> None:
        """Put the refusal of a signal on record: on its own, or counted with those of its kind."""
        self._begin_hour()
        known = self._signals.total() < OF_ANYBODY
        kind = _Kind(broken.rule, actor if known else ENGINE)
        self._signals[kind] += 1
        if self._signals[kind] <= APART or self.case.closed:
            self.case.journal.add(self.entry(where, kind.actor, broken, content))
        else:
            self._count(kind, 1)

    def _count(self, kind: _Kind, times: int) -> None:
        self._counted[kind] += times
        if self._counted[kind] == times:
            task = asyncio.create_task(self._write_later(kind))
            self._counting.add(task)
            task.add_done_callback(self._counting.discard)

    async def _write_later(self, kind: _Kind) -> None:
        await workflow.sleep(COUNTED_FOR, summary="refusals are counted")
        self._write(kind)

    def _write_all(self, _: Ending) -> None:
        for task in self._counting:
            task.cancel()
        for kind in list(self._counted):
            self._write(kind)

    def _write(self, kind: _Kind) -> None:
        times = self._counted.pop(kind)
        reason = f"{times} more signals of this kind were refused."
        more = {"rule": kind.rule, "reason": reason}
        self.case.journal.add(self._entry(self.case.number, kind.actor, {"times": times}, **more))

    def _entry(self, where: str, actor: str, facts: dict[str, Any], **more: Any) -> Entry:
        self._number += 1
        key = f"{where}:refused:{workflow.info().run_id[:8]}:{self._number}:{digest(facts)[:12]}"
        return self.case.entry(CaseAction.REFUSED, **{"key": key, "actor": actor, "facts": facts} | more)

    def _begin_hour(self) -> None:
        hour = int(self.case.now().timestamp()) // 3600
        if hour != self._hour:
            self._hour = hour
            self._of_actor.clear()
            self._signals.clear()
