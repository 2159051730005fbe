"""T9: whoever tells us to pay, and a bank that lies: neither is believed."""

import dataclasses
import gzip
import json
import shutil
import ssl
import subprocess
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update
from temporalio.testing import ActivityEnvironment

from activities.money import level
from activities.payment.sending import Payments, compared
from adapters import bank_answer
from adapters.bank_http import HttpBank, address, bank
from models.amount import Amount
from models.base import digest
from models.case.rule import CaseRule
from models.files import InvalidFile
from models.payment.bank import STATUSES, BankSays, Sent
from models.payment.rule import PaymentRule
from models.people.account import fingerprint
from models.tables.notice import notice
from models.tables.payment import payment
from models.tables.people import organisation
from models.tables.record import gate
from runtime.settings import Settings
from testing.fakebank import FakeBank, Manner, serve
from tests.support.approved import DUE, KEY, PAYEE, VOTES, approved, confirmed, instruction, reopened
from tests.support.house import House
from tests.support.lying_bank import Answers, goes_on, lying, says
from tests.support.patience import eventually
from tests.support.paying import due, paid, paid_to, posts, proved
from tests.support.paying import payment as payment_of

ACCOUNT = "KR00KENG00000001"
RIGHT: dict[str, Any] = {
    "id": "B-1",
    "end_to_end_id": f"{KEY}:1",
    "amount": "30000",
    "currency": "KRW",
    "creditor": {"name": PAYEE, "account": ACCOUNT},
    "status": "ACSC",
}


def told(**changes: Any) -> Answers:
    return says(json.dumps(RIGHT | changes).encode())


# -- whoever tells us to pay ------------------------------------------------------------------


@contextmanager
def honest(database: Engine) -> Iterator[tuple[Payments, FakeBank]]:
    """Sending to a bank that does as it is told."""
    fake = FakeBank()
    server = serve(fake)
    try:
        yield Payments(database, HttpBank(f"http://127.0.0.1:{server.server_address[1]}", "")), fake
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_approved_is_sent_as_the_tables_have_it(database: Engine, tmp_path: Path) -> None:
    approved(database, tmp_path)
    with honest(database) as (payments, fake):
        assert payments.pay(instruction(remittance="pay me instead")).says is BankSays.SETTLED
        (sent,) = fake.payments
        assert (sent.end_to_end_id, sent.amount, sent.currency) == (f"{KEY}:1", "30000", "KRW")
        assert sent.creditor == {"name": PAYEE, "account": ACCOUNT}
        assert payments.pay(instruction()).says is BankSays.DOUBT
        assert len(fake.posts) == 1


MUCH = Amount(minor=900_000_000, currency="KRW")
TYPED: dict[str, dict[str, Any]] = {
    "900 m": {"amount": MUCH},
    "another currency": {"amount": Amount(minor=30_000, currency="USD")},
    "one won less": {"amount": Amount(minor=29_999, currency="KRW")},
    "another payee": {"payee": "Illustrative Consultants"},
    "another fund": {"fund": "k-city"},
    "an order that is none": {"order": f"{KEY}:nothing"},
    "the reservation for an order": {"order": "T-1:reserve"},
    "another round": {"key": f"{KEY}:2"},
    "another payment's key": {"key": "T-2:study.inception:1"},
    "a payment that is none": {"payment": "T-2:study.inception"},
}


@pytest.mark.parametrize("name", TYPED)
def test_an_instruction_that_is_not_what_was_approved_reaches_no_bank(
    database: Engine, tmp_path: Path, name: str
) -> None:
    approved(database, tmp_path)
    with honest(database) as (payments, fake):
        said = payments.pay(instruction(**TYPED[name]))
        assert (said.says, said.rule) == (BankSays.REFUSED, PaymentRule.NOT_AS_APPROVED)
        assert said.reason.startswith(PaymentRule.NOT_AS_APPROVED.text)
        assert fake.posts == []
        assert payments.pay(instruction()).says is BankSays.SETTLED, "the right one still goes"


def test_900_m_against_an_order_of_1_won_reaches_no_bank(database: Engine, tmp_path: Path) -> None:
    """However much was approved: no more than is ordered is sent."""
    approved(database, tmp_path, amount=MUCH, ordered=Amount(minor=1, currency="KRW"))
    with honest(database) as (payments, fake):
        said = payments.pay(instruction(amount=MUCH))
        assert said.says is BankSays.REFUSED
        assert said.reason.endswith("It differs in: order.")
        assert fake.posts == []


LESS: dict[str, dict[str, Any]] = {
    "one vote": {"votes": VOTES[:1]},
    "no votes": {"votes": ()},
    "not closed": {"closed": False},
}


@pytest.mark.parametrize("name", LESS)
def test_what_no_panel_has_approved_on_record_is_not_sent(
    database: Engine, tmp_path: Path, name: str
) -> None:
    approved(database, tmp_path, **LESS[name])
    with honest(database) as (payments, fake):
        assert payments.pay(instruction()).says is BankSays.REFUSED
        assert fake.posts == []


def _set(**values: Any) -> Callable[[Connection], object]:
    return lambda c: c.execute(update(payment).where(payment.c.key == KEY).values(**values))


def _account(number: str | None) -> Callable[[Connection], object]:
    of = organisation.c.name == PAYEE
    return lambda c: c.execute(update(organisation).where(of).values(account=number))


def _namesake(connection: Connection) -> None:
    """Somebody else comes by the name of the payee."""
    of = organisation.c.id == "illustrative-consultants"
    connection.execute(update(organisation).where(of).values(name=PAYEE.upper()))


NOT_SENT, REFUSED = BankSays.NOT_SENT, BankSays.REFUSED
TAMPERED: dict[str, tuple[Callable[[Connection], object], BankSays, str]] = {
    "the amount": (_set(amount=900_000_000), REFUSED, "not-as-approved"),
    "the payee": (_set(payee="Illustrative Consultants"), REFUSED, "not-as-approved"),
    "the state": (_set(state="returned"), REFUSED, "not-as-approved"),
    "the gate": (_set(gate="T-1:review:1"), REFUSED, "not-as-approved"),
    "held": (_set(held="odd"), NOT_SENT, "held"),
    "frozen": (lambda c: level.freeze(c, "k-city", "a test"), NOT_SENT, "fund-frozen"),
    "no panel": (lambda c: c.execute(update(gate).values(outcome=None)), REFUSED, "not-as-approved"),
    "the account": (_account("KR99THIEF0000009"), REFUSED, "account-changed"),
    "no account": (_account(None), NOT_SENT, "no-account"),
    "two of the name": (_namesake, NOT_SENT, "no-account"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_since_it_was_approved_is_not_sent(
    database: Engine, tmp_path: Path, name: str
) -> None:
    approved(database, tmp_path)
    tamper, then, rule = TAMPERED[name]
    with database.begin() as connection:
        tamper(connection)
    with honest(database) as (payments, fake):
        said = payments.pay(instruction())
        assert (said.says, said.rule) == (then, rule)
        assert fake.posts == []


@pytest.mark.parametrize(
    ("days", "then"), [(1, BankSays.NOT_SENT), (6, BankSays.NOT_SENT), (7, BankSays.SETTLED)]
)
def test_nothing_is_sent_to_an_account_before_it_has_cooled(
    database: Engine, tmp_path: Path, days: int, then: BankSays
) -> None:
    """Changed, confirmed, and approved by people who saw it: still it waits, and says until when."""
    approved(database, tmp_path)
    since = datetime.now(UTC) - timedelta(days=days)
    with database.begin() as connection:
        of = organisation.c.name == PAYEE
        connection.execute(update(organisation).where(of).values(account_at=since))
    with honest(database) as (payments, fake):
        said = payments.pay(instruction())
        assert said.says is then
        if then is BankSays.NOT_SENT:
            assert (said.rule, said.not_before) == (PaymentRule.ACCOUNT_COOLING, since + timedelta(days=7))
            assert f"{said.not_before:%Y-%m-%d}" in said.reason
        assert len(fake.posts) == (then is BankSays.SETTLED)


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=400)])
def test_a_clock_that_is_ahead_cools_no_account(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    """The worker's clock is past the time of waiting; that of the engine is the one that counts."""
    approved(database, tmp_path)
    now = datetime.now(UTC)
    with database.begin() as connection:
        of = organisation.c.name == PAYEE
        connection.execute(update(organisation).where(of).values(account_at=now))

    class Ahead(datetime):
        """A clock that goes wrong."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            """So much later than it is."""
            return datetime.now(tz) + later

    monkeypatch.setattr("activities.payment.approved.datetime", Ahead)
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, started_time=now)
    with honest(database) as (payments, fake):
        said = environment.run(payments.pay, instruction())
        assert (said.says, said.rule) == (BankSays.NOT_SENT, PaymentRule.ACCOUNT_COOLING)
        assert fake.posts == []


def test_a_gate_that_no_entry_has_closed_is_not_approved(database: Engine, tmp_path: Path) -> None:
    """Two votes are on record; that the panel is through stands in the tables only."""
    approved(database, tmp_path, closed=False)
    with database.begin() as connection:
        connection.execute(update(gate).values(outcome="approved", closed_at=datetime.now(UTC)))
        _set(state="sent")(connection)
    with honest(database) as (payments, fake):
        assert payments.pay(instruction()).says is BankSays.REFUSED
        assert fake.posts == []


def test_an_approval_that_fell_pays_nothing_until_the_panel_has_decided_again(
    database: Engine, tmp_path: Path
) -> None:
    found = approved(database, tmp_path)
    reopened(found)
    with honest(database) as (payments, fake):
        assert payments.pay(instruction()).says is BankSays.REFUSED
        confirmed(found)
        assert payments.pay(instruction()).says is BankSays.SETTLED
        assert len(fake.posts) == 1


def test_what_the_approvers_saw_cannot_be_edited_afterwards(database: Engine, tmp_path: Path) -> None:
    """Gate, payment and directory agree on another account; the votes on record do not."""
    approved(database, tmp_path)
    stolen = "KR99THIEF0000009"
    with database.begin() as connection:
        _account(stolen)(connection)
        subject = json.loads(connection.scalar(gate.select().with_only_columns(gate.c.subject)) or "")
        subject["account"] = {"last": stolen[-4:], "digest": fingerprint(stolen)}
        edited = {"subject": json.dumps(subject), "content_hash": digest(subject)}
        connection.execute(update(gate).values(edited))
    with honest(database) as (payments, fake):
        assert payments.pay(instruction()).says is BankSays.REFUSED
        assert fake.posts == []


# -- a bank that lies -------------------------------------------------------------------------

DOUBT, DISAGREES = BankSays.DOUBT, BankSays.DISAGREES
BOMB = gzip.compress(b"0" * 50_000_000)
LIES: dict[str, tuple[Answers, BankSays]] = {
    "another amount": (told(amount="900000000"), DISAGREES),
    "another currency": (told(currency="USD"), DISAGREES),
    "another id": (told(end_to_end_id="T-2:study.final:1"), DISAGREES),
    "another creditor": (told(creditor={"account": "KR99THIEF0000009"}), DISAGREES),
    "no creditor": (told(creditor=None), DISAGREES),
    "a rejection of something else": (told(status="RJCT", amount="1"), DISAGREES),
    "a status that nobody knows": (told(status="OKAY"), DISAGREES),
    "a status in small letters": (told(status="acsc"), DISAGREES),
    "part of it": (told(status="PART"), DISAGREES),
    "an amount that is no number": (told(amount="NaN"), DISAGREES),
    "NaN": (says(json.dumps(RIGHT | {"amount": float("nan")}).encode()), DOUBT),
    "a list for an amount": (told(amount=["30000"]), DOUBT),
    "true for an amount": (told(amount=True), DOUBT),
    "a list for the status": (told(status=["ACSC"]), DOUBT),
    "a number for the account": (told(creditor={"account": 1}), DOUBT),
    "a status twice": (says(json.dumps(RIGHT).encode()[:-1] + b', "status": "RJCT"}'), DOUBT),
    "HTML": (says(b"<html><body>ACSC</body></html>", Content_Type="text/html"), DOUBT),
    "nothing": (says(b""), DOUBT),
    "no JSON": (says(b"{" * 60_000), DOUBT),
    "deep JSON": (says(b"[" * 60_000), DOUBT),
    "a redirect": (says(b"", 302, Location="http://127.0.0.1:1/elsewhere"), DOUBT),
    "a redirect that keeps the body": (says(b"", 307, Location="/payments/again"), DOUBT),
    "an error with a settled payment": (says(json.dumps(RIGHT).encode(), 500), DOUBT),
    "400 MB": (goes_on(b" " * 1_000_000, 400), DOUBT),
    "no end": (goes_on(b"", 1, Content_Length="1000000"), DOUBT),
    "a gzip bomb": (says(BOMB, Content_Encoding="gzip"), DOUBT),
    "gzip in gzip": (says(gzip.compress(BOMB), Content_Encoding="gzip, gzip"), DOUBT),
    "no gzip": (says(b"nothing of the kind", Content_Encoding="gzip"), DOUBT),
    "another packing": (says(json.dumps(RIGHT).encode(), Content_Encoding="br"), DOUBT),
}


SENT = Sent(f"{KEY}:1", DUE, fingerprint(ACCOUNT))


@pytest.mark.database
@pytest.mark.parametrize("name", LIES)
def test_a_lie_of_the_bank_never_counts(name: str) -> None:
    lie, then = LIES[name]
    with lying(lie) as server:
        http = HttpBank(server.url, "")
        assert compared(http.submit(instruction(), ACCOUNT), SENT).says is then
        assert compared(http.status(f"{KEY}:1"), SENT).says is then
        assert len(server.asked) == 2, "no redirect was followed, and nothing sent again"


@pytest.mark.parametrize("name", ["another amount", "HTML"])
def test_after_a_lie_nothing_is_sent_again(database: Engine, tmp_path: Path, name: str) -> None:
    approved(database, tmp_path)
    lie, then = LIES[name]
    with lying(lie) as server:
        payments = Payments(database, HttpBank(server.url, ""))
        assert payments.pay(instruction()).says is then
        assert payments.pay(instruction()).says is DOUBT, "it may have been sent before"
        assert server.asked == ["POST /payments"]


@pytest.mark.database
@pytest.mark.parametrize("name", ["400 MB", "a gzip bomb", "gzip in gzip"])
def test_no_answer_takes_more_memory_than_we_give_it(name: str) -> None:
    answers, _ = LIES[name]
    with lying(answers) as server:
        http = HttpBank(server.url, "")
        http.status("warm")
        tracemalloc.start()
        http.status("k")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 3_000_000


@pytest.mark.database
def test_an_answer_that_trickles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_answer, "LONGEST", 0.5)
    with lying(goes_on(b" ", 100, lambda: time.sleep(0.1))) as server:
        began = time.monotonic()
        assert HttpBank(server.url, "").status("k").says is DOUBT
        assert time.monotonic() - began < 5


def test_a_small_answer_may_be_packed(database: Engine, tmp_path: Path) -> None:
    approved(database, tmp_path)
    packed = gzip.compress(json.dumps(RIGHT).encode())
    with lying(says(packed, Content_Encoding="gzip")) as server:
        assert Payments(database, HttpBank(server.url, "")).pay(instruction()).says is BankSays.SETTLED


@pytest.mark.database
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_iso_20022_means_what_we_say_it_means(status: str) -> None:
    with lying(told(status=status)) as server:
        assert HttpBank(server.url, "").status("k").says is STATUSES[status]


async def test_people_hear_of_an_answer_that_differs_and_it_is_in_doubt_until_it_agrees(house: House) -> None:
    case = await due(house)
    house.bank.manners = [Manner.ELSEWHERE]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.until("payment disputed by the bank")
    assert (await case.payment("inception", "in_doubt"))["reference"] is None
    (told,) = (row for row in case.history() if row["action"] == "payment disputed by the bank")
    assert "ends in '0009'" in told["reason"]
    assert {"pay.oh", "pay.ryu", "coord.seo"} <= letters(house, f"{case.id}: the bank disagrees")
    await house.skip(payment_of(case), 0, -61)
    await eventually(lambda: case.actions().count("payment disputed by the bank") == 2, "it is told again")
    await proved(case, committed=700_001, ordered=300_000)
    for one in house.bank.payments:
        one.lies = {}
    await house.skip(payment_of(case), 0, -121)
    await case.payment("inception", "paid")
    assert (len(posts(house, case)), paid(house, case)) == (1, ["300000"])
    await proved(case, committed=700_001, disbursed=300_000)


async def test_a_payment_that_is_stopped_while_the_bank_disagrees_stays_in_doubt(house: House) -> None:
    case = await due(house)
    house.bank.manners = [Manner.ELSEWHERE]
    await case.request("inception")
    await case.approve("study.inception-payment")
    await case.until("payment disputed by the bank")
    await payment_of(case).cancel()
    assert await payment_of(case).result() == "in_doubt"
    await proved(case, committed=700_001, ordered=300_000)


ATTACKER = "KR99THIEF0000009"


async def test_an_account_that_changes_after_the_vote_is_not_paid_and_approved_anew(house: House) -> None:
    """T7: changed between two approvals, or after them. The vote is bound to the account that was seen."""
    case = await due(house)
    await case.request("inception")
    gate = await case.gate("study.inception-payment")
    account = json.loads(gate["subject"])["account"]
    assert account == {"last": "0001", "digest": fingerprint(ACCOUNT)}
    assert (await case.vote(gate, "pay.oh")).accepted
    with paid_to(house, ATTACKER):
        assert (await case.vote(gate, "pay.ryu")).accepted, "on the account that both have seen"
        await case.payment("inception", "returned", "due")
        (told,) = (row for row in case.history() if row["action"] == "payment failed")
        assert told["reason"].startswith(PaymentRule.ACCOUNT_CHANGED.text)
        assert {"pay.oh", "pay.ryu", "coord.seo"} <= letters(
            house, f"{case.id}: {case.id}:study.inception was"
        )
        await case.request("inception", 2)
        second = await case.gate("study.inception-payment", 2)
        assert json.loads(second["subject"])["account"]["last"] == "0009"
        stale = gate | {"id": second["id"]}
        assert (await case.vote(stale, "pay.oh")).rule == CaseRule.STALE_CONTENT
    assert posts(house, case) == []
    await case.approve("study.inception-payment", 2)
    await case.gate("study.inception-request", 3)
    await case.paid("inception", 3)
    (sent,) = (one for one in house.bank.payments if one.end_to_end_id.startswith(case.id))
    assert sent.creditor["account"] == ACCOUNT


def letters(house: House, subject: str) -> set[str]:
    """Who was written to under a subject that begins like this."""
    wanted = select(notice.c.person).where(notice.c.subject.startswith(subject))
    return set(house.read(lambda c: c.scalars(wanted).all()))


# -- where a bank may be ----------------------------------------------------------------------

GOOD: tuple[str, ...] = (
    "https://bank.example",
    "https://bank.example:8443/v2",
    "http://127.0.0.1:8099",
    "http://localhost:1",
)
GOOD += ("http://[::1]:8099",)
BAD = {
    "http://bank.example": "unencrypted",
    "http://10.0.0.7:8099": "unencrypted",
    "http://127.0.0.1.bank.example": "unencrypted",
    "http://localhost.example": "unencrypted",
    "bank.example": "https://",
    "bank.example:8443": "https://",
    "//bank.example": "https://",
    "ftp://bank.example": "https://",
    "https://": "https://",
    "https://user:secret@bank.example": "ACCORD_BANK_TOKEN",
    "http://127.0.0.1@bank.example": "ACCORD_BANK_TOKEN",
    "https://bank.example/#pay": "fragment",
    "https://bank.example/?a=b": "fragment",
    "https://bank.example\\@other.example": "backslash|ACCORD_BANK_TOKEN",
    "https://bank.example/a b": "blanks",
    "https://[bank": "https://",
    "https://bank.example:99999": "https://",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_bank_is_reached_encrypted_or_on_this_machine(url: str) -> None:
    assert address(url) == url


@pytest.mark.parametrize("url", BAD)
def test_any_other_address_is_refused_at_start_with_what_to_do(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=BAD[url]) as refused:
        bank(Settings(home=tmp_path, bank_url=url))
    assert str(refused.value).startswith("ACCORD_BANK_URL: ")
    assert "secret" not in str(refused.value)


@pytest.mark.database
def test_a_bank_whose_certificate_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    """Whoever sits between us and the bank makes their own certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("a certificate is made by openssl, which is not here")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with lying(told()) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        answer = HttpBank(server.url.replace("http:", "https:"), "secret").submit(instruction(), ACCOUNT)
        assert answer.says is BankSays.NOT_SENT
        assert "certificate" in answer.reason.lower()
        assert server.asked == []
