"""Requests of one person that wait for a second: one rule for everything that takes two people."""

from collections import Counter
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.base import Message
    from models.case.confirmation import LAPSES_AFTER, Confirmed, Request, Step, confirm, requested
    from models.case.rights import Rights
    from models.case.rule import Broken
    from workflows.case.case import CaseFile


class Confirmations:
    """What has been asked for in a case and is not confirmed yet, by what it is about."""

    def __init__(self, case: CaseFile[Any]) -> None:
        self.case = case
        self._pending: dict[str, Request] = {}
        self._asked: set[tuple[str, str, str]] = set()
        """Who has asked for what, about what: said again, the same words get the first answer."""
        self._again: dict[tuple[str, str, str], str] = {}
        """Whose words, said again, confirmed what somebody else had asked for since: at which instant."""
        self._over: Counter[tuple[str, str]] = Counter()
        """How often what was asked for, about what, was over before anybody confirmed it."""

    def turn(self, about: str, message: Any) -> str | int:
        """What makes words that were said before another message: by now they confirm what somebody else asks
        for. Otherwise two people who agree in the end would be told "On record", and nothing came of it.
        """
        key = (about, requested(message), message.actor)
        pending = self._pending.get(about)
        if key in self._asked and pending and pending.what == key[1] and pending.actor != message.actor:
            self._again[key] = pending.at.isoformat()
        return self._again.get(key, 0)

    def over(self, about: str, message: Any) -> int:
        """How often this was asked for and is over, unconfirmed: withdrawn, lapsed, or something else was
        asked for. The same words ask for it again then.
        """
        what, pending = requested(message), self._pending.get(about)
        lapsed = pending is not None and pending.what == what and self.waiting(about) is None
        return self._over[about, what] + lapsed

    def waiting(self, about: str) -> Request | None:
        """What was asked for and waits for a second person; None: nothing, or it has lapsed."""
        pending = self._pending.get(about)
        return pending if pending and self.case.now() - pending.at <= LAPSES_AFTER else None

    def judge(self, about: str, message: Message, actor: Rights) -> Broken | None:
        """What keeps this message from asking or confirming, or None."""
        found = self._confirm(about, message, actor)
        return found if isinstance(found, Broken) else None

    def settle(self, about: str, message: Message, actor: Rights) -> Request | None:
        """Take the message: the request that it confirms, or None where it asks."""
        found = self._confirm(about, message, actor)
        if isinstance(found, Broken):
            return None  # taken over twice: it is asked for already
        if found.step is Step.CONFIRMED:
            return self._pending.pop(about)
        if about in self._pending:
            self.withdraw(about)
        self._pending[about] = found.request
        self._asked.add((about, found.request.what, found.request.actor))
        return None

    def withdraw(self, about: str) -> None:
        """What was asked for is wanted no more."""
        self._over[about, self._pending.pop(about).what] += 1

    def _confirm(self, about: str, message: Message, actor: Rights) -> Confirmed | Broken:
        new = Request(
            what=requested(message),
            who=actor.actor.who,
            actor=actor.actor.person,
            at=self.case.now(),
        )
        return confirm(self._pending.get(about), new)
