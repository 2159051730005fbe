"""What is found out before a new version is rolled out. Pure."""

import re
from typing import NamedTuple

_EVENT = re.compile(r"HistoryEvent\(id: (\d+)|event[_ ]id[:=]? ?(\d+)|event (\d+)", re.IGNORECASE)


class Checked(NamedTuple):
    """One thing that was tried, and whether it is as it must be."""

    what: str
    is_good: bool
    detail: str = ""
    word: str = "ok"
    """What its line begins with, where all is well."""

    def __str__(self) -> str:
        said = self.word if self.is_good else "PROBLEM"
        return f"{said}: {self.what}{f': {self.detail}' if self.detail else ''}"


class DeployProblem(RuntimeError):
    """Something cannot be done to the schema: a sentence, and in the last one what to do."""


def event_of(failure: str) -> str:
    """The event at which a history does not go on, as the SDK words it; empty: it names none."""
    found = _EVENT.search(failure)
    return next(filter(None, found.groups()), "") if found else ""
