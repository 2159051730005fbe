"""A bank that takes its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from testing.fakebank import FakeBank, Manner, Payment, serve


class Leisurely(FakeBank):
    """A bank that accepts a payment, and settles nothing until it is told to."""

    def take(self, key: str, wish: dict[str, Any], manner: Manner) -> Payment:
        """Take a payment; by its status it is pending."""
        payment = super().take(key, wish, manner)
        payment.status = "PDNG"
        return payment

    def settle(self) -> None:
        """All that it has is settled."""
        for payment in self.payments:
            payment.status = "ACSC"


@contextmanager
def banking() -> Iterator[tuple[Leisurely, str]]:
    """A bank that takes its time, and where it is."""
    bank = Leisurely()
    counter = serve(bank)
    try:
        yield bank, f"http://127.0.0.1:{counter.server_address[1]}"
    finally:
        counter.shutdown()
        counter.server_close()
