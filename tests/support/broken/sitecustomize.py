"""A worker that breaks a promise: Python imports this where PYTHONPATH names the folder, before the program.

BROKEN says which promise. The product has no such switch, and knows nothing of this file.
"""

import os
from itertools import count
from typing import Any

from activities.case import record
from activities.money import transfer
from adapters.bank_http import HttpBank
from models.case.record import Batch, Receipt
from models.money.transfer import TransferKind


def _acknowledge_first() -> None:
    """Every second vote is answered as on record, and never written."""
    right, votes = record.write, count(1)

    def write(connection: Any, batch: Batch) -> tuple[Receipt, ...]:
        voted = any(entry.sent and entry.sent.name == "decide" for entry in batch.entries)
        if not voted or next(votes) % 2:
            return right(connection, batch)
        with connection.begin_nested() as forgotten:
            receipts = right(connection, batch)
            forgotten.rollback()
        return receipts

    record.write = write


def _pay_twice() -> None:
    """Every payment is sent, and sent once more without its idempotency key."""
    right = HttpBank.submit

    def submit(self: Any, instruction: Any, account: str) -> Any:
        answer, build = right(self, instruction, account), self._http.build_request
        self._http.build_request = lambda *words, headers, **more: build(*words, **more)
        try:
            right(self, instruction, account)
        finally:
            self._http.build_request = build
        return answer

    HttpBank.submit = submit  # type: ignore[method-assign]


def _lose_transfers() -> None:
    """Balances move when something is reserved, and the journal has no line of it."""
    right = transfer.book

    def book(connection: Any, movements: list[Any], *more: Any) -> None:
        right(connection, [one for one in movements if one.kind is not TransferKind.PENDING], *more)

    transfer.book = book  # type: ignore[assignment]


_BREAK = {"acknowledged": _acknowledge_first, "paid": _pay_twice, "books": _lose_transfers}
_BREAK[os.environ["BROKEN"]]()
