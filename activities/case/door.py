"""The door of the workflows: what is believed of a message, and of a start, because of what came with it."""

from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from models.case.envelope import Belief, Envelope, Meant, Mode, believed, starting
from models.case.rights import Asked
from models.case.rule import CaseRule
from models.case.rules import Start


class Ring(Protocol):
    """The keys that envelopes are signed with."""

    def opened(self, text: str) -> Envelope | CaseRule:
        """The envelope in ``text``, where a valid key has signed it; else the rule that this breaks."""
        ...


class Seals(Protocol):
    """What workers seal with."""

    def seal(self, *parts: str) -> str:
        """What says that a worker of this installation said these parts, in this order."""
        ...

    def is_sealed(self, seal: str, *parts: str) -> bool:
        """Whether ``seal`` is that of a worker of this installation for these parts."""
        ...


class Door(NamedTuple):
    """What an installation believes."""

    ring: Ring
    seals: Seals
    mode: Mode

    def believed(self, asked: Asked) -> Belief:
        """What to believe of who sent a message."""
        at = asked.at or datetime.now(UTC)
        meant = Meant(asked.act, asked.workflow, asked.message, asked.actor, at)
        return believed(self._opened(asked.envelope), meant, self.mode)

    def believed_start(self, start: Start) -> Belief:
        """What to believe of who started a run: the services sign it, or a workflow of ours seals it.

        When does not matter: a number is given once, and a reset of years later has the same start.
        """
        if start.seal:
            ours = self.seals.is_sealed(start.seal, *start_parts(start.workflow, start.kind, start.message))
            return Belief(refused=None if ours else CaseRule.UNSIGNED_START)
        opened = self._opened(start.envelope)
        if opened is None:
            return Belief(refused=CaseRule.UNSIGNED_START)
        if isinstance(opened, CaseRule):
            return Belief(refused=opened)
        meant = Meant(starting(start.kind), start.workflow, start.message, opened.person, opened.issued_at)
        return believed(opened, meant, self.mode)

    def _opened(self, text: str) -> Envelope | CaseRule | None:
        return self.ring.opened(text) if text else None


def start_parts(workflow: str, kind: str, message: str) -> tuple[str, ...]:
    """What is sealed of the start of a part."""
    return ("start", workflow, kind, message)
