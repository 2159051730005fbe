"""A payment under test, without the life of the case that it comes from; and the ways it can go."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from temporalio.client import WorkflowHandle

from activities.money import proof
from models.amount import Amount
from models.case.case import Case as Pinned
from models.case.envelope import SELF_DECLARED
from models.money.statement import Statement, StatementFile, StatementLine
from models.money.transfer import Transfer, TransferKind
from models.payment.payment import BankLine, Hold, PaymentStart, Release
from models.study.study import Deliverable
from models.tables.people import organisation
from services.payment.statements import Statements
from testing.fakebank import Manner
from tests.support import signed
from tests.support.entries import entry, proposes, write
from tests.support.house import Case, House, proposal, sha
from tests.support.patience import eventually_async


async def due(house: House, **changes: Any) -> Case:
    """A case with a commitment of 1,000,001, of which 300,000 are due for its inception report."""
    case, start = booked(house, **changes)
    await signed.start(house.client, house.settings, "payment", start, payment(case).id)
    return case


def booked(house: House, **changes: Any) -> tuple[Case, PaymentStart]:
    """The same, before its payment is started."""
    case = committed(house, **changes)
    order = f"{case.id}:study.inception:tranche"
    share = Amount(minor=300_000, currency="KRW")
    due = transfer(case, order, TransferKind.ORDER, amount=share)
    tranche = entry(f"{order}!", transfer=due, facts={"payee": "K Engineering"})
    write(house.database, tranche, case=case.id)
    start = PaymentStart(
        case=pinned(case).part("payment", "payment/inception"),
        part=Deliverable.INCEPTION,
        payee="K Engineering",
        amount=share,
        reservation=due.reservation,
        order=order,
        document=sha(case.id),
    )
    return case, start


def committed(house: House, **changes: Any) -> Case:
    """A case on the list with a commitment of 1,000,001, and no workflow."""
    proposed = proposal(**changes)
    case = Case(house, proposed)
    reserved = transfer(case, f"{case.id}:reserve", TransferKind.PENDING, amount=proposed.requested)
    posted = transfer(case, f"{case.id}:reserve:post", TransferKind.POST)
    begun = entry(f"{case.id}:proposed").with_effects(*proposes(proposed, pinned(case).rules))
    moves = (entry(f"{one.key}!", transfer=one) for one in (reserved, posted))
    write(house.database, begun, *moves, case=case.id)
    return case


def pinned(case: Case) -> Pinned:
    """What the workflows of a case know of it."""
    terms = case.house.partnerships.programme(case.proposal.programme)
    return case.proposal.case_under(terms.id, terms.version, terms.digest(), terms.founder)


def transfer(case: Case, key: str, kind: TransferKind, **more: Any) -> Transfer:
    """A movement of the money of such a case."""
    fund = case.house.partnerships.programme(case.proposal.programme).sleeve
    return Transfer(key=key, kind=kind, fund=fund, reservation=f"{case.id}:reserve", **more)


async def stopped_at_its_record(handle: WorkflowHandle[Any, Any]) -> None:
    """Have an operator stop a workflow while something of it is being written; who calls holds the record."""

    async def writing() -> bool:
        return bool((await handle.describe()).raw_description.pending_activities)

    async def stopped() -> bool:
        events = (await handle.fetch_history()).events
        return any(event.HasField("workflow_execution_cancel_requested_event_attributes") for event in events)

    await eventually_async(writing, "something is being written")
    await handle.cancel()
    await eventually_async(stopped, "it is stopped while something is being written")


RECONCILERS = ("books.noh", "books.gil")
_statements = itertools.count(1)


def statement(*lines: StatementLine, account: str = "ACCORD") -> StatementFile:
    """A statement with these lines, as one that was read from a file of its own."""
    number = f"S-{next(_statements)}"
    moved = sum(line.amount.minor if line.back else -line.amount.minor for line in lines)
    read = Statement(
        sha256=sha(number),
        id=number,
        account=account,
        currency="KRW",
        opening=10**9,
        closing=10**9 + moved,
        lines=lines,
    )
    return StatementFile(f"{number}.xml", number.encode(), read)


def shown(case: Case, **changes: Any) -> BankLine:
    """A reconciler's message about a line that shows the payment of a case, in a statement that is kept."""
    fields: dict[str, Any] = {
        "line": "B-1",
        "instruction": f"{case.id}:study.inception:1",
        "amount": Amount(minor=300_000, currency="KRW"),
        "booked": datetime.now(UTC).date(),
        "back": False,
        "gate": f"{case.id}:study.inception-payment:1",
        "actor": RECONCILERS[0],
        **changes,
    }
    figures = {name: fields[name] for name in ("amount", "booked", "back")}
    line = StatementLine(id=fields["line"], end_to_end_id=fields["instruction"], **figures)
    file = statement(line)
    root = case.house.partnerships.programme(case.proposal.programme).fund.id
    Statements(case.house.database, RECONCILERS[0], SELF_DECLARED).keep(root, lambda: file)
    return BankLine(statement=file.statement.sha256, row=1, account="ACCORD", **fields)


async def came_back(case: Case, **changes: Any) -> None:
    """Two reconcilers say that the money was sent back."""
    line = shown(case, line="B-1-R", back=True, **changes)
    for actor in RECONCILERS:
        answer = await case.send("match", line.model_copy(update={"actor": actor}))
        assert answer.accepted, answer


async def reconciled(house: House) -> Case:
    """Requested, approved, paid, shown by a statement; and not sent back in the time there is for it."""
    case = await due(house)
    await case.paid("inception")
    await case.send("match", shown(case))
    await house.skip(payment(case), 70)
    return case


async def in_doubt(house: House) -> Case:
    """The bank takes it and hangs up; asked, it says that it has it."""
    case = await due(house)
    house.bank.manners = [Manner.HANG_UP]
    await case.paid("inception")
    return case


async def rejected(house: House) -> Case:
    """The bank rejects it; asked for again, it pays."""
    case = await due(house)
    house.bank.manners = [Manner.REJECT]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.paid("inception", 2)
    return case


async def sent_back(house: House) -> Case:
    """Paid, and sent back by the bank of the payee: it is due again."""
    case = await due(house)
    await case.paid("inception")
    await came_back(case)
    await case.gate("study.inception-request", 2)
    return case


async def returned_by_the_bank(house: House) -> Case:
    """Paid, and sent back: the bank says so itself, and one reconciler is enough."""
    case = await due(house)
    await case.paid("inception")
    sent = house.bank.by_key(f"{case.id}:study.inception:1")
    assert sent
    sent.returned = True
    answer = await case.send("match", shown(case, line="B-1-R", back=True))
    assert answer.accepted, answer
    await case.gate("study.inception-request", 2)
    return case


async def disputed(house: House) -> Case:
    """The bank says that it has paid somebody else; asked again, that it was a mistake."""
    case = await due(house)
    house.bank.manners = [Manner.ELSEWHERE]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.until("payment disputed by the bank")
    for one in house.bank.payments:
        one.lies = {}
    await house.skip(payment(case), 0, -61)
    await case.payment("inception", "paid")
    return case


@contextmanager
def paid_to(house: House, number: str) -> Iterator[None]:
    """The payee has another account meanwhile."""
    of = organisation.c.name == "K Engineering"
    change = update(organisation).where(of)
    with house.database.begin() as connection:
        before = connection.scalar(select(organisation.c.account).where(of))
        connection.execute(change.values(account=number))
    try:
        yield
    finally:
        with house.database.begin() as connection:
            connection.execute(change.values(account=before))


async def account_changed(house: House) -> Case:
    """The payee's account is another one when it is sent: it is asked for and approved again."""
    case = await due(house)
    await case.request("inception")
    await case.gate("study.inception-payment")
    with paid_to(house, "KR99THIEF0000009"):
        await case.approve("study.inception-payment")
        await case.payment("inception", "returned", "due")
    await case.paid("inception", 2)
    return case


async def held(house: House) -> Case:
    """Held by one, released by another, then paid."""
    case = await due(house)
    await case.request("inception")
    gate = (await case.gate("study.inception-payment"))["id"]
    await case.send("hold", Hold(gate=gate, actor="pay.oh", reason="The invoice looks odd."))
    await case.approve("study.inception-payment")
    await case.send("release", Release(gate=gate, actor="pay.ryu", reason="It is fine."))
    await case.payment("inception", "paid")
    return case


async def never_requested(house: House) -> Case:
    """Nobody asks for it in time."""
    case = await due(house)
    await house.skip(payment(case), 200)
    await case.payment("inception", "cancelled")
    return case


async def given_up(house: House) -> Case:
    """Stopped by an operator when its case is over: its money goes back to the fund."""
    case = await house.propose()
    await case.reach("launched")
    await case.ended()
    await payment(case).cancel()
    await payment(case).result()
    return case


def payment(case: Case) -> Any:
    """The workflow of the payment."""
    return case.house.client.get_workflow_handle(f"partnership/{case.id}/payment/inception")


SCENARIOS = {
    "reconciled": reconciled,
    "in-doubt": in_doubt,
    "rejected": rejected,
    "sent-back": sent_back,
    "held": held,
    "never-requested": never_requested,
    "given-up": given_up,
    "reconciled-by-row": reconciled,
    "returned-by-two": sent_back,
    "returned-by-the-bank": returned_by_the_bank,
    "returned-by-two-after-asking": sent_back,
    "disputed": disputed,
    "account-changed": account_changed,
}
"""Ways a payment can go, each stored as a history."""


async def proved(case: Case, **held: int) -> None:
    """The case holds exactly this, and the books are right."""
    assert case.money() == held
    root = case.house.partnerships.programme(case.proposal.programme).fund.id
    assert case.house.read(lambda c: proof.check(c, root)) == []


def posts(house: House, case: Case) -> list[str]:
    """The keys under which the bank was asked to pay for a case."""
    return [key for key in house.bank.posts if key.startswith(f"{case.id}:")]


def paid(house: House, case: Case) -> list[str]:
    """What the bank has paid for a case."""
    return [
        p.amount
        for p in house.bank.payments
        if p.end_to_end_id.startswith(f"{case.id}:") and p.status == "ACSC"
    ]
