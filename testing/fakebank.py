"""A bank to try things with: it moves no money, but behaves as badly as banks and networks do.

``python -m runtime.fakebank --port 8099 --state bank.json`` starts it. It honours idempotency keys, and pays
twice if asked twice without one. ``POST /behave`` says how it treats the next payments: see Manner.
"""

import argparse
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from runtime.settings import Settings
from testing.camt import Line, camt


class Manner(StrEnum):
    """How the bank treats a payment."""

    SETTLE = "settle"
    SLOWLY = "slowly"
    """Accepts it; it is settled once it was asked about twice."""
    REJECT = "reject"
    HANG_UP = "hang up"
    """Accepts it, and closes the line before it says so."""
    SILENT = "silent"
    """Accepts it, and answers too late."""
    ERROR = "error"
    """Accepts it, and answers 500."""
    DROP = "drop"
    """Forgets it, and closes the line."""
    BUSY = "busy"
    """Answers 429, and takes nothing."""
    GARBAGE = "garbage"
    """Accepts it, and answers nonsense."""
    ANOTHER = "another"
    """Accepts it, and answers about another payment."""
    ELSEWHERE = "elsewhere"
    """Pays it to somebody else, and says so."""


@dataclass
class Payment:
    """A payment that the bank has."""

    id: str
    end_to_end_id: str
    amount: str
    currency: str
    creditor: dict[str, str]
    status: str
    reason: str = ""
    asked: int = 0
    returned: bool = False
    lies: dict[str, Any] = field(default_factory=dict)
    """What it says of the payment that is not so."""


@dataclass
class FakeBank:
    """What the bank knows. Thread-safe; kept in ``state`` where that is given."""

    state: Path | None = None
    opening: str = "100000000000"
    payments: list[Payment] = field(default_factory=list)
    manners: list[Manner] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    """The idempotency key of every payment it was asked for, empty where there was none."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.state and self.state.exists():
            self.payments = [Payment(**one) for one in json.loads(self.state.read_text())]

    def save(self) -> None:
        """Keep what happened."""
        if self.state:
            self.state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.state.write_text(json.dumps([asdict(payment) for payment in self.payments]))

    def by_key(self, key: str) -> Payment | None:
        """The payment with this end-to-end id; the first, should there be several."""
        return next((payment for payment in self.payments if payment.end_to_end_id == key), None)

    def take(self, key: str, wish: dict[str, Any], manner: Manner) -> Payment:
        """Take a payment; under a key it has, it is the same one."""
        known = self.by_key(key) if key else None
        if known:
            return known
        status = {Manner.REJECT: "RJCT", Manner.SLOWLY: "ACSP"}.get(manner, "ACSC")
        payment = Payment(
            id=f"B-{len(self.payments) + 1:06}",
            end_to_end_id=str(wish["end_to_end_id"]),
            amount=str(wish["amount"]),
            currency=str(wish["currency"]),
            creditor={name: str(value) for name, value in wish["creditor"].items()},
            status=status,
            reason="AC04 closed account" if status == "RJCT" else "",
        )
        if manner is Manner.ELSEWHERE:
            payment.lies = {"creditor": {"name": "Somebody", "account": "KR99THIEF0000009"}}
        self.payments.append(payment)
        self.save()
        return payment

    def statement(self, day: date) -> str:
        """A camt.053 of everything that was settled, and of what came back, as booked on ``day``."""
        lines: list[Line] = []
        for one in (payment for payment in self.payments if payment.status == "ACSC"):
            out = Line(one.id, one.end_to_end_id, Decimal(one.amount), "DBIT")
            lines += [out, out._replace(reference=f"{one.id}-R", side="CRDT")] if one.returned else [out]
        currency = next((payment.currency for payment in self.payments), "KRW")
        return camt(lines, Decimal(self.opening), currency, day)


class Handler(BaseHTTPRequestHandler):
    """The bank's counter."""

    bank: FakeBank

    def do_POST(self) -> None:
        """A payment, or how to treat the next ones."""
        try:
            wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            if urlsplit(self.path).path == "/behave":
                with self.bank.lock:
                    self.bank.manners = [Manner(one) for one in wish]
                self._answer(200, {})
                return
            if urlsplit(self.path).path == "/return":
                with self.bank.lock:
                    payment = self.bank.by_key(str(wish))
                    if payment:
                        payment.returned = True
                    self.bank.save()
                self._answer(200 if payment else 404, {})
                return
            Decimal(wish["amount"])
            self._pay(wish)
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            self._answer(400, {"reason": f"FF01 {type(error).__name__}"})

    def _pay(self, wish: dict[str, Any]) -> None:
        key = self.headers.get("Idempotency-Key", "")
        with self.bank.lock:
            self.bank.posts.append(key)
            manner = self.bank.manners.pop(0) if self.bank.manners else Manner.SETTLE
            if manner is Manner.BUSY:
                self._answer(429, {})
                return
            if manner is Manner.DROP:
                self.close_connection = True
                return
            payment = self.bank.take(key, wish, manner)
        match manner:
            case Manner.HANG_UP:
                self.close_connection = True
            case Manner.SILENT:
                time.sleep(10)
            case Manner.ERROR:
                self._answer(500, {})
            case Manner.ANOTHER:
                self._answer(201, _shown(payment) | {"end_to_end_id": "another"})
            case Manner.GARBAGE:
                self._answer(200, ["what?"])
            case _:
                self._answer(201, _shown(payment))

    def do_GET(self) -> None:
        """What became of a payment; all of them; a statement."""
        where = urlsplit(self.path)
        asked = parse_qs(where.query)
        with self.bank.lock:
            if where.path == "/statement":
                text = self.bank.statement(datetime.now(UTC).date())
                self._send(200, text.encode(), "application/xml")
                return
            if "end_to_end_id" not in asked:
                self._answer(200, [_shown(payment) for payment in self.bank.payments])
                return
            payment = self.bank.by_key(asked["end_to_end_id"][0])
            if payment is None:
                self._answer(404, {})
                return
            payment.asked += 1
            if payment.status == "ACSP" and payment.asked > 1:
                payment.status = "ACSC"
                self.bank.save()
            self._answer(200, _shown(payment))

    def _answer(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        with contextlib.suppress(OSError):  # whoever asked has hung up
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """It keeps quiet."""


def _shown(payment: Payment) -> dict[str, Any]:
    return asdict(payment) | payment.lies


def serve(bank: FakeBank, port: int = 0) -> ThreadingHTTPServer:
    """A bank that listens on this machine only, in a thread of its own; ``shutdown`` ends it."""
    handler = type("Counter", (Handler,), {"bank": bank})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), name="bank", daemon=True).start()
    return server


@contextlib.contextmanager
def open_for(settings: Settings) -> Iterator[Settings]:
    """The settings of an installation that pays through this bank, unless it has one of its own."""
    if settings.bank_url:
        yield settings
        return
    server = serve(FakeBank(state=settings.home / "bank.json"))
    try:
        yield settings.model_copy(update={"bank_url": f"http://127.0.0.1:{server.server_address[1]}"})
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--state", type=Path)
    wish = parser.parse_args()
    server = serve(FakeBank(state=wish.state), wish.port)
    print(f"a bank that moves no money: http://127.0.0.1:{server.server_address[1]}")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
