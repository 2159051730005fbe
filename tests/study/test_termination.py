"""The end of a contract: accepted work is paid, the rest released, a replacement reserves anew."""

import pytest

from activities.money import proof
from models.case.rule import CaseRule
from models.study.study import Termination
from tests.support.entries import transfers_in
from tests.support.house import Case, House
from tests.support.refusal import refused
from tests.support.scenarios import replaced


def of_transfers(case: Case) -> list[tuple[str, int]]:
    """What was moved, in order."""
    moves = [one for row in case.history() for one in transfers_in(row["payload"])]
    return [(move["kind"], (move.get("amount") or {}).get("minor", 0)) for move in moves]


async def test_another_contractor_goes_on_with_a_reservation_of_its_own(house: House) -> None:
    case = await replaced(house)
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": 1_000_001}
    assert of_transfers(case) == [
        *(("pending", 1_000_001), ("post", 1_000_001), ("order", 300_000), ("decommit", 0)),
        *(("pending", 700_001), ("post", 700_001), ("order", 400_000), ("order", 300_001)),
        ("decommit", 0),  # nothing is left of it
    ]
    assert house.read(lambda c: proof.check(c, "k-city")) == []
    assert case.actions().count("contract awarded") == 2


async def test_a_contract_ends_by_two_people_and_only_while_there_is_one(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    ending = Termination(gate=f"{case.id}:study.award:1", actor="sec.han", reason="It stopped working.")
    await refused(case, "terminate", ending, CaseRule.STAGE_OVER)
    await case.award()
    await case.gate("study.inception-delivery")
    await refused(
        case, "terminate", ending.model_copy(update={"actor": "consult.jang"}), CaseRule.ROLE_NOT_HELD
    )
    assert (await case.send("terminate", ending)).accepted
    again = ending.model_copy(update={"reason": "I insist."})
    await refused(case, "terminate", again, CaseRule.TWO_PEOPLE)
    assert case.money() == {"committed": 1_000_001}
    assert (await case.send("terminate", ending.model_copy(update={"actor": "coord.seo"}))).accepted
    await case.gate("funding", 2)
    assert case.money() == {"reserved": 1_000_001}
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert case.money() == {}


@pytest.mark.parametrize("reason", ["", " "])
def test_the_end_of_a_contract_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        Termination(gate="T-1:study.award:1", actor="sec.han", reason=reason)
