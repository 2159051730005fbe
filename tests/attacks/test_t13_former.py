"""T13: whoever handed in a case has no right in it that their role does not give them today."""

from itertools import count

import pytest

from activities.case import inbox, notice
from activities.people import person
from models.case.envelope import SELF_DECLARED
from models.case.record import Answer
from models.case.rule import CaseRule
from models.money.fund import Fund, Sleeve
from models.money.offer import OfferAnswer
from models.partnership.partnership import Resubmission
from models.people.asking import Leaving
from models.people.person import Person
from services.people.registrar import Registrar
from tests.support.house import House

_numbers = count(1)


def coordinator(house: House, who: str, *roles: str) -> str:
    """Somebody of the directory, with these roles from now on."""
    fields = {"id": who, "name": who, "organisation": "kind", "email": f"{who}@accord.example"}
    with house.database.begin() as connection:
        person.register(connection, [Person(roles=roles, **fields)])
    return who


@pytest.fixture
def former(house: House) -> str:
    """Who will be a coordinator no more."""
    return coordinator(house, f"former.{next(_numbers)}", "coordinator")


def nothing(answer: Answer) -> bool:
    """Whether the record has it as refused, for want of a role."""
    return (answer.accepted, answer.rule) == (False, CaseRule.ROLE_NOT_HELD)


async def test_an_ex_coordinator_does_not_withdraw_their_case(house: House, former: str) -> None:
    case = await house.propose(proposer=former)
    await case.gate("review")
    coordinator(house, former, "expert")
    assert nothing(await case.withdraw(former))
    assert case.row()["status"] == "open"
    assert (await case.withdraw("coord.seo")).accepted


async def test_an_ex_coordinator_does_not_answer_a_return(house: House, former: str) -> None:
    case = await house.propose(proposer=former)
    gate = await case.gate("review")
    for voter in ("expert.lim", "sec.han"):
        await case.vote(gate, voter, "return", "Name the operator.")
    revision = await case.gate("review.revision")
    coordinator(house, former)
    revised = case.proposal.model_copy(update={"summary": "Mine."})
    answer = await case.send("resubmit", Resubmission(gate=revision["id"], actor=former, proposal=revised))
    assert nothing(answer)
    assert (await case.resubmit("review")).accepted
    await case.withdraw()


async def test_an_ex_coordinator_does_not_take_up_the_money_that_came_back(house: House, former: str) -> None:
    name = f"former-{next(_numbers)}"
    fund = Fund(
        id=f"fund-{name}",
        name=name,
        currency="KRW",
        cap=1_500_000,
        sleeves=(Sleeve(id=f"sl-{name}", name="S", cap=1_500_000),),
    )
    house.programme(name, sleeve=f"sl-{name}", fund=fund)
    first = await house.propose(programme=name)
    await first.approve("review")
    await first.gate("funding")
    second = await house.propose(programme=name, proposer=former)
    await second.approve("review")
    await second.gate("funding.revision")
    await first.withdraw()
    gate = await second.gate("funding.offer")
    coordinator(house, former)
    for accept in (True, False):
        given = OfferAnswer(gate=gate["id"], actor=former, accept=accept, reason="I say so.")
        assert nothing(await second.send("answer_offer", given))
    assert (await second.answer_offer()).accepted
    await second.withdraw()


async def test_whoever_has_ended_has_no_right_no_inbox_and_no_letter(house: House, former: str) -> None:
    case = await house.propose(proposer=former)
    gate = await case.gate("review")
    expert = coordinator(house, f"expert.{former}", "expert")
    assert gate["id"] in {row["id"] for row in house.read(lambda c: inbox.waiting(c, expert))}
    for who in (expert, former):
        done = Registrar(house.database, SELF_DECLARED).end(
            Leaving(person=who, actor="reg.eom", reason="Left.")
        )
        assert done.in_force
    assert house.read(lambda c: inbox.waiting(c, expert)) == []
    vote = await case.vote(gate, expert)
    assert (vote.accepted, vote.rule) == (False, CaseRule.ROLE_NOT_HELD)
    assert nothing(await case.withdraw(former))
    for voter in ("expert.lim", "sec.han"):
        await case.vote(gate, voter, "return", "Name the operator.")
    await case.gate("review.revision")
    told = house.read(lambda c: [row for row in notice.listing(c) if row["case"] == case.id])
    asked = [row["person"] for row in told if "Revise" in row["subject"]]
    assert asked and former not in asked
    left = house.read(lambda c: [row for row in notice.listing(c) if expert in row["subject"]])
    assert "expert.lim" in {row["person"] for row in left} and gate["id"] in left[0]["body"]
    await case.withdraw()
