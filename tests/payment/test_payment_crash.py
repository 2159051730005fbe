"""Crash and reset between a reservation and its payment: one reservation, one payment, one instruction."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from models.base import Message
from models.case.approval import Decision
from models.case.record import Answer
from models.money.transfer import TransferKind
from models.payment.payment import PaymentRequest
from models.tables.money import transfer
from services.case.cases import Refused
from services.case.updates import NotConfirmed, Unreachable
from testing.fakebank import FakeBank, serve
from tests.support import forks
from tests.support.crashing_worker import CRASHING
from tests.support.forks import Fork
from tests.support.house import Case, House, sha
from tests.support.patience import eventually_async, patience
from tests.support.paying import due, paid, payment, posts, proved, shown
from tests.support.rewinding import first_task_after_the_opening, reset

PROVING = "ACCORD_PROVE" in os.environ
ORDER = "CRASH:study.inception:tranche"
AT = "CRASH:study.inception"
WRITTEN = [
    "CRASH:funding:1:opened",
    "CRASH:funding:1:reserve:post",
    ORDER,
    f"{AT}-request:1:opened",
    f"{AT}-request:1:requested",
    f"{AT}-payment:1:opened",
    f"{AT}-payment:1:vote:pay.oh",
    f"{AT}-payment:1:vote:pay.ryu",
    f"{AT}:1:1:sending",
    f"{AT}:1:paid",
]
"""Entries after whose commit the worker dies: whatever is written between the reservation and the payment."""
LINES = 42
"""Lines that are executed in sending, from the first to the last; the test fails when there are more."""

if not PROVING:
    WRITTEN, POINTS = WRITTEN[8:9], [40]
else:
    POINTS = list(range(1, LINES + 1))


@pytest.fixture
async def bank() -> AsyncIterator[tuple[FakeBank, str]]:
    """A bank that outlives the worker."""
    fake = FakeBank()
    counter = serve(fake)
    yield fake, f"http://127.0.0.1:{counter.server_address[1]}"
    counter.shutdown()
    counter.server_close()


def work(house: House, url: str, key: str) -> Fork:
    """A worker that dies at ``key``."""
    command = [CRASHING, str(house.settings.home), key]
    return forks.start(command, os.environ | {"ACCORD_BANK_URL": url})


async def killed(house: House, bank: tuple[FakeBank, str], key: str, life: Any) -> Fork:
    """``life`` goes on although its worker dies at ``key``; the worker that takes over."""
    mortal = work(house, bank[1], key)
    living = asyncio.create_task(life)
    assert await asyncio.wait_for(mortal.wait(), patience()) == -9
    heir = work(house, bank[1], key)
    await asyncio.wait_for(living, patience(90))
    return heir


async def asked_for(case: Case, round_: int = 1) -> None:
    """Requested and approved; what becomes of it then is another question."""
    await case.request("inception", round_)
    await case.approve("study.inception-payment", round_)


async def finished(house: House, bank: FakeBank, case: Case) -> str:
    """Wait until it is paid, by whatever way that takes; which way it was."""
    state = (await case.payment("inception", "paid", "in_doubt", "approved"))["state"]
    if state == "in_doubt":
        await eventually_async(lambda: settled_or_unknown(case), "the bank says what it knows")
        state = (await case.payment("inception", "paid", "in_doubt", "approved"))["state"]
    if state == "approved":
        await house.skip(payment(case), 1)
        await case.payment("inception", "paid")
        return "had not left the house, sent later"
    if state == "paid":
        return "was asked about"
    # written down as being sent, never sent: only people may say so, when the bank has not known it for days
    await house.skip(payment(case), 4)
    await case.approve("study.inception-doubt")
    await asked_for(case, 2)
    await case.payment("inception", "paid")
    return "given up, requested again"


async def settled_or_unknown(case: Case) -> bool:
    """Whether the bank, which is asked at once, has settled it, or was asked and does not know it."""
    described = (await payment(case).describe()).raw_description
    unknown = any(each.last_failure.message for each in described.pending_activities)
    return unknown or (await case.payment("inception", "paid", "in_doubt", "approved"))["state"] != "in_doubt"


async def once(house: House, bank: FakeBank, case: Case) -> None:
    """There is one of each: reservation, order, payment, instruction."""
    house.bank = bank
    assert paid(house, case) == ["300000"]
    assert len(posts(house, case)) == 1
    await proved(case, committed=700_001, disbursed=300_000)
    with house.database.connect() as connection:
        kinds = Counter(connection.scalars(select(transfer.c.kind).where(transfer.c.case == case.id)))
    once_each = (TransferKind.PENDING, TransferKind.POST, TransferKind.ORDER, TransferKind.PAY)
    assert kinds == dict.fromkeys(once_each, 1)


@pytest.mark.parametrize("key", WRITTEN)
async def test_a_worker_killed_after_a_commit(
    own: tuple[House, Any], bank: tuple[FakeBank, str], key: str
) -> None:
    house, _ = own
    case = await house.propose("CRASH")

    async def life() -> None:
        await case.reach("study.interim-delivery")
        await asked_for(case)

    heir = await killed(house, bank, key, life())
    try:
        await finished(house, bank[0], case)
    finally:
        heir.kill()
        await heir.wait()
    await once(house, bank[0], case)


@pytest.mark.parametrize("line", POINTS)
async def test_a_worker_killed_at_a_line_of_sending(
    own: tuple[House, Any], bank: tuple[FakeBank, str], line: int
) -> None:
    house, _ = own
    case = await due(house)
    heir = await killed(house, bank, f"pay:{line}", asked_for(case))
    try:
        way = await finished(house, bank[0], case)
    finally:
        heir.kill()
        await heir.wait()
    print(f"line {line}: {way}")
    await once(house, bank[0], case)


async def test_sending_has_as_many_lines_as_are_tried(
    own: tuple[House, Any], bank: tuple[FakeBank, str]
) -> None:
    house, _ = own
    case = await due(house)
    worker = work(house, bank[1], "pay:9999")
    try:
        await case.paid("inception")
    finally:
        worker.kill()
        await worker.wait()
    assert int((house.settings.home / "lines").read_text()) == LINES


async def test_a_payment_that_is_reset_is_not_sent_again(house: House) -> None:
    """The votes that the reset forgot are given again; what the bank decided is on record, and stands."""
    case = await due(house)
    opened = (await case.gate("study.inception-request"))["id"]
    request = PaymentRequest(gate=opened, actor="consult.jang", invoice=sha(opened), number="2026-1")
    assert (await case.send("request_payment", request)).accepted
    gate = await case.gate("study.inception-payment")
    await case.approve("study.inception-payment")
    await case.payment("inception", "paid")
    first = await first_task_after_the_opening(payment(case))
    await reset(house, case, first, "--reapply-exclude", "All", workflow_id=payment(case).id)
    await again(case, "request_payment", request)
    vote = {"gate": gate["id"], "verdict": "approve", "content_hash": gate["content_hash"]}
    for actor in ("pay.oh", "pay.ryu"):
        await again(case, "decide", Decision(**vote, actor=actor))
    await once(house, house.bank, case)
    assert (await case.send("match", shown(case))).accepted
    await case.payment("inception", "reconciled")
    assert not {"diverged", "payment in doubt"} & set(case.actions())


async def again(case: Case, name: str, message: Message) -> None:
    """Say the same as before, as soon as the engine has the gate open again."""

    async def answered() -> Answer | None:
        try:
            return await case.send(name, message)
        except (NotConfirmed, Refused, Unreachable):
            return None

    assert (await eventually_async(answered, "the gate opens again")).accepted
