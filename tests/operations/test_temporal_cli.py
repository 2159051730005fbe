"""Staff with nothing but Temporal's own command line; and whatever else somebody may signal."""

import asyncio
import base64
import json
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RawValue

from models.case.rule import CaseRule
from tests.support.command import accord, temporal
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import Case, House
from tests.support.patience import eventually


async def refusals(case: Case, count: int) -> list[str]:
    """The rules of the refusals on record, once there are this many."""

    def said() -> list[str] | None:
        found = [row["rule"] for row in case.history(refused=True)]
        return found if len(found) >= count else None

    return await eventually(said, f"{count} refusals")


async def votes(case: Case, count: int) -> list[str]:
    """Who voted, once there are this many votes."""

    def said() -> list[str] | None:
        found = [row["actor"] for row in case.history() if row["action"].startswith("vote")]
        return found if len(found) >= count else None

    return await eventually(said, f"{count} votes")


async def at_review(house: House) -> tuple[Case, dict[str, Any]]:
    """A case whose review is open, and a vote on it that lacks only the voter."""
    case = await house.propose()
    gate = await case.gate("review")
    return case, {"gate": gate["id"], "verdict": "approve", "content_hash": gate["content_hash"]}


async def test_a_vote_by_signal_counts_and_one_on_the_own_proposal_is_on_record(house: House) -> None:
    case, vote = await at_review(house)
    to = ("signal", "--workflow-id", f"partnership/{case.id}", "--name", "decide", "--input")
    own = await temporal(house.settings.home, *to, json.dumps(vote | {"actor": "coord.seo"}))
    good = await temporal(house.settings.home, *to, json.dumps(vote | {"actor": "expert.lim"}))
    assert (own.code, good.code) == (0, 0)
    assert await votes(case, 1) == ["expert.lim"]
    assert await refusals(case, 1) == [CaseRule.OWN_PROPOSAL]
    (refused,) = case.history(refused=True)
    assert refused["actor"] == "coord.seo"
    await case.withdraw()


async def test_an_update_answers_at_once_accepted_or_refused_and_both_are_on_record(house: House) -> None:
    case, vote = await at_review(house)
    to = ("update", "execute", "--workflow-id", f"partnership/{case.id}", "--name", "decide", "--input")
    own = (await temporal(house.settings.home, *to, json.dumps(vote | {"actor": "coord.seo"}))).data()
    good = (await temporal(house.settings.home, *to, json.dumps(vote | {"actor": "expert.lim"}))).data()
    assert own["result"]["accepted"] is False
    assert own["result"]["rule"] == CaseRule.OWN_PROPOSAL
    assert own["result"]["message"] == CaseRule.OWN_PROPOSAL.text
    assert good["result"]["accepted"] is True
    on_record = {row["seq"]: row["action"] for row in case.history()}
    assert on_record[own["result"]["seq"]] == "refused"
    assert on_record[good["result"]["seq"]] == "vote approve"
    await case.withdraw()


async def test_a_dry_run_prints_the_message_that_temporal_takes(house: House) -> None:
    case, vote = await at_review(house)
    dry = await accord(
        house.settings.home, "decide", vote["gate"], "approve", "--as", "expert.lim", "--dry-run"
    )
    assert dry.data() == vote | {"actor": "expert.lim", "comment": "", "points": []}
    assert case.actions()[-1] == "review opened"
    to = ("update", "execute", "--workflow-id", f"partnership/{case.id}", "--name", "decide", "--input")
    assert (await temporal(house.settings.home, *to, dry.out)).data()["result"]["accepted"]
    await case.withdraw()


def encoded(data: bytes) -> str:
    """Bytes as the command line takes them."""
    return base64.b64encode(data).decode()


SIGNALS: dict[str, tuple[str, ...]] = {
    "garbage": (
        "decide",
        "--input",
        encoded(b"\x00{garbage"),
        "--input-base64",
        *("--input-meta", "encoding=x"),
    ),
    "binary": (
        "decide",
        "--input",
        encoded(b"\xff"),
        "--input-base64",
        "--input-meta",
        "encoding=binary/plain",
    ),
    "missing-fields": ("decide", "--input", '{"gate": "X-1:review:1"}'),
    "wrong-type": ("decide", "--input", "7"),
    "no-argument": ("decide",),
    "three-arguments": ("decide", "--input", "1", "--input", "2", "--input", "3"),
    "other-message": ("withdraw", "--input", '{"case": 5}'),
    "unknown-name": ("no-such-message", "--input", "{}"),
}


async def test_no_signal_however_malformed_wedges_a_case(house: House) -> None:
    case, vote = await at_review(house)
    to = ("signal", "--workflow-id", f"partnership/{case.id}", "--name")
    sent = await asyncio.gather(*(temporal(house.settings.home, *to, *words) for words in SIGNALS.values()))
    assert {done.code for done in sent} == {0}, sent
    not_json = Payload(metadata={"encoding": b"json/plain"}, data=b'{"gate": ')
    await case.handle.signal("decide", RawValue(not_json))
    rules = await refusals(case, len(SIGNALS) + 1)
    assert sorted(rules) == [CaseRule.MALFORMED] * len(SIGNALS) + [CaseRule.UNKNOWN_MESSAGE]

    done = await accord(house.settings.home, "decide", vote["gate"], "approve", "--as", "expert.lim")
    assert done.code == 0
    assert await votes(case, 1) == ["expert.lim"]
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert await failed_tasks_of(case.handle) == []
    await case.withdraw()


@pytest.mark.parametrize("words", [(), ("--input", "7"), ("--input", "{}"), ("--input", "1", "--input", "2")])
async def test_a_malformed_update_is_turned_away_and_the_case_goes_on(
    house: House, words: tuple[str, ...]
) -> None:
    case, vote = await at_review(house)
    to = ("update", "execute", "--workflow-id", f"partnership/{case.id}", "--name", "decide")
    done = await temporal(house.settings.home, *to, *words)
    assert done.code == 1
    assert "unable to update workflow" in done.err
    assert (await case.vote({"id": vote["gate"], **vote}, "expert.lim")).accepted
    assert await failed_tasks_of(case.handle) == []
    await case.withdraw()
