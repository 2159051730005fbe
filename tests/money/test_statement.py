"""Statements of banks: read, refused when they are wrong in themselves, and held against the payments."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.money import level
from adapters.bank_statement import read_file, read_statement
from adapters.statement_csv import CSV_COLUMNS
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule
from models.files import InvalidFile
from models.money.rule import MoneyRule
from models.money.statement import Statement
from models.money.treasury import FundAct, FundOrder
from services.case.cases import Refused
from services.money.treasury import Treasury
from services.payment.comparing import LineResult
from services.payment.reconciliation import Reconciler, Reconciliation
from testing.fakebank import FakeBank, Manner, Payment
from tests.support.house import MANAGERS, Case, House
from tests.support.paying import due

DAY = datetime.now(UTC).date()


def paid(name: str, amount: str = "300000", **changes: Any) -> Payment:
    fields = {"id": f"B-{name}", "end_to_end_id": name, "amount": amount, "currency": "KRW"}
    return Payment(creditor={}, status="ACSC", **(fields | changes))


def camt(*payments: Payment) -> bytes:
    """A statement as the bank writes it; the same at any time of the day."""
    written = FakeBank(payments=list(payments)).statement(DAY)
    return re.sub("<CreDtTm>[^<]*", "<CreDtTm>2026-11-24T09:00:00+00:00", written).encode()


def as_csv(*rows: tuple[str, ...], header: tuple[str, ...] = CSV_COLUMNS) -> bytes:
    return "\n".join(",".join(row) for row in (header, *rows)).encode()


OPENING = ("opening", "S-1", "", "1000", "KRW", "credit", "2026-11-24")
CLOSING = ("closing", "S-1", "", "700", "KRW", "credit", "2026-11-24")
LINE = ("line", "L-1", "T-1:study.final:1", "300", "KRW", "debit", "2026-11-24")


def test_both_forms_say_the_same() -> None:
    by_csv = read_statement("s.csv", as_csv(OPENING, LINE, CLOSING))
    assert (by_csv.opening, by_csv.closing, by_csv.currency, by_csv.id) == (1000, 700, "KRW", "S-1")
    by_camt = read_statement("s.xml", camt(paid("T-1:study.final:1", "300")))
    (mine,), (theirs,) = by_camt.lines, by_csv.lines
    assert (mine.amount, mine.back, mine.end_to_end_id) == (theirs.amount, theirs.back, theirs.end_to_end_id)


def test_money_that_came_back_is_a_line_of_its_own() -> None:
    statement = read_statement("s.xml", camt(paid("T-1:study.final:1", returned=True)))
    assert [line.back for line in statement.lines] == [False, True]
    assert statement.opening == statement.closing


@pytest.mark.parametrize("times", [0, 3])
def test_a_statement_of_any_version_and_length_is_read(times: int) -> None:
    content = camt(*(paid(f"T-{n}:study.final:1") for n in range(times)))
    if not times:
        content = content.replace(b"053.001.08", b"053.001.02")
    assert len(read_statement("s.xml", content).lines) == times


_GOOD = camt(paid("T-1:study.final:1"), paid("T-2:study.final:1"))
_BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>"""
_FILE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>"""
WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "columns of a statement"),
    "no xml": (b"<Document", "xml|Start tag|Couldn't find end|Premature|Specification|required"),
    "another kind": (_GOOD.replace(b"camt.053", b"pain.001"), "not a camt.053"),
    "an entity bomb": (_BOMB + _GOOD.split(b"?>", 1)[1].replace(b"STMT", b"&b;", 1), "DOCTYPE"),
    "an external entity": (_FILE + _GOOD.split(b"?>", 1)[1].replace(b"B-T-1", b"&f;", 1), "DOCTYPE"),
    "no balance": (_GOOD.replace(b"OPBD", b"XXXX"), "no balance OPBD"),
    "a wrong total": (_GOOD.replace(b"99999400000", b"99999400001"), "do not lead"),
    "the same line twice": (_GOOD.replace(b"B-T-2", b"B-T-1"), "is there twice"),
    "another currency": (
        _GOOD.replace(
            b"<NtryRef>B-T-1:study.final:1</NtryRef><Amt Ccy='KRW'>",
            b"<NtryRef>B-T-1:study.final:1</NtryRef><Amt Ccy='USD'>",
        ),
        "is in USD",
    ),
    "a fraction of a won": (_GOOD.replace(b">300000<", b">300000.5<", 1), "finer than the minor unit"),
    "a negative amount": (_GOOD.replace(b">300000<", b">-300000<", 1), "not a positive amount"),
    "an overflow": (_GOOD.replace(b">300000<", b">" + b"9" * 18 + b"<", 1), "less than"),
    "an unknown side": (_GOOD.replace(b"DBIT", b"LEFT", 1), "neither CRDT nor DBIT"),
    "two statements": (_GOOD.replace(b"</BkToCstmrStmt>", b"<Stmt></Stmt></BkToCstmrStmt>"), "one statement"),
    "a day that is none": (
        _GOOD.replace(f"<BookgDt><Dt>{DAY}".encode(), b"<BookgDt><Dt>2026-13-24", 1),
        "month|Invalid",
    ),
    "other columns": (as_csv(OPENING, header=("a", "b")), "columns of a statement"),
    "no closing": (as_csv(OPENING, LINE), "one of kind closing"),
    "a row too short": (as_csv(OPENING, LINE[:3], CLOSING), "complete"),
    "a row of another kind": (as_csv(OPENING, ("fee", *LINE[1:]), CLOSING), "complete"),
    "csv total": (as_csv(OPENING, LINE, LINE, CLOSING), "is there twice"),
    "csv side": (as_csv(OPENING, (*LINE[:5], "left", LINE[6]), CLOSING), "neither credit nor debit"),
    "not utf-8": (b"\xff\xfekind", "codec|columns"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_statement_that_is_wrong_is_refused_and_says_why(name: str) -> None:
    content, why = WRONG[name]
    with pytest.raises(InvalidFile, match=why) as refused:
        read_statement("bank.xml", content)
    assert str(refused.value).startswith("bank.xml: ")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_statement_or_refused(content: bytes) -> None:
    for given_ in (content, b"<" + content, ",".join(CSV_COLUMNS).encode() + b"\n" + content):
        with contextlib.suppress(InvalidFile):
            assert isinstance(read_statement("x", given_), Statement)


async def reconciled(
    house: House, *payments: Payment, actor: str = "books.noh", fund: str = "k-city"
) -> Reconciliation:
    """A statement with these payments, held against what we know."""
    content = camt(*payments).replace(f"STMT-{DAY:%Y%m%d}".encode(), f"S-{payments[0].id}".encode())
    return await Reconciler(house.database, house.cases, actor, SELF_DECLARED).reconcile(
        fund, lambda: read_file("s", content)
    )


def thaw(house: House) -> None:
    with house.database.begin() as connection:
        level.freeze(connection, "k-city", None)


async def made(house: House) -> Case:
    case = await due(house)
    await case.paid("inception")
    return case


async def test_a_statement_that_shows_our_payments_reconciles_them_once(house: House) -> None:
    case = await made(house)
    mine = paid(f"{case.id}:study.inception:1")
    for _ in range(2):
        done = await reconciled(house, mine)
        assert [one.result for one in done.lines] == [LineResult.MATCHED]
        assert not done.frozen
    assert str((await case.payment("inception", "reconciled"))["statement"]).endswith(mine.id)
    assert [row["action"] for row in case.history()].count("payment reconciled") == 1


Wrong = Callable[[Case], Payment]
DISAGREE: dict[str, tuple[Wrong, str]] = {
    "another amount": (
        lambda case: paid(f"{case.id}:study.inception:1", "300001"),
        "the line of KRW 300,001",
    ),
    "an unknown payment": (lambda case: paid("T-0:study.final:1"), "no payment of this fund"),
    "no reference": (lambda case: paid("NOTPROVIDED"), "no payment of this fund"),
}


@pytest.mark.parametrize("name", DISAGREE)
async def test_what_does_not_agree_stops_the_fund_and_is_named(house: House, name: str) -> None:
    make, why = DISAGREE[name]
    case = await made(house)
    try:
        done = await reconciled(house, make(case))
        assert (done.frozen, [one.result for one in done.lines]) == (True, [LineResult.DISCREPANCY])
        assert why in done.lines[0].why
        frozen = house.read(lambda c: level.frozen(c, "asean-studies"))
        assert frozen and f"record {done.seq}" in frozen
    finally:
        thaw(house)
    await case.payment("inception", "paid")


async def test_a_payment_made_twice_is_found(house: House) -> None:
    case = await made(house)
    name = f"{case.id}:study.inception:1"
    try:
        done = await reconciled(house, paid(name), paid(name, id="B-again"))
        assert [one.result for one in done.lines] == [LineResult.MATCHED, LineResult.DISCREPANCY]
        assert "paid twice" in done.lines[1].why
    finally:
        thaw(house)


async def test_an_instruction_that_was_rejected_and_paid_all_the_same_is_found_at_once(house: House) -> None:
    case = await due(house)
    house.bank.manners = [Manner.REJECT]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.paid("inception", 2)
    name = f"{case.id}:study.inception"
    done = await reconciled(house, paid(f"{name}:1"))
    assert [one.result for one in done.lines] == [LineResult.DISCREPANCY]
    assert f"{name}:1 was given up" in done.lines[0].why
    assert done.frozen
    thaw(house)
    done = await reconciled(house, paid(f"{name}:2"))
    assert ([one.result for one in done.lines], done.frozen) == ([LineResult.MATCHED], False)


async def test_money_comes_back_from_the_payee_or_from_the_bank_and_not_from_both(house: House) -> None:
    """The payee gave 1 won back; then no bank can have sent all of it back."""
    case = await made(house)
    name = f"{case.id}:study.inception"
    for act in (FundAct.CLAIM, FundAct.REPAY):
        for actor in MANAGERS:
            fields = {"level": "asean-studies", "of": name, "amount": 1, "reason": "Not eligible."}
            Treasury(house.database, SELF_DECLARED).order(FundOrder(act=act, actor=actor, **fields))
    (payment,) = [one for one in house.bank.payments if one.end_to_end_id == f"{name}:1"]
    done = await reconciled(house, replace(payment, returned=True))
    assert [one.result for one in done.lines] == [LineResult.MATCHED, LineResult.DISCREPANCY]
    assert "given it back already" in done.lines[1].why
    assert done.frozen
    thaw(house)
    assert case.money() == {"committed": 700_001, "disbursed": 300_000}


async def test_money_that_came_back_for_a_payment_of_another_fund_is_not_passed_over(house: House) -> None:
    case = await made(house)
    house.programme("elsewhere")
    returned = paid(f"{case.id}:study.inception:1", returned=True)
    done = await reconciled(house, returned, fund="fund-elsewhere")
    assert [one.why for one in done.lines] == [
        "Money went out for no payment of this fund.",
        "Money came back for a payment of another fund.",
    ]
    assert done.frozen
    assert (await case.payment("inception", "paid"))["statement"] is None


async def test_a_payment_in_doubt_that_a_statement_shows_was_made(house: House) -> None:
    """The bank does not know it when asked, and books it all the same."""

    case = await due(house)
    house.bank.manners = [Manner.DROP]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.payment("inception", "in_doubt")
    await reconciled(house, paid(f"{case.id}:study.inception:1"))
    await case.until("payment made")
    assert case.money() == {"committed": 700_001, "disbursed": 300_000}


async def test_who_may_not_and_what_is_of_another_fund_changes_nothing(house: House) -> None:
    case = await made(house)
    mine = paid(f"{case.id}:study.inception:1")
    with pytest.raises(Refused) as error:
        await reconciled(house, mine, actor="expert.lim")
    assert error.value.rule == CaseRule.ROLE_NOT_HELD
    for fund in ("nowhere", "asean-studies"):
        with pytest.raises(Refused) as error:
            await reconciled(house, mine, fund=fund)
        assert error.value.rule == MoneyRule.UNKNOWN_FUND
    assert (await case.payment("inception", "paid"))["statement"] is None
    await reconciled(house, mine)
    other = camt(paid(f"{case.id}:study.inception:1", "1")).replace(
        f"STMT-{DAY:%Y%m%d}".encode(), f"S-{mine.id}".encode()
    )
    with pytest.raises(Refused, match="Another file was handed in"):
        await Reconciler(house.database, house.cases, "books.noh", SELF_DECLARED).reconcile(
            "k-city", lambda: read_file("s", other)
        )
