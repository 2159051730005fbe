"""T11: a conflict of interest is of an organisation and of a human, whatever the spelling and the account."""

from itertools import count
from typing import Any

import pytest

from activities.people import person
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule
from models.name import skeleton
from models.people.asking import Leaving
from models.people.names import near
from models.people.person import Organisation, Person, Sector
from models.people.rule import PeopleRule
from models.study.rule import StudyRule
from models.study.study import Award
from services.case.cases import Refused
from services.people.registrar import Registrar
from tests.support.house import Case, House

_numbers = count(1)
HUE = "Hue People's Committee"
SPELLED = [
    "hue",
    "HUE PEOPLE’S COMMITTEE",
    "Hue  People's  Committee.",
    "Hue Peoples Committee",
    "Huе Реорlе's Соmmittее",
    "Huế People's Committee",
]


def somebody(house: House, organisation: str, **more: Any) -> str:
    """An expert who is new in the directory."""
    who = f"expert.{next(_numbers)}.t11"
    fields = {"id": who, "name": who, "organisation": organisation, "email": f"{who}@accord.example"}
    with house.database.begin() as connection:
        person.register(connection, [Person(roles=("expert",), **(fields | more))])
    return who


async def conflicted(case: Case, who: str) -> bool:
    gate = await case.gate("review")
    answer = await case.vote(gate, who)
    return answer.rule == CaseRule.CONFLICTED and not answer.accepted


@pytest.mark.parametrize("applicant", SPELLED)
async def test_no_spelling_of_the_applicant_frees_its_members(house: House, applicant: str) -> None:
    case = await house.propose(applicant=applicant)
    assert await conflicted(case, somebody(house, "hue"))
    await case.withdraw()


async def test_a_second_account_at_another_organisation_is_still_the_same_human(house: House) -> None:
    somebody(house, "hue", subject="idp|t11.one")
    case = await house.propose(applicant="hue")
    assert await conflicted(case, somebody(house, "molit", subject="idp|t11.one"))
    await case.withdraw()


async def test_a_former_account_is_a_former_post(house: House) -> None:
    left = somebody(house, "hue", subject="idp|t11.two")
    Registrar(house.database, SELF_DECLARED).end(Leaving(person=left, actor="reg.eom", reason="Left."))
    case = await house.propose(applicant="hue")
    answer = await case.vote(await case.gate("review"), somebody(house, "molit", subject="idp|t11.two"))
    assert (answer.accepted, answer.rule) == (False, CaseRule.COOLING_OFF)
    await case.withdraw()


async def test_another_applicant_in_a_revision_frees_nobody(house: House) -> None:
    case = await house.propose(applicant="hue")
    gate = await case.gate("review")
    for voter in ("expert.lim", "sec.han"):
        await case.vote(gate, voter, "return", "Who is it?")
    assert (await case.resubmit("review", applicant="host.vn")).accepted
    answer = await case.vote(await case.gate("review", 2), somebody(house, "hue"))
    assert answer.rule == CaseRule.CONFLICTED
    await case.withdraw()


async def test_no_spelling_of_the_applicant_is_paid_for_the_study(house: House) -> None:
    case = await house.propose(applicant="hue")
    await case.reach("study.award")
    for contractor in (HUE, *SPELLED):
        fields = {"gate": f"{case.id}:study.award:1", "actor": "sec.han", "tender": "T-1"}
        answer = await case.send("award", Award.model_validate(fields | {"contractor": contractor}))
        assert (answer.accepted, answer.rule) == (False, StudyRule.PAYEE), contractor
    assert (await case.award()).accepted
    await case.withdraw()


async def test_an_applicant_whom_nobody_knows_is_refused_with_those_it_can_mean(house: House) -> None:
    with pytest.raises(Refused, match="did you mean hue") as caught:
        await house.propose(applicant="Hue Peoples Comittee")
    assert caught.value.rule == PeopleRule.UNKNOWN_ORGANISATION
    with pytest.raises(Refused):
        await house.propose(applicant="Atlantis")


async def test_who_is_paid_is_looked_up_whatever_id_a_message_brings(house: House) -> None:
    case = await house.propose(applicant="hue")
    await case.reach("study.award")
    gate = f"{case.id}:study.award:1"
    fields = {"gate": gate, "actor": "sec.han", "tender": "T-1"}

    def award(contractor: str, organisation: str) -> Award:
        return Award.model_validate(fields | {"contractor": contractor, "organisation": organisation})

    with pytest.raises(Refused, match="did you mean k-engineering") as caught:
        await case.send("award", award("K Enginering", "k-engineering"))
    assert caught.value.rule == PeopleRule.UNKNOWN_ORGANISATION
    entry = next(row for row in case.history(refused=True) if row["seq"] == caught.value.seq)
    assert entry["actor"] == "sec.han", "it is on record"
    assert (await case.send("award", award(HUE, "k-engineering"))).rule == StudyRule.PAYEE
    assert (await case.send("award", award("k  ENGINEERING", "hue"))).accepted
    facts = next(row for row in case.history() if row["action"] == "contract awarded")["payload"]["facts"]
    assert (facts["contractor"], facts["organisation"]) == ("K Engineering", "k-engineering")
    await case.withdraw()


async def test_who_is_paid_is_known_by_id_and_the_bank_is_told_the_name(house: House) -> None:
    case = await house.propose(applicant="hue")
    await case.reach("study.inception-delivery")
    await case.deliver("inception")
    await case.approve("study.inception")
    await case.paid("inception")
    row = await case.payment("inception", "paid")
    assert row["payee"] == "k-engineering"
    sent = house.bank.by_key(f"{case.id}:study.inception:1")
    assert sent and sent.creditor["name"] == "K Engineering"
    await case.withdraw()


async def test_an_applicant_of_a_revision_is_looked_up_by_the_services(house: House) -> None:
    case = await house.propose(applicant="hue")
    gate = await case.gate("review")
    for voter in ("expert.lim", "sec.han"):
        await case.vote(gate, voter, "return", "Who is it?")
    before = case.proposal
    with pytest.raises(Refused) as caught:
        await case.resubmit("review", applicant="Atlantis")
    assert caught.value.rule == PeopleRule.UNKNOWN_ORGANISATION
    case.proposal = before
    assert (await case.resubmit("review", applicant="host AUTHORITY, viet nam")).accepted
    effects = next(row for row in case.history() if row["action"] == "resubmitted")["payload"]["effects"]
    begins = next(effect for effect in effects if effect["effect"] == "begins")
    assert {"hue", "host.vn"} <= set(begins["case"]["parties"])
    await case.withdraw()


def test_names_that_look_alike_have_one_skeleton() -> None:
    assert {skeleton(name) for name in SPELLED[1:]} == {skeleton(HUE)}
    assert skeleton("Hue City") != skeleton("Hue")
    bodies = [
        Organisation(id=one, name=one.upper(), country="KR", sector=Sector.PUBLIC) for one in ("aa", "bb")
    ]
    assert near("zzz", bodies) == ()
