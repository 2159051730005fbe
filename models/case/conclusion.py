"""What a part of a case came to, as the record has it."""

from typing import Any

from models.base import Message
from models.case.case import Ending


class Conclusion(Message):
    """How a part ended, and what it came to; no outcome: it ended before its time."""

    ending: Ending
    outcome: dict[str, Any] | None = None


class ConclusionWanted(Message):
    """The question what a part of a case came to."""

    case: str


class ConclusionFound(Message):
    """The answer; None: it is not over, or there is none."""

    conclusion: Conclusion | None = None


class RunningWanted(Message):
    """The question whether the workflow of a part is still there."""

    workflow_id: str


class Running(Message):
    """The answer."""

    running: bool
