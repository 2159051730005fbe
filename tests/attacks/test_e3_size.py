"""E3: messages as large as they may be, all at once; and a reason of 700,000 characters to stop a case."""

import asyncio
import random
from typing import Any

import pytest

from models.case.approval import Decision
from models.case.panel import Panel
from models.partnership.partnership import Withdrawal
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import House
from tests.support.kinds import KINDS, started
from tests.support.patience import patience
from tests.support.rights import appoint, review

SEATS = 30
_chance = random.Random(3)


def staff(house: House, name: str, quorum: int) -> None:
    """A programme whose review takes so many people."""
    panel = Panel.model_validate({"seats": [name] * SEATS, "quorum": quorum})
    house.programme(name.replace("_", "-"), **review(house, panel=panel))
    for seat in range(SEATS):
        appoint(house, f"{name}.{seat}", name)


def wide(length: int) -> str:
    """So many characters of four bytes each; no two texts are alike, and none can be compressed to little."""
    return "".join(chr(_chance.randrange(0x20000, 0x2A6DF)) for _ in range(length))


def large(gate: dict[str, Any], actor: str, verdict: str) -> Decision:
    """A decision of 54 kB, the most that one may have."""
    said = {"comment": wide(4000), "points": [wide(200) for _ in range(48)]}
    fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "verdict": verdict}
    return Decision.model_validate(fields | {"actor": actor} | said)


async def test_large_messages_at_once_are_written_and_what_was_said_is_bounded(impatient: House) -> None:
    """Also when the case begins again, and takes them all from the record."""
    house = impatient
    staff(house, "large_seat", SEATS)
    case = await house.propose(programme="large-seat")
    gate = await case.gate("review")
    votes = [large(gate, f"large_seat.{seat}", "approve") for seat in range(SEATS - 1)]
    again = [vote.model_copy(update={"comment": wide(3999)}) for vote in votes[:5]]
    answers = await asyncio.gather(*(case.send("decide", one) for one in votes))
    assert all(answer.accepted for answer in answers)
    refused = await asyncio.gather(*(case.send("decide", one) for one in again))
    assert {answer.rule for answer in refused} == {"second-vote"}
    assert len({row["run_id"] for row in case.history()}) > 1
    assert (await case.send("decide", votes[0])).seq == answers[0].seq
    last = large(gate, f"large_seat.{SEATS - 1}", "reject")
    assert (await case.send("decide", last)).accepted
    assert await case.ended() == "rejected"
    assert await failed_tasks_of(case.handle) == []
    await case.handle.result()


async def test_a_reason_without_end_is_cut_off(house: House) -> None:
    subjects = [await started(house, kind) for kind in KINDS]
    for subject in subjects:
        await subject.handle.cancel(reason=wide(700_000))
    for subject in subjects:
        await asyncio.wait_for(subject.handle.result(), patience())
        closed = subject.history()[-1]
        assert closed["action"] == "closed: cancelled"
        assert 1000 < len(closed["reason"].encode()) <= 4000


@pytest.mark.parametrize("text", ["x" * 10_000_000, "\u0344\u0345" * 500_000], ids=["long", "marks"])
def test_text_is_bounded_before_it_is_looked_at(text: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        Withdrawal(case="T-1", actor="coord.seo", reason=text)
