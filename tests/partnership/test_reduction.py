"""Less than was asked for: put before the funding panel by one of it, voted on anew, the rest given back."""

import json
from typing import Any

from models.amount import Amount
from models.case.rule import CaseRule
from models.money.fund import Fund, Sleeve
from models.partnership.reduction import Reduction
from models.partnership.rule import PartnershipRule
from tests.support.command import accord, inside
from tests.support.entries import notices_in
from tests.support.house import House, sha

WON = 1_000_000


async def at_funding(house: House, **changes: Any) -> Any:
    """A case that asks for a million, before the funding panel."""
    case = await house.propose(requested=Amount(minor=WON, currency="KRW"), **changes)
    await case.reach("funding")
    return case


async def test_a_panel_commits_less_and_the_rest_goes_back(house: House) -> None:
    case = await at_funding(house)
    first = await case.gate("funding")
    assert (await case.vote(first, "molit.park")).accepted
    assert (await case.reduce(800_000)).accepted
    second = await case.gate("funding", 2)
    assert second["content_hash"] != first["content_hash"]
    assert (json.loads(second["subject"])["amount"]["minor"], second["question"]) == (
        800_000,
        "Fund the study with KRW 800,000 instead of KRW 1,000,000",
    )
    assert case.money() == {"reserved": WON}, "nothing is given back before it is decided"
    await case.approve("funding", 2)
    await case.gate("study.tender")
    assert case.money() == {"committed": 800_000}
    (told,) = [row for row in case.history() if row["action"] == "reduction"]
    assert told["payload"]["facts"] == {
        "from": {"minor": WON, "currency": "KRW"},
        "to": {"minor": 800_000, "currency": "KRW"},
    }
    assert set(notices_in(told["payload"])[0]["persons"]) == {"coord.seo", "molit.park"}


async def test_tranches_add_up_to_what_was_committed(house: House) -> None:
    case = await at_funding(house)
    await case.reduce(700_001)
    await case.approve("funding", 2)
    await case.award()
    for part in ("inception", "interim", "final"):
        await case.deliver(part)
        await case.approve(f"study.{part}")
        await case.paid(part)
    assert case.money() == {"disbursed": 700_001}


async def test_votes_for_the_larger_amount_do_not_count_for_the_smaller(house: House) -> None:
    case = await at_funding(house)
    gate = await case.gate("funding")
    assert (await case.vote(gate, "molit.park")).accepted
    await case.reduce(800_000)
    late = await case.vote(gate, "treasury.min")
    assert late.rule in (CaseRule.WRONG_ROUND, CaseRule.STAGE_OVER)
    smaller = await case.gate("funding", 2)
    assert (await case.vote(smaller, "treasury.cho")).accepted
    assert case.money() == {"reserved": WON}, "one of two has voted for it"
    assert (await case.vote(smaller, "molit.park")).accepted
    await case.gate("study.tender")


async def test_a_smaller_amount_can_be_made_smaller_but_never_larger(house: House) -> None:
    case = await at_funding(house)
    for much in (WON, WON + 1):
        assert (await case.reduce(much)).rule == PartnershipRule.NOT_LESS
    assert (await case.reduce(800_000)).accepted
    assert (await case.reduce(800_000, 2)).rule == PartnershipRule.NOT_LESS
    assert (await case.reduce(600_000, 2)).accepted
    await case.approve("funding", 3)
    await case.gate("study.tender")
    assert case.money() == {"committed": 600_000}


async def test_a_demonstration_is_never_reduced_to_more_labour_than_is_allowed(house: House) -> None:
    shown = {"lead": "K Engineering", "public_partner": "Hue", "labour": 320_000}
    case = await at_funding(house, study="demonstration", consortium=shown, applicant="K Engineering")
    assert (await case.reduce(799_999)).rule == PartnershipRule.LABOUR
    assert (await case.reduce(800_000)).accepted
    assert case.money() == {"reserved": 1_000_000}
    await case.withdraw()


async def test_only_who_may_vote_may_put_less_before_the_panel(house: House) -> None:
    case = await at_funding(house)
    assert (await case.reduce(1, actor="legal.yoon")).rule == CaseRule.ROLE_NOT_HELD
    assert (await case.reduce(1, actor="nobody")).rule == CaseRule.ROLE_NOT_HELD
    assert (await case.reduce(1, content_hash=sha("another"))).rule == CaseRule.STALE_CONTENT
    gate = await case.gate("funding")
    assert (await case.vote(gate, "treasury.cho")).accepted
    assert (await case.reduce(1)).rule == CaseRule.SECOND_VOTE
    refused = [row["rule"] for row in case.history() if row["rule"]]
    assert refused == [
        CaseRule.ROLE_NOT_HELD,
        CaseRule.ROLE_NOT_HELD,
        CaseRule.STALE_CONTENT,
        CaseRule.SECOND_VOTE,
    ]


async def test_no_other_panel_commits_money(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "reason": "Less.", "actor": "sec.han"}
    assert (await case.send("reduce", Reduction(amount=1, **fields))).rule == PartnershipRule.NOT_LESS


async def test_a_return_asks_for_a_new_proposal_which_stands_for_itself(house: House) -> None:
    case = await at_funding(house)
    await case.reduce(800_000)
    gate = await case.gate("funding", 2)
    assert (await case.vote(gate, "treasury.cho", "return", "Say what is left out.")).accepted
    assert (await case.vote(gate, "molit.park", "return", "Yes, do.")).accepted
    await case.resubmit("funding", 2, requested=Amount(minor=900_000, currency="KRW"))
    third = await case.gate("funding", 3)
    assert json.loads(third["subject"])["amount"]["minor"] == 900_000
    assert case.money() == {"reserved": 900_000}


async def test_who_waits_is_offered_what_was_not_committed(house: House) -> None:
    """A sleeve of 1.5 million, and two cases of a million each."""
    sleeve = Sleeve(id="sl-less", name="Less", cap=1_500_000)
    money = Fund(id="fund-less", name="Less", currency="KRW", cap=1_500_000, sleeves=(sleeve,))
    house.programme("less", fund=money, sleeve="sl-less")
    first = await at_funding(house, programme="less")
    second = await house.propose(requested=Amount(minor=WON, currency="KRW"), programme="less")
    await second.approve("review")
    await second.gate("funding.revision")
    await first.reduce(500_000)
    await first.approve("funding", 2)
    await second.gate("funding.offer")
    assert second.money() == {"reserved": WON}


async def test_what_is_no_amount_is_refused_by_the_command(house: House) -> None:
    case = await at_funding(house)
    for amount in ("0", "-1", "1.5", "a million", "1e6", "1" + "0" * 18, "", "\uff12"):
        words = ("reduce", f"{case.id}:funding:1", f"--amount={amount}", "--reason", "Less.")
        done = inside(house.settings.home, *words, ACCORD_ACTOR="treasury.cho")
        assert done.code in (2, 7), (amount, done.err)
    assert case.money() == {"reserved": WON}


async def test_the_command_says_what_became_of_it(house: House) -> None:
    case = await at_funding(house)
    words = ("reduce", f"{case.id}:funding:1", "--amount", "800,000", "--reason", "Less.")
    done = await accord(house.settings.home, *words, ACCORD_ACTOR="treasury.cho")
    assert (done.code, "On record" in done.out) == (0, True), done.err
    again = await accord(house.settings.home, *words, ACCORD_ACTOR="treasury.min")
    assert again.code == 6, again.err
