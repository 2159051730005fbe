"""A conflict found later: the vote is struck out, and a decision that falls with it is taken again."""

import asyncio
from collections.abc import Mapping
from typing import Any

from activities.case.approval import decided
from activities.case.gate import find_gate
from models.case.approval import Decision, Gate, Vote
from models.case.conflict_of_interest import Challenge, Conflict, Declaration
from models.case.duty import Act
from models.case.panel import Choice, Outcome, Panel
from models.case.rule import CaseRule
from models.case.seat_assignment import Reassignment
from tests.support.command import inside
from tests.support.house import Case, House, sha
from tests.support.inbox import settled
from tests.support.rights import review


async def challenge(case: Case, gate: Mapping[str, Any], person: str, *actors: str) -> list[str | None]:
    """What becomes of the same challenge by each of ``actors``."""
    said = {"gate": gate["id"], "person": person, "reason": "Owns shares of the bidder."}
    return [(await case.send("challenge", Challenge(actor=actor, **said))).rule for actor in actors]


def vote(who: str, verdict: str = "approve", role: str = "expert") -> Vote:
    decision = Decision(gate="T-1:review:1", verdict=Choice(verdict), actor=who, content_hash=sha("x"))
    return Vote(body="panel", role=role, decision=decision, who=(who,))


def test_a_struck_vote_counts_as_a_recusal_and_stays_spoken() -> None:
    panel = Panel.model_validate({"seats": ["expert"] * 3, "quorum": "majority"})
    gate = Gate(id="T-1:review:1", panel=panel, content_hash=sha("x"), act=Act.REVIEW)
    gate = gate.with_vote(vote("an")).with_vote(vote("bo", "reject")).with_vote(vote("cy"))
    assert gate.outcome is Outcome.APPROVED
    left = gate.without("an")
    (count,) = left.counts
    assert (count.recused, count.approvals, count.rejections, count.outstanding) == (1, 1, 1, 0)
    assert left.outcome is not Outcome.APPROVED
    assert not left.counts_vote_of("an")
    assert left.counts_vote_of("bo")
    assert left.without("an") == left.without("dan") == left
    assert [one.who for one in left.votes] == [("an",), ("bo",), ("cy",)]


async def test_at_an_open_gate_the_seat_is_lost_and_the_others_decide(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    assert (await case.vote(gate, "expert.lim")).accepted
    assert await challenge(case, gate, "expert.lim", "legal.yoon") == [CaseRule.ROLE_NOT_HELD]
    told = await challenge(case, gate, "expert.lim", "coord.seo", "coord.seo", "expert.lim")
    assert told == [None, None, None], "the same again is the same; whose vote it is may be the second"
    assert await challenge(case, gate, "expert.lim", "coord.seo", "sec.han") == [None, CaseRule.ROLE_NOT_HELD]
    assert await challenge(case, gate, "sec.han", "coord.seo") == [CaseRule.NO_VOTE]
    assert case.actions().count("struck") == 1
    again = await case.vote(gate, "expert.lim", comment="Once more.")
    assert again.rule == CaseRule.SECOND_VOTE
    for actor in ("sec.han", "molit.jung"):
        assert (await case.vote(gate, actor)).accepted
    await case.gate("funding")
    (closed,) = [row for row in case.history() if row["action"] == "approval approved"]
    (count,) = closed["payload"]["facts"]["counts"]
    assert (count["recused"], count["approvals"]) == (1, 2)
    told_of = {row["person"] for row in await settled(house, case.id) if "struck out" in row["subject"]}
    assert {"expert.lim", "sec.han", "molit.jung"} <= told_of
    await case.withdraw()


async def test_two_people_it_takes(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim")
    assert await challenge(case, gate, "expert.lim", "coord.seo") == [None]
    again = Challenge(gate=gate["id"], actor="coord.seo", person="expert.lim", reason="And her brother, too.")
    assert (await case.send("challenge", again)).rule == CaseRule.TWO_PEOPLE
    assert "struck" not in case.actions()
    await case.withdraw()


async def test_a_decision_that_stands_without_the_vote_stands(house: House) -> None:
    review = house.partnerships.programme("k-city-2020").review
    panel = Panel.model_validate({"seats": ["secretariat", "expert", "ministry"], "quorum": 1})
    house.programme("one-is-enough", review=review.model_copy(update={"panel": panel}))
    case = await house.propose(programme="one-is-enough")
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim", "reject", "No.")
    assert (await case.vote(gate, "sec.han")).accepted
    funding = await case.gate("funding")
    assert await challenge(case, gate, "expert.lim", "coord.seo", "expert.lim") == [None, None]
    assert (await case.vote(funding, "treasury.cho")).accepted
    (struck,) = [row for row in case.history() if row["action"] == "struck"]
    assert struck["payload"]["facts"]["falls"] is False
    assert "decision reopened" not in case.actions()
    await case.withdraw()


async def test_a_decision_that_falls_is_taken_again_while_the_next_gate_waits(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await case.approve("review")
    funding = await case.gate("funding")
    assert await challenge(case, gate, "expert.lim", "coord.seo", "expert.lim") == [None, None]
    again = await case.gate("review.again")
    assert again["content_hash"] == gate["content_hash"]
    assert (await case.vote(funding, "treasury.cho")).rule == CaseRule.RECONSIDERED
    assert (await case.vote(again, "expert.lim")).rule == CaseRule.CONFLICTED
    await house.skip(case.handle, days=10)
    for actor in ("sec.han", "molit.jung"):
        assert (await case.vote(again, actor)).accepted
    await case.until("clock running again")
    later = house.read(lambda c: find_gate(c, funding["id"]))
    assert later and later["closed_at"] is None and later["due_at"] > funding["due_at"]
    assert await challenge(case, gate, "sec.han", "coord.seo", "sec.han") == [None, None]
    assert case.actions().count("decision reopened") == 1, "it has been taken again already"
    await case.approve("funding")
    await case.gate("study.tender")
    await case.withdraw()


async def test_a_decision_that_is_not_confirmed_ends_the_case_and_gives_everything_back(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    funding = house.read(lambda c: find_gate(c, f"{case.id}:funding:1"))
    assert funding and case.money() == {"committed": case.proposal.requested.minor}
    assert await challenge(case, funding, "treasury.cho", "coord.seo", "treasury.cho") == [None, None]
    again = await case.gate("funding.again")
    assert (await case.award()).accepted, "the study goes on meanwhile"
    assert (await case.vote(again, "molit.park", "reject", "Not without the treasury.")).accepted
    assert await case.ended() == "rejected"
    assert case.money() == {}


async def test_an_acceptance_of_a_study_that_is_over_is_taken_again_by_the_partnership(house: House) -> None:
    case = await house.propose()
    await case.reach("agreement.text")
    final = house.read(lambda c: find_gate(c, f"{case.id}:study.final:1"))
    assert final
    assert await challenge(case, final, "expert.lim", "coord.seo", "expert.lim") == [None, None]
    again = await case.gate("study.final.again")
    twice = await case.vote(again, "sec.han")
    assert twice.rule == CaseRule.DUTIES, "who awarded does not evaluate, again neither"
    assert (await case.vote(again, "sec.bae")).accepted
    assert (await case.table()).accepted, "the agreement goes on"
    await case.gate("agreement.clearance")
    closed = house.read(lambda c: find_gate(c, again["id"]))
    assert closed and closed["outcome"] == "approved"
    await case.withdraw()


async def test_where_votes_are_attested_so_are_challenges_and_claims(house: House) -> None:
    house.programme("attested-all", **review(house, attested=True))
    case = await house.propose(programme="attested-all")
    gate = await case.gate("review")
    anonymous = house.cases
    house.cases = house.speaking("expert.lim")
    assert (await case.vote(gate, "expert.lim")).accepted
    house.cases = anonymous
    assert await challenge(case, gate, "expert.lim", "coord.seo") == [CaseRule.NOT_ATTESTED]
    claim = Reassignment(gate=gate["id"], actor="sec.han", new="sec.han")
    assert (await case.send("reassign", claim)).rule == CaseRule.NOT_ATTESTED
    house.cases = house.speaking("coord.seo")
    assert await challenge(case, gate, "expert.lim", "coord.seo") == [None]
    house.cases = anonymous
    await case.withdraw()


async def test_a_late_declaration_does_not_touch_the_vote_by_itself(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim")
    hard = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.HARD, note="I found shares.")
    assert (await case.send("declare", hard)).accepted
    found = house.read(lambda c: decided(c, gate["id"]))
    assert found and found.panel.counts_vote_of("expert.lim")
    assert await challenge(case, gate, "expert.lim", "expert.lim", "coord.seo") == [None, None]
    found = house.read(lambda c: decided(c, gate["id"]))
    assert found and not found.panel.counts_vote_of("expert.lim")
    await case.withdraw()


async def test_a_challenge_from_the_command_line(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim")
    words = ("challenge", gate["id"], "expert.lim", "--reason", "Shares.")
    for actor, code, says in (
        ("legal.yoon", 5, "role-not-held"),
        ("coord.seo", 0, "On record."),
        ("expert.lim", 0, "On record."),
    ):
        done = await asyncio.to_thread(inside, house.settings.home, *words, "--as", actor)
        assert (done.code, says in done.out + done.err) == (code, True), done
    elsewhere = ("challenge", "NO:review:1", *words[2:], "--as", "coord.seo")
    unknown = await asyncio.to_thread(inside, house.settings.home, *elsewhere)
    assert unknown.code == 3
    await case.withdraw()
