"""Claims: whoever takes something on does it alone, until they act, give it back, or it is due."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import ValidationError

from activities.case.inbox import waiting
from models.case.conflict_of_interest import Conflict, Declaration
from models.case.rule import CaseRule
from models.case.seat_assignment import Reassignment, passes, taken_by_others, without
from models.case.seat_assignment import SeatAssignment as Claim
from models.study.study import Award
from tests.support.command import inside
from tests.support.house import Case, House
from tests.support.inbox import settled
from tests.support.rights import appoint

AN, BO = Claim(person="an", who="S-1", body="panel", role="expert"), Claim(person="bo", who="bo")


_ACTIONS = ("claimed", "reassigned", "released")


def wish(actor: str = "an", **fields: Any) -> Reassignment:
    return Reassignment(gate="T-1:review:1", actor=actor, **fields)


async def pass_on(case: Case, gate: dict[str, Any], actor: str, **fields: Any) -> str | None:
    """What becomes of a claim."""
    answer = await case.send("reassign", Reassignment(gate=gate["id"], actor=actor, **fields))
    return answer.rule


def claimed(house: House, gate: dict[str, Any]) -> list[str]:
    """Who has claimed something, as the inbox shows it."""
    (row,) = [row for row in house.read(waiting) if row["id"] == gate["id"]]
    return [one["person"] for one in json.loads(row["claims"] or "[]")]


@pytest.mark.parametrize(
    "fields",
    [{}, {"old": "an", "new": "an"}, {"new": "bo"}, {"old": "bo"}, {"old": "an", "new": "bo"}],
)
def test_what_changes_nothing_or_concerns_others_without_a_reason_is_no_message(
    fields: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        wish(**fields)


def test_an_action_is_named_by_what_it_does() -> None:
    assert wish(new="an").action == "claimed"
    assert wish(old="an").action == "released"
    assert wish(old="an", new="bo", reason="Ill.").action == "reassigned"


def test_a_claim_passes_from_who_has_it_to_who_has_none() -> None:
    assert passes((), wish(new="an")) is None
    assert passes((AN,), wish(old="an")) is None
    assert passes((AN,), wish("cy", old="an", new="cy", reason="Ill.")) is None
    for claims, asked, rule in (
        ((), wish(old="an"), CaseRule.NO_CLAIM),
        ((AN,), wish(new="an"), CaseRule.CLAIMED),
        ((AN, BO), wish(old="an", new="bo", reason="Ill."), CaseRule.CLAIMED),
    ):
        broken = passes(claims, asked)
        assert broken and broken.rule == rule


def test_a_claim_holds_others_off_the_same_seat_only() -> None:
    assert taken_by_others((AN, BO), "cy", "panel", "expert") == 1
    assert taken_by_others((AN, BO), "S-1", "panel", "expert") == 0
    assert taken_by_others((AN, BO), "cy", "panel", "ministry") == 0
    assert taken_by_others((AN, BO), "cy") == 1
    assert without((AN, BO), "an") == (BO,)
    assert without((AN, BO), None) == (AN, BO)


async def test_a_claimed_seat_is_kept_for_who_claimed_it(house: House) -> None:
    appoint(house, "expert.two", "expert")
    case = await house.propose()
    gate = await case.gate("review")
    assert await pass_on(case, gate, "expert.lim", new="expert.lim") is None
    assert await pass_on(case, gate, "expert.two", new="expert.two") == CaseRule.CLAIMED
    assert (await case.vote(gate, "expert.two")).rule == CaseRule.CLAIMED
    assert claimed(house, gate) == ["expert.lim"]
    assert await pass_on(case, gate, "expert.lim", old="expert.lim") is None
    assert claimed(house, gate) == []
    assert await pass_on(case, gate, "expert.two", new="expert.two") is None
    assert (await case.vote(gate, "expert.two")).accepted
    assert claimed(house, gate) == [], "a vote uses the claim up"
    assert (await case.vote(gate, "expert.lim")).rule == CaseRule.SEAT_TAKEN
    await case.withdraw()


async def test_a_coordinator_passes_a_claim_on_and_both_are_told(house: House) -> None:
    appoint(house, "expert.three", "expert")
    case = await house.propose()
    gate = await case.gate("review")
    assert await pass_on(case, gate, "expert.lim", new="expert.lim") is None
    to_three = {"old": "expert.lim", "new": "expert.three", "reason": "On leave."}
    assert await pass_on(case, gate, "sec.han", **to_three) == CaseRule.ROLE_NOT_HELD
    assert await pass_on(case, gate, "coord.seo", **to_three) is None
    assert claimed(house, gate) == ["expert.three"]
    told = {row["person"] for row in await settled(house, case.id) if "reassigned" in row["subject"]}
    assert told == {"expert.lim", "expert.three"}
    assert (await case.vote(gate, "expert.lim")).rule == CaseRule.CLAIMED
    outside = {"old": "expert.three", "new": "legal.yoon", "reason": "Hurry."}
    assert await pass_on(case, gate, "coord.seo", **outside) == CaseRule.ROLE_NOT_HELD
    assert await pass_on(case, gate, "coord.seo", old="expert.three", reason="Free again.") is None
    assert (await case.vote(gate, "expert.lim")).accepted
    assert [
        action for action in case.actions() if "claim" in action or action in ("reassigned", "released")
    ] == [
        "claimed",
        "reassigned",
        "released",
    ]
    await case.withdraw()


async def test_who_may_not_decide_may_not_claim(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    hard = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.HARD, note="My cousin applies.")
    assert (await case.send("declare", hard)).accepted
    assert await pass_on(case, gate, "expert.lim", new="expert.lim") == CaseRule.CONFLICTED
    assert await pass_on(case, gate, "stranger", new="stranger") == CaseRule.UNKNOWN_PERSON
    for_him = {"new": "expert.lim", "reason": "He knows the city."}
    assert await pass_on(case, gate, "coord.seo", **for_him) == CaseRule.CONFLICTED
    await case.withdraw()


async def test_a_piece_of_work_is_done_by_who_claimed_it(house: House) -> None:
    appoint(house, "sec.two", "secretariat")
    case = await house.propose()
    await case.reach("study.award")
    gate = await case.gate("study.award")
    assert await pass_on(case, gate, "sec.two", new="sec.two") is None
    award = Award(gate=gate["id"], actor="sec.han", contractor="K Engineering", tender="T-1")
    assert (await case.send("award", award)).rule == CaseRule.CLAIMED
    assert (await case.send("award", award.model_copy(update={"actor": "sec.two"}))).accepted
    await case.withdraw()


async def test_a_claim_ends_when_the_gate_is_due(house: House) -> None:
    appoint(house, "expert.four", "expert")
    case = await house.propose()
    gate = await case.gate("review")
    assert await pass_on(case, gate, "expert.lim", new="expert.lim") is None
    await house.skip(case.handle, days=35)
    assert "escalated" in case.actions()
    assert claimed(house, gate) == []
    assert (await case.vote(gate, "expert.four")).accepted
    await case.withdraw()


async def test_claims_from_the_command_line(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    passing = ("reassign", gate["id"], "--reason", "Ill.", "--as", "coord.seo")
    for command, code, says in (
        (("claim", gate["id"], "--as", "expert.lim"), 0, "On record."),
        (("inbox", "--all", "--limit", "0"), 0, "expert.lim"),
        (("release", gate["id"], "--as", "sec.han"), 6, "claimed nothing"),
        (
            ("reassign", gate["id"], "--from", "expert.lim", "--reason", "Ill.", "--as", "coord.seo"),
            0,
            "On record.",
        ),
        (passing, 7, "or to nobody"),
        (("release", gate["id"], "--as", "expert.lim"), 6, "claimed nothing"),
    ):
        done = await asyncio.to_thread(inside, house.settings.home, *command)
        assert (done.code, says in done.out + done.err) == (code, True), done
    await case.withdraw()
