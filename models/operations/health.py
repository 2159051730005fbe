"""Whether a worker lives, and whether it can do its work: what was looked at, and what to do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from models.base import Message

SILENT = timedelta(seconds=30)
"""A worker that has said nothing for so long is taken for dead; it says how it is every five seconds."""
LATE = timedelta(minutes=15)
"""A notice that is due is tried within seconds; one that is not for so long is forgotten."""
DEAF = timedelta(minutes=2)
"""A worker with nothing to do asks the engine for work every minute."""


class Part(StrEnum):
    """What is looked at."""

    WORKER = "worker"
    """It lives: its loop turns."""
    DATABASE = "database"
    """It answers, and has the schema of this version."""
    ENGINE = "engine"
    """It answers."""
    POLLING = "polling"
    """This worker asks the engine for work."""
    OUTBOX = "outbox"
    """Notices that are due go out, or are tried."""


class State(StrEnum):
    """What was found."""

    READY = "ready"
    NOT_READY = "not ready"


class Check(Message):
    """One part, and how it was found."""

    part: Part
    state: State
    said: str
    to_do: str = ""
    """What helps, where it is not ready."""

    @property
    def is_ready(self) -> bool:
        """Whether there is nothing to do."""
        return self.state is State.READY


class Health(Message):
    """How a worker found everything, when it last looked."""

    at: datetime
    pid: int
    checks: tuple[Check, ...]

    def part(self, part: Part) -> Check:
        """How this part was found."""
        return next(check for check in self.checks if check.part is part)


def ready(part: Part, said: str) -> Check:
    """All is well with it."""
    return Check(part=part, state=State.READY, said=said)


def not_ready(part: Part, said: str, to_do: str) -> Check:
    """It keeps the worker from its work."""
    return Check(part=part, state=State.NOT_READY, said=said, to_do=to_do)


def life(known: Health | None, now: datetime) -> Check:
    """Whether a worker lives, by what it last said of itself."""
    if known is None:
        return not_ready(Part.WORKER, "none is running here, or it is just starting", "`accord up`")
    silent = now - known.at
    if silent > SILENT:
        return not_ready(
            Part.WORKER,
            f"process {known.pid} has said nothing for {silent.total_seconds():.0f} s",
            "start it again; `accord up` and systemd do so by themselves",
        )
    return ready(Part.WORKER, f"process {known.pid}")


def schema(found: str | None, wanted: str) -> Check:
    """Whether the database has the schema that this version works with."""
    if found != wanted:
        said = f"its schema is {found or 'missing'}, this version works with {wanted}"
        return not_ready(Part.DATABASE, said, "`accord setup` with the version that is installed")
    return ready(Part.DATABASE, f"schema {found}")


def outbox(oldest: datetime | None, since: datetime, now: datetime) -> Check:
    """Whether notices go out. ``oldest`` is due and waits; ``since`` is when this worker began its work."""
    waits = now - max(oldest, since) if oldest else timedelta()
    if waits > LATE:
        said = f"a notice has been due for {waits.total_seconds() / 60:.0f} min, and was not tried"
        what = "see whether the mail server is slow; look for `notices wait` in the log of the worker"
        return not_ready(Part.OUTBOX, said, what)
    return ready(Part.OUTBOX, "nothing waits" if oldest is None else "what is due is on its way")


def polling(silent: timedelta | None) -> Check:
    """Whether a worker asks for work; ``silent`` is how long ago that was; None: it never has."""
    if silent is None or silent > DEAF:
        ago = "never" if silent is None else f"for {silent.total_seconds():.0f} s not"
        said = f"it has {ago} asked for work"
        return not_ready(Part.POLLING, said, "if this stays, start the worker again: it is full or wedged")
    return ready(Part.POLLING, "it asks for work")


def serves(checks: Sequence[Check]) -> bool:
    """Whether people are answered; letters may wait."""
    return all(check.is_ready for check in checks if check.part is not Part.OUTBOX)


def is_wedged(checks: Sequence[Check]) -> bool:
    """Whether it helps to start the worker again: the engine answers, and it does not ask for work."""
    by_part = {check.part: check.is_ready for check in checks}
    return by_part[Part.ENGINE] and not by_part[Part.POLLING]
