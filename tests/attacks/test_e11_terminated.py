"""E11: terminated at the port, past the services, on either kind of database; two operators repair it."""

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.case import cases
from activities.case.inbox import waiting
from models.case.rule import CaseRule
from services.case.cases import Refused
from services.case.updates import NotConfirmed
from tests.support.house import House
from tests.support.operating import TERMINATE, operated
from tests.support.patience import eventually_async
from tests.support.paying import payment, proved


async def test_money_gates_and_letters_of_a_case_that_was_terminated(anywhere: House) -> None:
    case = await anywhere.propose()
    await case.reach("study.interim-delivery")
    await case.gate("study.inception-request")
    held = case.money()
    for handle in (case.handle, case.study):
        await handle.terminate("by somebody at the port")
    assert case.money() == held, "so far, everything stays"
    await operated(anywhere, TERMINATE, case.id)
    await proved(case, ordered=held["ordered"])
    await case.paid("inception")
    await proved(case, disbursed=held["ordered"])
    (open_,) = [row for row in anywhere.read(lambda c: cases.parts(c, case.id)) if not row["closed_at"]]
    assert open_["kind"] == "payment", "accepted work is paid"
    assert not [gate for gate in anywhere.read(waiting) if gate["case"] == case.id]


async def test_nobody_is_told_that_a_case_is_closed_which_is_open_on_record(anywhere: House) -> None:
    """Ended at the port, or about to be reset: what was refused so, on record, might count after all."""
    case = await anywhere.propose()
    gate = await case.gate("review")
    await case.handle.terminate("by somebody at the port")
    before = len(case.history())
    with pytest.raises(NotConfirmed):
        await case.vote(gate, "expert.lim")
    assert len(case.history()) == before
    await operated(anywhere, TERMINATE, case.id)
    with pytest.raises(Refused) as refused:
        await case.vote(gate, "expert.lim")
    assert refused.value.rule == CaseRule.CASE_CLOSED


async def test_a_payment_that_was_terminated_is_given_back(anywhere: House) -> None:
    case = await anywhere.propose()
    await case.reach("study.interim-delivery")
    await case.gate("study.inception-request")
    await payment(case).terminate("by somebody at the port")
    await operated(anywhere, TERMINATE, f"{case.id}/payment/inception")
    await proved(case, committed=1_000_001)
    await operated(anywhere, TERMINATE, case.id)
    await proved(case)

    async def gone() -> bool:
        return (await case.study.describe()).status is WorkflowExecutionStatus.TERMINATED

    await eventually_async(gone, "the study ends with its case")
