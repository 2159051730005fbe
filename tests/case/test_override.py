"""An override: two people, a reason, named on record, listed apart. Nobody else, and nobody alone."""

from typing import Any

from activities.case import audit
from models.case.override import Override
from models.case.rule import CaseRule
from tests.support.house import Case, House
from tests.support.rights import appoint


async def overridable(house: House, name: str) -> tuple[Case, dict[str, Any]]:
    """A case at its review, in a programme whose directors may override."""
    house.programme(name, overriders=("director",))
    appoint(house, "director.noh", "director")
    case = await house.propose(programme=name)
    return case, await case.gate("review")


def override(gate: dict[str, Any], actor: str, outcome: str = "approved", **more: Any) -> Override:
    fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "reason": "The minister decides."}
    return Override.model_validate(fields | {"actor": actor, "outcome": outcome} | more)


async def test_two_people_override_a_panel_on_record(house: House) -> None:
    case, gate = await overridable(house, "overridable")
    await case.vote(gate, "expert.lim", "reject", "No.")
    assert (await case.send("override", override(gate, "director.kang"))).accepted
    alone = await case.send("override", override(gate, "director.kang", reason="I insist."))
    assert alone.rule == CaseRule.TWO_PEOPLE
    assert (await case.send("override", override(gate, "director.noh"))).accepted
    funding = await case.gate("funding")
    listed = house.read(lambda c: audit.history(c, audit.Question(case=case.id, overrides=True)))
    assert [(row["action"], row["actor"]) for row in listed] == [
        ("override asked for: approved", "director.kang"),
        ("overridden: approved", "director.noh"),
    ]
    assert listed[1]["payload"]["facts"]["counts"][0]["rejections"] == 1
    await case.vote(funding, "director.noh")
    assert case.history(refused=True)[-1]["rule"] == CaseRule.DUTIES, "overriding is an act like the panel's"
    await case.withdraw()


async def test_two_people_with_two_outcomes_override_nothing(house: House) -> None:
    case, gate = await overridable(house, "overridable-two")
    assert (await case.send("override", override(gate, "director.kang", "rejected"))).accepted
    assert (await case.send("override", override(gate, "director.noh", "approved"))).accepted
    await case.approve("review")
    await case.gate("funding")
    over = await case.send("override", override(gate, "director.kang", "approved"))
    assert over.rule == CaseRule.STAGE_OVER
    await case.withdraw()


async def test_who_may_not_vote_may_not_override(house: House) -> None:
    case, gate = await overridable(house, "overridable-not")
    appoint(house, "own.director", "coordinator", "director")
    own = await house.propose(programme="overridable-not", proposer="own.director")
    mine = await own.gate("review")
    for where, wrong, rule in (
        (case, override(gate, "sec.han"), CaseRule.ROLE_NOT_HELD),
        (case, override(gate, "director.kang", content_hash="0" * 64), CaseRule.STALE_CONTENT),
        (own, override(mine, "own.director"), CaseRule.OWN_PROPOSAL),
    ):
        assert (await where.send("override", wrong)).rule == rule
    plain = await house.propose()
    nobody = await plain.send("override", override(await plain.gate("review"), "director.kang"))
    assert nobody.rule == CaseRule.ROLE_NOT_HELD
    for one in (case, plain):
        await one.withdraw()
    await own.withdraw("own.director")
