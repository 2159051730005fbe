"""E2: thousands of garbage signals. No case is wedged, refusals are few entries whose counts add up to all,
and a message costs the same however many wait.
"""

import asyncio
import os
from functools import partial

from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import House
from tests.support.kinds import KINDS, MAY, Subject, message, started
from tests.support.patience import eventually

SIGNALS = 5_000 if "ACCORD_PROVE" in os.environ else 400
"""To each case."""
FEW = 40
"""Entries that the refusals of one run come to at most, however many they are."""


async def test_garbage_is_counted_and_the_case_goes_on(impatient: House) -> None:
    subjects = [await started(impatient, kind) for kind in KINDS]
    await asyncio.gather(*(flood(subject) for subject in subjects))
    for subject in subjects:
        await eventually(partial(all_refused, subject), f"{SIGNALS} refusals of a {subject.kind}")
        entries = [row for row in subject.history() if row["action"] == "refused"]
        assert len(entries) <= FEW * len({row["run_id"] for row in entries}), subject.kind
        assert {row["rule"] for row in entries} == {"unknown-message"}
        assert await failed_tasks_of(subject.handle) == []
        answer = await subject.send(message(subject, 1, MAY[subject.kind]))
        assert answer.accepted or answer.rule == "stale-content", "it goes on taking messages"


async def flood(subject: Subject) -> None:
    """Signals of eight bytes, as fast as they can be sent."""
    for number in range(0, SIGNALS, 50):
        some = range(number, min(number + 50, SIGNALS))
        await asyncio.gather(*(subject.handle.signal("garbage", f"{n:06}") for n in some))


def all_refused(subject: Subject) -> bool:
    """Whether all are on record."""
    return counted(subject) == SIGNALS


def counted(subject: Subject) -> int:
    """How many refusals are on record."""
    rows = [row for row in subject.history() if row["action"] == "refused"]
    return sum(int(row["payload"]["facts"].get("times", 1)) for row in rows)
