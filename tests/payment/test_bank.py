"""The bank's port: what each way of answering means, against a bank server one can talk to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.bank_http import HttpBank, NoBank
from models.amount import Amount
from models.payment.bank import BankSays, Instruction, decimal
from testing.fakebank import FakeBank, Manner, serve

_TAKEN_BUT_NOT_SAID = (Manner.HANG_UP, Manner.ERROR, Manner.GARBAGE)


@pytest.fixture
def fake() -> Iterator[tuple[FakeBank, str]]:
    """A bank, and where it is."""
    bank = FakeBank()
    server = serve(bank)
    yield bank, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def order(key: str = "T-1:study.inception:1", minor: int = 30_000) -> Instruction:
    return Instruction(
        key=key,
        attempt=1,
        payment="T-1:study.inception",
        order="T-1:study.inception:tranche",
        fund="studies",
        payee="K Engineering",
        amount=Amount(minor=minor, currency="KRW"),
        remittance="T-1 inception",
        doubt_hours=1,
    )


def test_a_payment_is_settled_and_known_by_its_key(fake: tuple[FakeBank, str]) -> None:
    bank, url = fake
    said = HttpBank(url, "secret").submit(order(), "KR001")
    assert (said.says, said.reference) == (BankSays.SETTLED, "B-000001")
    assert HttpBank(url, "").status(order().key).says is BankSays.SETTLED
    assert [(p.amount, p.currency, p.creditor["account"]) for p in bank.payments] == [
        ("30000", "KRW", "KR001")
    ]


def test_the_same_key_is_paid_once_and_no_key_twice(fake: tuple[FakeBank, str]) -> None:
    bank, url = fake
    assert {HttpBank(url, "").submit(order(), "KR001").reference for _ in range(3)} == {"B-000001"}
    content = {"end_to_end_id": "x", "amount": "1", "currency": "KRW", "creditor": {}}
    for _ in range(2):
        httpx2.post(f"{url}/payments", json=content)
    assert len(bank.payments) == 3


@pytest.mark.parametrize("manner", _TAKEN_BUT_NOT_SAID)
def test_what_may_have_been_taken_is_in_doubt_and_can_be_asked_about(
    fake: tuple[FakeBank, str], manner: Manner
) -> None:
    bank, url = fake
    bank.manners = [manner]
    assert HttpBank(url, "").submit(order(), "KR001").says is BankSays.DOUBT
    assert HttpBank(url, "").status(order().key).says is BankSays.SETTLED


def test_what_was_dropped_is_in_doubt_and_the_bank_does_not_know_it(fake: tuple[FakeBank, str]) -> None:
    bank, url = fake
    bank.manners = [Manner.DROP]
    assert HttpBank(url, "").submit(order(), "KR001").says is BankSays.DOUBT
    assert HttpBank(url, "").status(order().key).says is BankSays.UNKNOWN


def test_rejected_and_busy_and_slow_are_told_apart(fake: tuple[FakeBank, str]) -> None:
    bank, url = fake
    bank.manners = [Manner.REJECT, Manner.BUSY, Manner.SLOWLY]
    http = HttpBank(url, "")
    assert http.submit(order("a"), "KR001").says is BankSays.REJECTED
    assert http.submit(order("b"), "KR001").says is BankSays.NOT_SENT
    assert http.submit(order("c"), "KR001").says is BankSays.ACCEPTED
    assert [http.status("c").says for _ in range(2)] == [BankSays.ACCEPTED, BankSays.SETTLED]


def test_nothing_listens_means_nothing_was_sent(fake: tuple[FakeBank, str]) -> None:
    http = HttpBank("http://127.0.0.1:1", "")
    assert http.submit(order(), "KR001").says is BankSays.NOT_SENT
    assert http.status("x").says is BankSays.DOUBT
    assert NoBank().submit(order(), "KR001").says is BankSays.NOT_SENT


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(150_050, "USD", "1500.50"), (300, "KRW", "300"), (7, "BHD", "0.007")]
)
def test_amounts_are_written_as_banks_write_them(minor: int, currency: str, text: str) -> None:
    assert str(decimal(Amount(minor=minor, currency=currency))) == text


class Told(HTTPServer):
    """A bank that answers everything with what it was told to."""

    status, body = 200, b""

    @contextmanager
    def open(self) -> Iterator[HttpBank]:
        """Its port, while it is open."""
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield HttpBank(f"http://127.0.0.1:{self.server_port}", "")
        finally:
            self.shutdown()
            self.server_close()


class _Telling(BaseHTTPRequestHandler):
    server: Told

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.mark.database
def test_the_words_of_a_bank_are_cleaned_and_bounded() -> None:
    words = {"id": "B-1\0\u202e" + "x" * 500, "reason": "no\x1b[2J\ud800" + "é" * 5_000}
    told = Told(("127.0.0.1", 0), _Telling)
    told.body = json.dumps({"end_to_end_id": "k", "status": "RJCT", **words}).encode()
    with told.open() as bank:
        said = bank.status("k")
    assert said.says is BankSays.REJECTED
    assert said.reference.startswith("B-1\ufffd\ufffdxxx")
    assert said.reason.startswith("no\ufffd[2J\ufffdééé")
    assert (len(said.reference.encode()), len(said.reason.encode())) == (100, 300)


_FIELDS = st.sampled_from(["end_to_end_id", "status", "id", "reason"])
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)
_KNOWN = b'{"end_to_end_id": "k", "status": "RJCT", "id": '


@pytest.mark.database
def test_whatever_a_bank_answers_is_an_answer() -> None:
    told = Told(("127.0.0.1", 0), _Telling)
    with told.open() as bank:

        @settings(deadline=None, max_examples=60)
        @given(
            st.sampled_from([200, 201, 204, 400, 404, 500]),
            st.binary() | st.dictionaries(_FIELDS, _JSON).map(lambda body: json.dumps(body).encode()),
        )
        @example(200, b"[" * 100_000)
        @example(200, _KNOWN + b"[" * 100_000)
        @example(200, _KNOWN + b"9" * 5000 + b"}")
        def answers(status: int, body: bytes) -> None:
            told.status, told.body = status, body
            assert bank.status("k").says in BankSays
            assert bank.submit(order(), "KR001").says in BankSays

        answers()
