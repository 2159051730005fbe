"""Requests of one person that wait for a second: one rule for everything that takes two people."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.base import Message
    from models.case.confirmation import Confirmed, Request, Step, confirm, requested
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

    def turn(self, about: str, message: Any) -> str | int:
        """What makes words that were said before another message: by now they confirm what somebody else asks
        for. Otherwise two people who agree in the end would be told "On record", and nothing came of it.
        """
        key = (about, requested(message), message.actor)
        pending = self._pending.get(about)
        if key in self._asked and pending and pending.what == key[1] and pending.actor != message.actor:
            self._again[key] = pending.at.isoformat()
        return self._again.get(key, 0)

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
        self._pending[about] = found.request
        self._asked.add((about, found.request.what, found.request.actor))
        return None

    def forget(self, about: str) -> None:
        """What was asked for is over: it lapses."""
        for key in [key for key in self._pending if key.startswith(about)]:
            del self._pending[key]

    def _confirm(self, about: str, message: Message, actor: Rights) -> Confirmed | Broken:
        new = Request(
            what=requested(message),
            who=actor.actor.who,
            actor=actor.actor.person,
            at=self.case.now(),
        )
        return confirm(self._pending.get(about), new)
