"""T8: money came back: by the bank's own word, or by two people; whatever the bank says that is not so."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from activities.payment.sending import Payments
from adapters.bank_http import HttpBank
from models.amount import Amount
from models.case.envelope import SELF_DECLARED
from models.money.statement import StatementFile, StatementLine
from models.payment.bank import BankSays, ReturnInquiry
from models.tables.record import record
from services.payment.comparing import LineResult
from services.payment.reconciliation import Reconciler
from testing.fakebank import Payment
from tests.support.approved import KEY, PAYEE, approved, instruction
from tests.support.house import Case, House
from tests.support.lying_bank import Answers, lying, says
from tests.support.paying import RECONCILERS, due, proved, shown, statement

RIGHT: dict[str, Any] = {
    "id": "B-1",
    "end_to_end_id": f"{KEY}:1",
    "amount": "30000",
    "currency": "KRW",
    "creditor": {"name": PAYEE, "account": "KR00KENG00000001"},
    "status": "ACSC",
    "returned": True,
}


def told(**changes: Any) -> Answers:
    return says(json.dumps(RIGHT | changes).encode())


# -- what is believed of the bank -------------------------------------------------------------

WORDS: dict[str, tuple[Answers, BankSays]] = {
    "that it came back": (told(), BankSays.RETURNED),
    "that it reached the payee's account, and came back": (told(status="ACCC"), BankSays.RETURNED),
    "that it is settled": (told(returned=False), BankSays.SETTLED),
    "nothing of it": (says(json.dumps(RIGHT | {"returned": None}).encode()), BankSays.SETTLED),
    "that another amount came back": (told(amount="29999"), BankSays.DISAGREES),
    "that another currency came back": (told(currency="USD"), BankSays.DISAGREES),
    "that another payment came back": (told(end_to_end_id="T-2:study.final:1"), BankSays.DISAGREES),
    "that it came back from another account": (told(creditor={"account": "KR99"}), BankSays.DISAGREES),
    "that it came back from nowhere": (told(creditor=None), BankSays.DISAGREES),
    "that what it rejected came back": (told(status="RJCT"), BankSays.REJECTED),
    "that what is on its way came back": (told(status="ACSP"), BankSays.ACCEPTED),
    "that part of it came back": (told(status="PART"), BankSays.DISAGREES),
    "it as a text": (told(returned="true"), BankSays.DOUBT),
    "it as a number": (told(returned=1), BankSays.DOUBT),
    "it as HTML": (says(b"<html>returned</html>"), BankSays.DOUBT),
    "it with an error": (says(json.dumps(RIGHT).encode(), 500), BankSays.DOUBT),
    "that there is no such payment": (says(b"", 404), BankSays.UNKNOWN),
}


@pytest.mark.parametrize("word", WORDS)
def test_only_a_plain_word_about_exactly_what_was_sent_counts(
    database: Engine, tmp_path: Path, word: str
) -> None:
    answers, then = WORDS[word]
    approved(database, tmp_path)
    with lying(told(returned=None)) as server:
        payments = Payments(database, HttpBank(server.url, ""))
        assert payments.pay(instruction()).says is BankSays.SETTLED
        server.answers = answers
        assert payments.ask_returned(ReturnInquiry(key=f"{KEY}:1")).says is then


def test_a_bank_that_is_away_or_was_handed_nothing_says_nothing(database: Engine, tmp_path: Path) -> None:
    approved(database, tmp_path)
    with lying(told()) as server:
        payments = Payments(database, HttpBank(server.url, ""))
        assert payments.ask_returned(ReturnInquiry(key=f"{KEY}:1")).says is BankSays.DOUBT
        assert server.asked == [], "it was never sent: there is nothing to compare with"
        payments.pay(instruction())
    assert payments.ask_returned(ReturnInquiry(key=f"{KEY}:1")).says is BankSays.DOUBT


# -- what comes of it -------------------------------------------------------------------------


async def came_back(house: House) -> tuple[Case, StatementFile]:
    """A payment that was made, and a statement that shows it going out and coming back."""
    case = await due(house)
    await case.paid("inception")
    amount = Amount(minor=300_000, currency="KRW")
    known: dict[str, Any] = {"end_to_end_id": f"{case.id}:study.inception:1", "amount": amount}
    known["booked"] = datetime.now(UTC).date()
    out = StatementLine(id="L-1", back=False, **known)
    return case, statement(out, StatementLine(id="L-1-R", back=True, **known))


def at_the_bank(house: House, case: Case) -> Payment:
    """The payment of a case, as the bank has it."""
    found = house.bank.by_key(f"{case.id}:study.inception:1")
    assert found
    return found


async def reconcile(house: House, file: StatementFile, who: str) -> tuple[LineResult, str]:
    """Hand the file in; what became of its second line, and why."""
    done = await Reconciler(house.database, house.cases, who, SELF_DECLARED).reconcile("k-city", lambda: file)
    assert not done.frozen, done
    return done.lines[1].result, done.lines[1].why


def returns(house: House, case: Case) -> list[tuple[str, str, str | None]]:
    """The entries about money that came back: what happened, by whom, and what the bank itself says."""
    wanted = select(record.c.action, record.c.actor, record.c.payload).order_by(record.c.seq)
    of = wanted.where(record.c.case == case.id, record.c.action.like("payment returned%"))
    rows = house.read(lambda c: c.execute(of).all())
    return [(row.action, row.actor, json.loads(row.payload)["facts"].get("bank")) for row in rows]


ASKED, BOOKED = "payment returned: asked for", "payment returned"


async def test_by_the_banks_own_word_it_takes_one_and_is_booked_at_once(house: House) -> None:
    case, file = await came_back(house)
    at_the_bank(house, case).returned = True
    first, second = RECONCILERS
    assert await reconcile(house, file, first) == (LineResult.RETURNED, "By the bank's own word.")
    await case.gate("study.inception-request", 2)
    assert returns(house, case) == [(BOOKED, first, "returned")]
    assert (await reconcile(house, file, second))[0] is LineResult.RETURNED, "it is matched already"
    assert returns(house, case) == [(BOOKED, first, "returned")]
    await proved(case, committed=700_001, ordered=300_000)


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another amount": ({"amount": "299999", "returned": True}, "disagrees"),
    "another id": ({"end_to_end_id": "T-9:study.final:1", "returned": True}, "disagrees"),
    "another account": ({"creditor": {"account": "KR99THIEF0000009"}, "returned": True}, "disagrees"),
    "it is away": ({"status": None}, "doubt"),
    "it has kept it": ({"returned": False}, "ACSC"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_else_it_takes_two_people_and_says_why(house: House, lie: str) -> None:
    case, file = await came_back(house)
    at_the_bank(house, case).lies, bank = LIES[lie]
    first, second = RECONCILERS
    result, why = await reconcile(house, file, first)
    assert result is LineResult.TAKES_ANOTHER
    assert why.startswith(f"The bank does not say that it came back ({bank}).")
    assert (await reconcile(house, file, first))[0] is LineResult.TAKES_ANOTHER, "one is not two"
    assert (await reconcile(house, file, second))[0] is LineResult.RETURNED
    assert returns(house, case) == [(ASKED, first, bank), (BOOKED, second, bank)]


async def test_what_one_asked_for_is_booked_once_the_bank_says_so(house: House) -> None:
    case, file = await came_back(house)
    first, second = RECONCILERS
    assert (await reconcile(house, file, first))[0] is LineResult.TAKES_ANOTHER
    at_the_bank(house, case).returned = True
    assert await reconcile(house, file, second) == (LineResult.RETURNED, "By the bank's own word.")
    assert returns(house, case) == [(ASKED, first, "ACSC"), (BOOKED, second, "returned")]


@pytest.mark.parametrize("who", ["coord.seo", "pay.oh", "expert.lim"])
async def test_whoever_may_not_reconcile_books_nothing_by_the_banks_word(house: House, who: str) -> None:
    case, _ = await came_back(house)
    at_the_bank(house, case).returned = True
    answer = await case.send("match", shown(case, line="L-R", back=True).model_copy(update={"actor": who}))
    assert not answer.accepted
    assert returns(house, case) == []


async def test_a_line_that_shows_the_payment_forgets_no_return_that_was_asked_for(house: House) -> None:
    case, _ = await came_back(house)
    first, second = RECONCILERS
    back = shown(case, line="L-R", back=True)
    assert (await case.send("match", back)).accepted
    assert (await case.send("match", shown(case))).accepted
    assert (await case.send("match", back.model_copy(update={"actor": second}))).accepted
    assert returns(house, case) == [(ASKED, first, "ACSC"), (BOOKED, second, "ACSC")]
