"""What somebody may bring to a vote, read at the moment it arrives: on the real server, on record."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from activities.people import delegation, token
from adapters.keys import Ring
from models.case.approval import Decision
from models.case.conflict_of_interest import Conflict, Declaration
from models.case.panel import Panel
from models.case.rule import CaseRule
from models.case.terms import Tier
from models.people.delegation import Delegation
from models.people.person import Holding
from services.case.cases import CaseService
from services.people.principal import Principal
from tests.support.house import Case, House
from tests.support.patience import eventually, eventually_async
from tests.support.rights import appoint, refused, review
from tests.support.tokens import issued

TODAY = datetime.now(UTC).date()


async def test_who_reviewed_a_case_does_not_approve_its_money(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    for actor in ("molit.jung", "expert.lim"):
        assert (await case.vote(gate, actor)).accepted
    gate = await case.gate("funding")
    answer = await refused(case, gate, "molit.jung", CaseRule.DUTIES)
    assert "molit.jung did review in this case; the rule is review ≠ approve." in answer.message
    assert (await case.vote(gate, "molit.park")).accepted
    await case.withdraw()


async def test_a_second_account_is_the_same_person(house: House) -> None:
    for account in ("twin.one", "twin.two"):
        appoint(house, account, "ministry", "expert", subject="idp|twin")
    case = await house.propose()
    gate = await case.gate("review")
    assert (await case.vote(gate, "twin.one")).accepted
    await refused(case, gate, "twin.two", CaseRule.SECOND_VOTE)
    assert (await case.vote(gate, "sec.han")).accepted
    await refused(case, await case.gate("funding"), "twin.two", CaseRule.DUTIES)
    await case.withdraw()


async def test_a_proposer_does_not_decide_under_another_account(house: House) -> None:
    appoint(house, "self.one", "coordinator", subject="idp|self")
    appoint(house, "self.two", "expert", subject="idp|self")
    case = await house.propose(proposer="self.one")
    await refused(case, await case.gate("review"), "self.two", CaseRule.OWN_PROPOSAL)
    await case.withdraw("self.one")


async def test_a_role_counts_on_the_day_of_the_vote_not_when_the_gate_opened(house: House) -> None:
    appoint(house, "late.ahn", "expert")
    case = await house.propose()
    gate = await case.gate("review")
    appoint(house, "late.ahn", Holding(role="expert", until=TODAY - timedelta(days=2)))
    await refused(case, gate, "late.ahn", CaseRule.ROLE_NOT_HELD)
    appoint(house, "late.ahn", Holding(role="expert", since=TODAY + timedelta(days=2)))
    await refused(case, gate, "late.ahn", CaseRule.ROLE_NOT_HELD, comment="Again.")
    appoint(house, "late.ahn", "expert")
    assert (await case.vote(gate, "late.ahn")).accepted
    await case.withdraw()


async def test_a_declaration_comes_before_the_vote_and_a_hard_conflict_recuses(house: House) -> None:
    house.programme("declared", **review(house, declared=True))
    case = await house.propose(programme="declared")
    gate = await case.gate("review")
    await refused(case, gate, "expert.lim", CaseRule.DECLARATION_MISSING)
    none = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.NONE)
    assert (await case.send("declare", none)).accepted
    assert (await case.vote(gate, "expert.lim", comment="Read.")).accepted
    hard = Declaration(case=case.id, actor="sec.han", conflict=Conflict.HARD, note="My cousin applies.")
    assert (await case.send("declare", hard)).accepted
    await refused(case, gate, "sec.han", CaseRule.CONFLICTED)
    assert (await case.vote(gate, "sec.han", "recuse", "My cousin applies.")).accepted
    soft = Declaration(case=case.id, actor="molit.jung", conflict=Conflict.SOFT, note="I know the mayor.")
    assert (await case.send("declare", soft)).accepted
    assert (await case.vote(gate, "molit.jung")).accepted
    await case.gate("funding")
    (closed,) = [row for row in case.history() if row["action"] == "approval approved"]
    (count,) = closed["payload"]["facts"]["counts"]
    assert (count["seats"], count["recused"], count["needed"], count["approvals"]) == (3, 1, 2, 2)
    assert "declared: hard" in case.actions()
    await case.withdraw()


async def test_the_newest_declaration_counts_and_a_hard_one_stays(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    none = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.NONE)
    soft = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.SOFT, note="I know the mayor.")
    told = [await case.send("declare", said) for said in (soft, soft, none, soft, none)]
    assert [answer.accepted for answer in told] == [True] * 5
    first, again, *others = [answer.seq for answer in told]
    assert first == again and len({first, *others}) == 4, "the same words later are a new declaration"
    hard = Declaration(case=case.id, actor="expert.lim", conflict=Conflict.HARD, note="My cousin applies.")
    assert (await case.send("declare", hard)).accepted
    assert (await case.send("declare", none)).rule == CaseRule.CONFLICTED
    await refused(case, gate, "expert.lim", CaseRule.CONFLICTED)
    assert (await case.send("declare", hard)).accepted, "the same again changes nothing"
    assert case.actions().count("declared: hard") == 1
    await case.withdraw()


async def test_members_and_former_members_of_the_applicant_do_not_decide(house: House) -> None:
    appoint(house, "hue.member", "expert", organisation="host.vn")
    former = {"organisation": "host.vn", "until": TODAY - timedelta(days=100)}
    appoint(house, "hue.former", "expert", former=[former])
    appoint(house, "hue.longago", "expert", former=[former | {"until": TODAY - timedelta(days=500)}])
    case = await house.propose(applicant="Host authority, Viet Nam")
    gate = await case.gate("review")
    await refused(case, gate, "hue.member", CaseRule.CONFLICTED)
    await refused(case, gate, "hue.former", CaseRule.COOLING_OFF)
    assert (await case.vote(gate, "hue.longago")).accepted
    await case.withdraw()


async def test_a_chain_asks_one_body_after_the_other(house: House) -> None:
    first = {"name": "experts", "seats": ["expert"], "quorum": 1}
    second = {"name": "ministry", "seats": ["ministry"], "quorum": 1, "organisation": "molit"}
    chain = Panel.model_validate({"chain": True, "bodies": [first, second]})
    house.programme("chained", **review(house, panel=chain))
    case = await house.propose(programme="chained")
    gate = await case.gate("review")
    await refused(case, gate, "molit.jung", CaseRule.NOT_YET)
    assert (await case.vote(gate, "expert.lim")).accepted
    appoint(house, "other.ministry", "ministry", organisation="kind")
    await refused(case, gate, "other.ministry", CaseRule.NOT_A_MEMBER)
    assert (await case.vote(gate, "molit.jung", comment="Now.")).accepted
    await case.gate("funding")
    await case.withdraw()


async def test_a_larger_amount_is_for_another_panel(house: House) -> None:
    board = Panel.model_validate({"seats": ["director"], "quorum": 1})
    terms = review(house, tiers=(Tier(above=1_000_000, panel=board),))
    house.programme("tiered", **terms)
    small = await house.propose(programme="tiered", requested={"minor": 1_000_000, "currency": "KRW"})
    large = await house.propose(programme="tiered")
    assert (await small.vote(await small.gate("review"), "expert.lim")).accepted
    await refused(large, await large.gate("review"), "expert.lim", CaseRule.ROLE_NOT_HELD)
    assert (await large.vote(await large.gate("review"), "director.kang")).accepted
    for case in (small, large):
        await case.withdraw()


async def test_only_somebody_signed_in_votes_where_the_programme_asks_for_it(
    house: House, tmp_path: Path
) -> None:
    house.programme("attested", **review(house, attested=True))
    case = await house.propose(programme="attested")
    gate = await case.gate("review")
    await refused(case, gate, "expert.lim", CaseRule.NOT_ATTESTED)
    forger = CaseService(house.client, house.database, Principal(Ring(tmp_path, tmp_path), "expert.lim"))
    vote = Decision(gate=gate["id"], verdict="approve", actor="expert.lim", content_hash=gate["content_hash"])
    assert (await forger.send("decide", vote)).rule == CaseRule.ENVELOPE_FORGED
    signed_in = house.speaking("expert.lim")
    assert (await signed_in.send("decide", vote)).accepted
    other = vote.model_copy(update={"actor": "sec.han"})
    assert (await signed_in.send("decide", other)).rule == CaseRule.NOT_ATTESTED
    votes = [row["payload"]["attested"] for row in case.history() if row["action"] == "vote approve"]
    assert votes == [True]
    await case.handle.signal("decide", other)
    await eventually(lambda: len(case.history(refused=True)) == 4, "the refusal of the signal is on record")
    refusals = case.history(refused=True)
    assert {row["rule"] for row in refusals} == {CaseRule.NOT_ATTESTED, CaseRule.ENVELOPE_FORGED}
    await case.withdraw()


async def test_where_votes_are_attested_so_is_the_delegation_behind_one(house: House) -> None:
    house.programme("attested-for", **review(house, attested=True))
    case = await house.propose(programme="attested-for")
    gate, anonymous = await case.gate("review"), house.cases
    lent: dict[str, Any] = {"giver": "expert.lim", "roles": ("expert",), "instrument": "Order 7"}
    for number, taker, attested in (("D-a1", "rights.one", False), ("D-a2", "rights.two", True)):
        appoint(house, taker, "intern")
        with house.database.begin() as connection:
            delegation.give(connection, Delegation(id=number, taker=taker, attested=attested, **lent), 1)
        house.cases = house.speaking(taker)
        if attested:
            assert (await case.vote(gate, taker, on_behalf_of="expert.lim")).accepted
        else:
            answer = await refused(case, gate, taker, CaseRule.NOT_ATTESTED, on_behalf_of="expert.lim")
            assert "D-a1 was given by somebody who was not" in answer.message
            assert case.history(refused=True)[-1]["on_behalf_of"] == "expert.lim"
    house.cases = anonymous
    await case.withdraw()


async def test_elsewhere_a_vote_that_is_not_attested_counts_and_is_marked(house: House) -> None:
    case = await house.propose()
    await case.vote(await case.gate("review"), "expert.lim")
    (vote,) = [row for row in case.history() if row["action"] == "vote approve"]
    assert vote["payload"]["attested"] is False
    await case.withdraw()


async def tried_in_vain(case: Case) -> bool:
    """Whether something that the workflow asks has failed, and will be tried again."""
    described = (await case.handle.describe()).raw_description
    return any(each.last_failure.message for each in described.pending_activities)


async def test_a_vote_waits_while_the_directory_cannot_be_read(house: House) -> None:
    if house.database.dialect.name != "sqlite":
        pytest.skip("the house runs on SQLite")
    case = await house.propose()
    gate = await case.gate("review")
    with house.database.begin() as connection:
        connection.execute(text("ALTER TABLE holding RENAME TO holding_away"))
    try:
        sent = asyncio.create_task(case.vote(gate, "expert.lim"))
        await eventually_async(lambda: tried_in_vain(case), "the directory was asked in vain")
        assert not sent.done()
    finally:
        with house.database.begin() as connection:
            connection.execute(text("ALTER TABLE holding_away RENAME TO holding"))
    assert (await sent).accepted
    await case.withdraw()


def test_a_token_signs_in_until_it_expires_or_is_revoked(house: House) -> None:
    now = datetime.now(UTC)
    with house.database.begin() as connection:
        secret = issued(connection, "expert.lim", now + timedelta(days=1))
        assert token.holder(connection, secret, now) == "expert.lim"
        assert token.holder(connection, secret, now + timedelta(days=1)) is None
        assert token.holder(connection, secret[:-1], now) is None
        assert token.revoke(connection, "expert.lim", now) == 1
        assert token.holder(connection, secret, now) is None
