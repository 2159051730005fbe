"""E4: characters that a database refuses, or that a terminal obeys, in everything that comes from outside."""

import asyncio
from functools import partial

from models.case.rule import CaseRule
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import House
from tests.support.kinds import KINDS, Subject, message, started
from tests.support.patience import eventually, patience


def refused(subject: Subject, times: int) -> bool:
    """Whether so many refusals are on record."""
    return len([row for row in subject.history() if row["action"] == "refused"]) == times


async def test_no_character_stops_a_case(anywhere: House) -> None:
    house = anywhere
    subjects = [await started(house, kind) for kind in KINDS]
    for subject in subjects:
        handle = subject.handle
        await handle.signal("evil\x00\x1b\u202e", "x\x00")
        name, well = message(subject, 1, "pay.oh")
        await handle.signal(name, well.content() | {"actor": "pay\x00oh"})
        await handle.signal(name, well.content() | {"comment": "a\x00\x1b", "gate": "\x00"})
        await eventually(partial(refused, subject, 3), f"{subject.kind} refuses")
        await handle.cancel(reason="a\x00b\x1b[31m\x85\u202e\x7f")
        await asyncio.wait_for(handle.result(), patience())
        rows = subject.history()
        assert [row["rule"] for row in rows if row["rule"]] == [
            CaseRule.UNKNOWN_MESSAGE,
            CaseRule.MALFORMED,
            CaseRule.MALFORMED,
        ]
        assert rows[-1]["action"] == "closed: cancelled"
        assert "\x00" not in str(rows) and "\x1b" not in str(rows)
        assert await failed_tasks_of(handle) == []
