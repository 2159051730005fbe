"""Tenders: held in the funding country, awarded as published, held again when they fail; the task force."""

from typing import Any

import pytest

from models.case.rule import CaseRule, Rule
from models.partnership.rule import PartnershipRule
from models.people.rule import PeopleRule
from models.study.rule import StudyRule
from models.study.study import Award, TenderFailure
from tests.support.house import Case, House, proposal
from tests.support.refusal import refused
from tests.support.scenarios import tendered


async def opened(house: House, name: str, **changes: int) -> Case:
    """A case whose tender is to be published."""
    tendered(house, name, **changes)
    case = await house.propose(programme=name)
    await case.reach("study.tender")
    return case


async def test_the_award_is_that_of_the_tender_that_was_published_at_home(house: House) -> None:
    case = await opened(house, "at-home")
    assert (await case.publish(country="VN")).rule == StudyRule.TENDER
    assert (await case.publish()).accepted
    published = next(row for row in case.history() if row["action"] == "tender published")
    assert (published["act"], published["payload"]["facts"]["country"]) == ("award", "KR")
    assert (await case.award(tender="T-2")).rule == StudyRule.TENDER
    assert (await case.award()).accepted
    await case.gate("study.inception-delivery")
    await case.withdraw()


async def test_what_the_task_force_does_not_want_held_again_ends_the_case(house: House) -> None:
    case = await opened(house, "given-up", rounds=1)
    await case.publish()
    await case.fail_tender()
    gate = await case.gate("study.taskforce")
    for actor in ("director.kang", "legal.yoon"):
        await case.vote(gate, actor, "reject", "There is no market for it.")
    assert await case.ended() == "abandoned"
    assert case.money() == {}
    assert "no market" in str(case.row()["status"]) or "no market" in case.history()[-1]["reason"]


async def test_a_tender_fails_once_and_only_where_one_is_held(house: House) -> None:
    case = await opened(house, "once")
    await case.publish()
    failed = TenderFailure(gate=f"{case.id}:study.award:1", actor="sec.han", reason="Nobody qualified.")
    await refused(
        case, "fail_tender", failed.model_copy(update={"actor": "expert.lim"}), CaseRule.ROLE_NOT_HELD
    )
    assert (await case.send("fail_tender", failed)).accepted
    await case.gate("study.tender", 2)
    await refused(case, "fail_tender", failed.model_copy(update={"reason": "Late."}), CaseRule.STAGE_OVER)
    await case.withdraw()
    elsewhere = house.partnerships.programme("k-city-2020").study.model_copy(update={"tender": None})
    house.programme("held-elsewhere", study=elsewhere)
    other = await house.propose(programme="held-elsewhere")
    for name in ("review", "funding"):
        await other.approve(name)
    await other.gate("study.award")
    nowhere = failed.model_copy(update={"gate": f"{other.id}:study.award:1"})
    await refused(other, "fail_tender", nowhere, StudyRule.TENDER)
    await other.withdraw()


CONSORTIUM = {"lead": "K Engineering", "public_partner": "Hue", "labour": 400_000}


async def test_a_demonstration_has_no_tender_and_pays_its_lead_alone(house: House) -> None:
    case = await house.propose(study="demonstration", consortium=CONSORTIUM, applicant="K Engineering")
    await case.reach("study.award")
    award = Award(gate=f"{case.id}:study.award:1", actor="sec.han", contractor="hue", tender="none")
    await refused(case, "award", award, StudyRule.PAYEE)
    assert (await case.award()).accepted
    await case.gate("study.inception-delivery")
    await case.withdraw()


@pytest.mark.parametrize(("labour", "rule"), [(400_000, None), (400_001, PartnershipRule.LABOUR)])
def test_forty_percent_of_a_demonstration_may_be_labour(house: House, labour: int, rule: Rule | None) -> None:
    asked = proposal(study="demonstration", consortium=CONSORTIUM | {"labour": labour})
    assert house.partnerships.programme("k-city-2020").refuses(asked) is rule


@pytest.mark.parametrize("wrong", [{"study": "demonstration"}, {"consortium": CONSORTIUM}])
def test_a_consortium_is_for_a_demonstration_and_for_nothing_else(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="consortium"):
        proposal(**wrong)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_failure_says_why(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        TenderFailure(gate="T-1:study.award:1", actor="sec.han", reason=reason)


async def test_no_spelling_of_the_applicant_is_paid(house: House) -> None:
    case = await house.propose(applicant="hue")
    await case.reach("study.award")
    known = {"HUE": StudyRule.PAYEE, "hue people's COMMITTEE.": StudyRule.PAYEE}
    for contractor in (*known, "H u e.", "Нue", "H\u00fce'"):
        award = Award(gate=f"{case.id}:study.award:1", actor="sec.han", contractor=contractor, tender="T-1")
        await refused(case, "award", award, known.get(contractor, PeopleRule.UNKNOWN_ORGANISATION))
    await case.award()
    await case.withdraw()
