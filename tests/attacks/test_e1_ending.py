"""E1: cancelled while its ending is being written, on a database that is locked, a case still ends as it was
about to. All of it is on record, nothing is written after it is closed, no money is left behind.
"""

import asyncio
from collections.abc import Awaitable, Callable

from activities.case.inbox import waiting
from activities.case.record import lock
from models.agreement.agreement import Signature, SignatureVerdict
from models.base import Message
from models.case.acknowledgement import Acknowledgement
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.record import Batch
from models.partnership.partnership import Withdrawal
from models.study.study import Termination
from models.training.course import ExPost, Finding
from models.training.order import Change, CohortOrder
from tests.support import paying
from tests.support.cohort_lives import followed_up, seated
from tests.support.house import House, sha
from tests.support.kinds import Subject, started
from tests.support.patience import eventually_async, patience
from tests.support.signed import start as start_signed
from tests.support.training import OTHER, PLANNER

LOCKED = 4.5
"""Seconds; longer than an attempt waits for the database."""

Last = tuple[Subject, tuple[str, Message], str]
"""A case, the message that ends it, and how it ends then."""


async def withdrawn(house: House) -> Last:
    subject = await started(house, "partnership")
    await subject.case.approve("review")
    await subject.case.gate("funding")
    case = subject.case.id
    return subject, ("withdraw", Withdrawal(case=case, actor="coord.seo", reason="Enough.")), "withdrawn"


async def launched(house: House) -> Last:
    subject = await started(house, "partnership")
    await subject.case.reach("launch")
    return subject, await vote(subject, "launch", "director.kang", "approve"), "launched"


async def terminated(house: House) -> Last:
    subject = await started(house, "study")
    assert (await subject.case.award()).accepted
    await subject.case.gate("study.inception-delivery")
    assert (await subject.case.terminate("sec.han")).accepted
    gate = f"{subject.case.id}:study.inception-delivery:1"
    return subject, ("terminate", Termination(gate=gate, actor="coord.seo", reason="Late.")), "terminated"


async def signed(house: House) -> Last:
    subject = await started(house, "agreement")
    case = subject.case
    assert (await case.table()).accepted
    await case.approve("agreement.clearance")
    assert (await case.sign("minister.kr")).accepted
    gate = (await case.gate("agreement.signing"))["id"]
    fields = {"document": sha(f"{case.id} text 1"), "verdict": SignatureVerdict.SIGN}
    return subject, ("sign", Signature(gate=gate, actor="signatory.vn", **fields)), "concluded"


async def not_paid(house: House) -> Last:
    subject = await started(house, "payment")
    assert (await subject.case.request("inception")).accepted
    return subject, await vote(subject, "study.inception-payment", "pay.oh", "reject"), "cancelled"


async def noted(house: House) -> Last:
    subject = await started(house, "report")
    return subject, ("acknowledge", Acknowledgement(gate=subject.gate, actor="sec.bae")), "acknowledged"


async def called_off(house: House) -> Last:
    cohort, _ = await seated(house, vn=1, th=1)
    order = CohortOrder(case=cohort.id, actor=PLANNER, change=Change.CANCEL, reason="A flood.")
    assert (await cohort.send("order", order)).accepted
    subject = Subject("cohort", cohort, "training.nominations")
    return subject, ("order", order.model_copy(update={"actor": OTHER})), "cancelled"


async def checked(house: House) -> Last:
    cohort, (*others, last) = await followed_up(house)
    for nominee in others:
        assert (await cohort.check(nominee)).accepted
    gate = (await cohort.gate("training.ex-post"))["id"]
    found = ExPost(gate=gate, actor=OTHER, nominee=last, finding=Finding.DONE)
    return Subject("cohort", cohort, "training.nominations"), ("check_ex_post", found), "closed"


async def vote(subject: Subject, name: str, actor: str, verdict: str) -> tuple[str, Message]:
    gate = await subject.case.gate(name)
    said = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": "So be it."}
    return "decide", Decision(actor=actor, verdict=Choice(verdict), **said)


ENDINGS: list[Callable[[House], Awaitable[Last]]] = [
    *(withdrawn, launched, terminated, signed, not_paid, noted),
    *(called_off, checked),
]
LEFT = {"partnership": {"launched": {"ordered": 1_000_001}, "withdrawn": {}}}
LEFT["cohort"] = {"cancelled": {}, "closed": {"disbursed": 1_000_000}}
"""What a case holds afterwards. A part alone gives back nothing that is not its own: it stays committed."""


async def test_what_writes_an_ending_cannot_be_cancelled(anywhere: House) -> None:
    house = anywhere
    about_to_end = await asyncio.gather(*(ending(house) for ending in ENDINGS))
    with house.database.begin() as connection:
        lock(connection)
        answers = [asyncio.create_task(subject.send(last)) for subject, last, _ in about_to_end]
        await asyncio.gather(*(cancelled_at_its_record(subject, last) for subject, last, _ in about_to_end))
        await asyncio.sleep(LOCKED)
    for answer in await asyncio.gather(*answers):
        assert answer.accepted, answer
    for subject, _, status in about_to_end:
        await asyncio.wait_for(subject.handle.result(), patience())
        check(house, subject, status)


async def cancelled_at_its_record(subject: Subject, last: tuple[str, Message]) -> None:
    """Have an operator stop it twice while the message that ends it is being written."""
    name, message = last

    async def writing() -> bool:
        events = (await subject.handle.fetch_history()).events
        attributes = [event.activity_task_scheduled_event_attributes for event in events]
        record = [one.input.payloads for one in attributes if one.activity_type.name == "record"][-1]
        (batch,) = await subject.case.house.client.data_converter.decode(record, [Batch])
        return message.content() in [entry.sent.message for entry in batch.entries if entry.sent]

    await eventually_async(writing, f"{name} is being written")
    for _ in range(2):
        await subject.handle.cancel()


def check(house: House, subject: Subject, status: str) -> None:
    """It ended as it should, everything before its end is on record, and nothing after it."""
    rows = subject.history()
    assert [row["action"] for row in rows if row["action"].startswith("closed")] == [f"closed: {status}"]
    assert rows[-1]["action"] == f"closed: {status}", "nothing is written afterwards"
    assert not [gate for gate in house.read(waiting) if gate["workflow_id"] == subject.handle.id]
    assert subject.case.money() == LEFT.get(subject.kind, {}).get(status, {"committed": 1_000_001})


async def test_cancelled_before_it_has_begun_it_ends_all_the_same(house: House) -> None:
    """A payment that is stopped in its very first task gives back what was ordered for it."""
    case, start = paying.booked(house)
    handle = paying.payment(case)
    with house.database.begin() as connection:
        lock(connection)
        await start_signed(house.client, house.settings, "payment", start, handle.id)
        await handle.cancel()
    assert await asyncio.wait_for(handle.result(), patience()) == "cancelled"
    assert case.money() == {"committed": 1_000_001}
