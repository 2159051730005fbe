"""T8: who says what the bank did: the role is judged before the file is read; a match names a row of it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from activities.money import level
from activities.payment import statement as statements
from adapters.bank_statement import read_file
from models.amount import Amount
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule, Rule
from models.files import InvalidFile
from models.money.statement import StatementFile, StatementLine
from models.payment.matching import out_of_time, unlike
from models.payment.payment import BankLine
from models.payment.rule import PaymentRule
from models.tables.case import document
from models.tables.people import holding
from models.tables.record import record
from services.case.cases import Refused
from services.payment.comparing import LineResult
from services.payment.reconciliation import Reconciler
from services.payment.statements import Statements
from tests.support.house import Case, House, sha
from tests.support.paying import RECONCILERS, due, posts, proved, shown, statement
from tests.support.refusal import refused

TODAY = datetime.now(UTC).date()
KRW = "KRW"


def line(case: Case, minor: int = 300_000, **changes: Any) -> StatementLine:
    """A line about the payment of a case."""
    amount = Amount(minor=minor, currency=KRW)
    fields = {"id": "L-1", "end_to_end_id": f"{case.id}:study.inception:1", "amount": amount}
    return StatementLine(**{**fields, "back": False, "booked": TODAY, **changes})


async def paid(house: House) -> Case:
    case = await due(house)
    await case.paid("inception")
    return case


def keep(house: House, file: StatementFile, actor: str = RECONCILERS[0]) -> StatementFile:
    return Statements(house.database, actor, SELF_DECLARED).keep("k-city", lambda: file)


def not_kept(house: House, file: StatementFile, rule: Rule, actor: str = RECONCILERS[0]) -> str:
    """The file is refused by this rule, on record, and nothing of it is kept; what was said."""
    with pytest.raises(Refused) as error:
        keep(house, file, actor)
    assert error.value.rule == rule
    row = house.read(lambda c: c.execute(select(record).where(record.c.seq == error.value.seq)).one())
    assert (row.action, row.actor, row.rule) == ("refused", actor, rule)
    assert house.read(lambda c: statements.lines_of(c, file.statement.sha256)) == []
    assert house.read(lambda c: level.frozen(c, "k-city")) is None
    return str(error.value)


@contextmanager
def also(house: House, somebody: str, role: str) -> Iterator[None]:
    """Somebody has another role meanwhile, whatever roles exclude each other."""
    row = {"person": somebody, "number": 99, "role": role}
    with house.database.begin() as connection:
        connection.execute(insert(holding), row)
    try:
        yield
    finally:
        with house.database.begin() as connection:
            connection.execute(delete(holding).where(holding.c.number == 99))


# -- who hands a file in ----------------------------------------------------------------------


def unread() -> NoReturn:
    raise AssertionError("the file was read")


OUTSIDERS = ("expert.lim", "coord.seo", "pay.oh", "pay.ryu", "treasury.cho", "consult.jang", "nobody")


@pytest.mark.parametrize("actor", OUTSIDERS)
async def test_without_the_role_no_file_is_read_and_no_fund_frozen(house: House, actor: str) -> None:
    with pytest.raises(Refused) as error:
        await Reconciler(house.database, house.cases, actor, SELF_DECLARED).reconcile("k-city", unread)
    assert error.value.rule in (CaseRule.ROLE_NOT_HELD, CaseRule.UNKNOWN_PERSON)
    assert error.value.seq
    assert house.read(lambda c: level.frozen(c, "k-city")) is None


HAND_MADE = {
    "a return": b"line,R1,T-1:study.inception:1,300000,KRW,credit,2026-11-26",
    "somebody else's freeze": b"line,X1,,1,KRW,debit,2026-11-26",
}


@pytest.mark.parametrize("name", HAND_MADE)
@pytest.mark.parametrize("actor", ["coord.seo", "pay.ryu"])
async def test_a_file_typed_by_hand_changes_nothing(house: House, name: str, actor: str) -> None:
    case = await paid(house)
    header = b"kind,id,end_to_end_id,amount,currency,side,booked\n"
    content = header + HAND_MADE[name].replace(b"T-1", case.id.encode())
    reading = Reconciler(house.database, house.cases, actor, SELF_DECLARED)
    with pytest.raises(Refused) as error:
        await reading.reconcile("k-city", lambda: read_file("typed.csv", content))
    assert error.value.rule == CaseRule.ROLE_NOT_HELD
    assert (await case.payment("inception", "paid"))["statement"] is None
    assert house.read(lambda c: level.frozen(c, "k-city")) is None
    await proved(case, committed=700_001, disbursed=300_000)


@pytest.mark.parametrize("actor", ["coord.seo", "pay.oh", "pay.ryu", "consult.jang", "expert.lim"])
async def test_no_line_is_matched_without_the_role(house: House, actor: str) -> None:
    case = await paid(house)
    message = shown(case).model_copy(update={"actor": actor})
    await refused(case, "match", message, CaseRule.ROLE_NOT_HELD)
    assert (await case.payment("inception", "paid"))["statement"] is None


@pytest.mark.parametrize("role", ["contractor", "controller"])
async def test_who_asked_for_a_payment_or_approved_it_does_not_match_it(house: House, role: str) -> None:
    """Somebody comes to have both roles: what they did in this case counts."""
    case = await paid(house)
    somebody = {"contractor": "consult.jang", "controller": "pay.ryu"}[role]
    message = shown(case).model_copy(update={"actor": somebody})
    with also(house, somebody, "reconciler"):
        await refused(case, "match", message, CaseRule.DUTIES)
        file = statement(line(case))
        with pytest.raises(Refused) as error:
            await Reconciler(house.database, house.cases, somebody, SELF_DECLARED).reconcile(
                "k-city", lambda: file
            )
        assert error.value.rule == CaseRule.DUTIES
    assert house.read(lambda c: level.frozen(c, "k-city")) is None, "it says nothing of the bank"


# -- which file -------------------------------------------------------------------------------


async def test_a_file_is_kept_with_a_row_for_every_line(house: House) -> None:
    case = await paid(house)
    file = statement(line(case), line(case, 500, id="L-2", end_to_end_id="BANK-FEE"))
    keep(house, file)
    given = file.statement
    rows = house.read(lambda c: statements.lines_of(c, given.sha256))
    assert [(one.row, one.reference, one.amount, one.booked) for one in rows] == [
        (1, "L-1", 300_000, TODAY),
        (2, "L-2", 500, TODAY),
    ]
    kept = house.read(lambda c: c.scalar(select(document.c.content).where(document.c.sha256 == given.sha256)))
    assert base64.b64decode(str(kept)) == file.content
    keep(house, file)
    assert house.read(lambda c: statements.lines_of(c, given.sha256)) == rows, (
        "the same again changes nothing"
    )


async def test_a_second_file_under_a_number_is_refused_and_names_the_first(house: House) -> None:
    case = await paid(house)
    first = keep(house, statement(line(case)))
    other = statement(line(case, 1)).statement.model_copy(update={"id": first.statement.id})
    said = not_kept(house, StatementFile("o.xml", b"other", other), PaymentRule.STATEMENT_NUMBER)
    assert first.statement.sha256[:12] in said
    assert "record" in said


async def test_a_number_that_an_outsider_tried_to_take_is_still_the_banks(house: House) -> None:
    case = await paid(house)
    real = statement(line(case))
    squatting = statement().statement.model_copy(update={"id": real.statement.id})
    not_kept(house, StatementFile("s.csv", b"typed", squatting), CaseRule.ROLE_NOT_HELD, "coord.seo")
    done = await Reconciler(house.database, house.cases, RECONCILERS[0], SELF_DECLARED).reconcile(
        "k-city", lambda: real
    )
    assert ([one.result for one in done.lines], done.frozen) == ([LineResult.MATCHED], False)
    rows = house.read(lambda c: statements.lines_of(c, real.statement.sha256))
    assert [(one.result, one.payment) for one in rows] == [("matched", f"{case.id}:study.inception")]


@pytest.mark.parametrize("account", ["US99SOMEBODYELSE", ""])
async def test_a_statement_of_another_account_is_refused(house: House, account: str) -> None:
    case = await paid(house)
    not_kept(house, statement(line(case), account=account), PaymentRule.STATEMENT_ACCOUNT)


async def test_a_statement_of_days_to_come_is_refused(house: House) -> None:
    case = await paid(house)
    late = line(case, booked=datetime(2039, 1, 1, tzinfo=UTC).date())
    not_kept(house, statement(late), PaymentRule.STATEMENT_DAY)


async def test_a_file_of_one_fund_is_not_that_of_another(house: House) -> None:
    case = await paid(house)
    file = keep(house, statement(line(case)))
    house.programme("second-fund")
    with pytest.raises(Refused, match="It was handed in for k-city") as error:
        Statements(house.database, RECONCILERS[0], SELF_DECLARED).keep("fund-second-fund", lambda: file)
    assert error.value.rule == PaymentRule.STATEMENT_ACCOUNT


# -- which line -------------------------------------------------------------------------------

INVENTED: dict[str, tuple[dict[str, Any], Rule]] = {
    "a statement that never was": ({"statement": sha("never was")}, PaymentRule.UNKNOWN_LINE),
    "a row that is none": ({"row": 2}, PaymentRule.UNKNOWN_LINE),
    "no row": ({"row": None}, PaymentRule.UNKNOWN_LINE),
    "another day": ({"booked": TODAY - timedelta(days=1)}, PaymentRule.STATEMENT),
    "another account": ({"account": "US99SOMEBODYELSE"}, PaymentRule.STATEMENT),
    "another reference": ({"line": "L-2"}, PaymentRule.STATEMENT),
    "the other side": ({"back": True}, PaymentRule.STATEMENT),
    "another amount": ({"amount": Amount(minor=300_001, currency=KRW)}, PaymentRule.STATEMENT),
    "another currency": ({"amount": Amount(minor=300_000, currency="USD")}, PaymentRule.STATEMENT),
}


@pytest.mark.parametrize("name", INVENTED)
async def test_a_match_that_is_not_what_the_row_says_is_refused(house: House, name: str) -> None:
    case = await paid(house)
    changes, rule = INVENTED[name]
    message = shown(case)
    await refused(case, "match", message.model_copy(update=changes), rule)
    assert (await case.payment("inception", "paid"))["statement"] is None
    assert (await case.send("match", message)).accepted, "the right one is taken"


async def test_a_row_about_another_payment_is_not_that_of_this_one(house: House) -> None:
    case, other = await paid(house), await paid(house)
    stolen = shown(other).model_copy(update={"gate": f"{case.id}:study.inception-payment:1"})
    await refused(case, "match", stolen, PaymentRule.STATEMENT)
    forged = stolen.model_copy(update={"instruction": f"{case.id}:study.inception:1"})
    await refused(case, "match", forged, PaymentRule.STATEMENT)


async def test_what_was_booked_before_it_was_sent_is_not_this_payment(house: House) -> None:
    case = await paid(house)
    early = shown(case, booked=TODAY - timedelta(days=10))
    await refused(case, "match", early, PaymentRule.STATEMENT)


async def test_nothing_is_matched_before_it_is_sent(house: House) -> None:
    case = await due(house)
    await case.gate("study.inception-request")
    gate = f"{case.id}:study.inception-request:1"
    await refused(case, "match", shown(case, gate=gate), PaymentRule.STATEMENT)
    assert posts(house, case) == []


async def test_a_match_by_signal_is_judged_alike(house: House) -> None:
    """With the engine's port alone, and no service in between."""
    case = await paid(house)
    handle = house.client.get_workflow_handle(f"partnership/{case.id}/payment/inception")
    await handle.signal("match", shown(case).model_copy(update={"statement": sha("typed")}))
    await case.until("refused")
    (said,) = (row for row in case.history() if row["action"] == "refused")
    assert said["rule"] == PaymentRule.UNKNOWN_LINE
    assert (await case.payment("inception", "paid"))["statement"] is None


# -- money that comes back --------------------------------------------------------------------


async def test_a_return_takes_two_people_and_is_not_paid_twice_by_one(house: House) -> None:
    case = await paid(house)
    message = shown(case, line="L-R", back=True)
    assert (await case.send("match", message)).accepted
    await case.until("payment returned: asked for")
    assert (await case.payment("inception", "paid"))["state"] == "paid"
    await proved(case, committed=700_001, disbursed=300_000)
    again = await case.send("match", message)
    assert again.accepted, "the same words get the first answer, and nothing comes of it"
    await proved(case, committed=700_001, disbursed=300_000)
    second = message.model_copy(update={"actor": RECONCILERS[1]})
    assert (await case.send("match", second)).accepted
    await case.gate("study.inception-request", 2)
    await proved(case, committed=700_001, ordered=300_000)


async def test_two_reconcilers_hand_the_same_file_in(house: House) -> None:
    case = await paid(house)
    file = statement(line(case), line(case, id="L-R", back=True))
    results = []
    for actor in RECONCILERS:
        done = await Reconciler(house.database, house.cases, actor, SELF_DECLARED).reconcile(
            "k-city", lambda: file
        )
        results.append([one.result for one in done.lines])
        assert not done.frozen
    assert results == [
        [LineResult.MATCHED, LineResult.TAKES_ANOTHER],
        [LineResult.MATCHED, LineResult.RETURNED],
    ]
    await case.gate("study.inception-request", 2)


# -- the rules, on paper ----------------------------------------------------------------------


def a_line(**changes: Any) -> BankLine:
    fields: dict[str, Any] = {
        "gate": "T-1:study.final-payment:1",
        "actor": "books.noh",
        "statement": sha("s"),
        "row": 1,
        "account": "ACCORD",
        "line": "L-1",
        "instruction": "T-1:study.final:1",
        "amount": Amount(minor=300, currency=KRW),
        "booked": TODAY,
    }
    return BankLine(**fields | changes)


@given(st.sampled_from(sorted(a_line().figures())), st.text() | st.integers() | st.none())
def test_no_figure_of_a_row_may_differ(name: str, value: object) -> None:
    kept = a_line().figures()
    assert [*unlike(a_line(), kept)] == []
    told = [*unlike(a_line(), kept | {name: value})]
    assert len(told) == (kept[name] != value)
    assert len([*unlike(a_line(), {})]) == len(kept)


def test_what_a_message_did_not_say_before_changes_no_digest() -> None:
    before = a_line(row=None, account="")
    assert {"row", "account"} & before.content().keys() == set()


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = {"2026-11-22": False, "2026-11-23": True, "2026-11-24": True, "2026-11-27": True, "2026-11-28": False}


@pytest.mark.parametrize("day", DAYS)
def test_it_is_booked_between_the_day_it_was_sent_and_today_wherever_the_bank_is(day: str) -> None:
    now = NOON + timedelta(days=2)
    assert (out_of_time(a_line(booked=day), NOON, now) is None) is DAYS[day]


def camt(entry: int, *details: int, side: str = "DBIT") -> bytes:
    """A statement with one entry that has these details."""
    amount = "<Amt Ccy='KRW'>{}</Amt><CdtDbtInd>{}</CdtDbtInd>"
    refs = "<Refs><EndToEndId>T-{}:study.final:1</EndToEndId></Refs>"
    inside = "".join(
        f"<TxDtls>{refs.format(n)}{amount.format(one, side)}</TxDtls>"
        for n, one in enumerate(details, start=1)
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount.format(of, 'CRDT')}</Bal>"
        for code, of in (("OPBD", 1000), ("CLBD", 1000 - entry))
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S-1</Id>'
        f"<Acct><Id><IBAN>KR00ACCORD</IBAN></Id></Acct>{balances}<Ntry><NtryRef>E</NtryRef>"
        f"{amount.format(entry, side)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt>"
        f"<NtryDtls>{inside}</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    ).encode()


def test_a_detail_is_never_taken_for_its_whole_entry() -> None:
    """One detail of 90 in an entry of 180: 90 are the payment's, 90 are nobody's."""
    read = read_file("s.xml", camt(180, 90)).statement
    assert [(one.end_to_end_id, one.amount.minor) for one in read.lines] == [
        ("T-1:study.final:1", 90),
        ("", 90),
    ]
    assert read.account == "KR00ACCORD"
    both = read_file("s.xml", camt(180, 90, 90)).statement
    assert [(one.id, one.amount.minor) for one in both.lines] == [("E/1", 90), ("E/2", 90)]


def test_details_that_come_to_more_than_their_entry_are_no_statement() -> None:
    with pytest.raises(InvalidFile, match="come to more than the entry"):
        read_file("s.xml", camt(90, 90, 90))
