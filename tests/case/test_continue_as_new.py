"""A case with a long history continues as new, and nobody notices."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.database import connect
from models.case.approval import Decision
from models.case.rule import CaseRule
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from tests.support.house import House, sha

SOON = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60")


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[House]:
    """An installation whose server suggests to continue as new after 60 events."""
    settings = Settings(home=tmp_path)
    database = connect(settings.database)
    set_up(database, settings)
    embedded = Embedded(tmp_path, extra=SOON)
    client = await embedded.start()
    try:
        async with working(client, database, settings):
            yield House(client, database, settings)
    finally:
        embedded.stop()
        database.dispose()


async def test_answers_votes_and_money_survive(impatient: House) -> None:
    house = impatient
    case = await house.propose()
    gate = await case.gate("review")
    first = await case.vote(gate, "expert.lim")
    for number in range(20):
        stale = Decision(
            gate=gate["id"], verdict="approve", actor="sec.han", content_hash=sha(f"other {number}")
        )
        assert (await case.send("decide", stale)).rule == CaseRule.STALE_CONTENT
    runs = {row["run_id"] for row in case.history()}
    assert len(runs) > 1
    assert await case.vote(gate, "expert.lim") == first
    assert (await case.vote(gate, "expert.lim", "reject", "No.")).rule == CaseRule.SECOND_VOTE
    assert (await case.vote(gate, "sec.han")).accepted
    await case.reach_from("funding")
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": case.proposal.requested.minor}
    assert case.actions().count("refused") == 21
    assert case.actions().count("review opened") == 1
