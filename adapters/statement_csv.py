"""A statement in CSV, with the columns that docs/bank.md names; and sums as banks write them."""

import csv
import io
import re
from datetime import date
from typing import Any

from models.amount import Amount, minor_units
from models.money.statement import StatementLine

CSV_COLUMNS = ("kind", "id", "end_to_end_id", "amount", "currency", "side", "booked")
ACCOUNT = "account"
"""A column more, where the file says which account it is of."""


def sum_of(text: str, currency: str) -> Amount:
    """A sum as banks write it: zeros behind the smallest unit, as in ``90000000.00`` won, say nothing."""
    digits = minor_units(currency)
    return Amount.parse(re.sub(rf"(?<=[.][0-9]{{{digits}}})0+$", "", text.strip()).rstrip("."), currency)


def balance(text: str, currency: str, is_credit: bool) -> int:
    """A balance in minor units, below zero where the account is overdrawn."""
    minor = sum_of(text, currency).minor if text.strip().strip("0.") else 0
    return minor if is_credit else -minor


def of_csv(content: bytes) -> dict[str, Any]:
    """Rows of kind ``opening``, ``closing`` (id: the number of the statement) and ``line``."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    if tuple(rows.fieldnames or ()) not in (CSV_COLUMNS, (*CSV_COLUMNS, ACCOUNT)):
        raise ValueError(f"the columns of a statement are: {','.join(CSV_COLUMNS)}")
    kinds: dict[str, list[dict[str, str]]] = {"opening": [], "closing": [], "line": []}
    for number, row in enumerate(rows, start=2):
        if row["kind"] not in kinds or None in row or None in row.values():
            raise ValueError(f"line {number}: a row is of kind opening, closing or line, and complete")
        kinds[row["kind"]].append(row)
    if (len(kinds["opening"]), len(kinds["closing"])) != (1, 1):
        raise ValueError("a statement has one row of kind opening, and one of kind closing")
    (opening,), (closing,) = kinds["opening"], kinds["closing"]
    return {
        "id": closing["id"],
        "account": closing.get(ACCOUNT, ""),
        "currency": closing["currency"],
        "opening": _signed_row(opening, closing["currency"]),
        "closing": _signed_row(closing, closing["currency"]),
        "lines": tuple(_row(row) for row in kinds["line"]),
    }


def _signed_row(row: dict[str, str], currency: str) -> int:
    if row["currency"] != currency:
        raise ValueError("the balances are in different currencies")
    return balance(row["amount"], currency, _credit_row(row))


def _credit_row(row: dict[str, str]) -> bool:
    if row["side"] not in ("credit", "debit"):
        raise ValueError(f"{row['side']!r} is neither credit nor debit")
    return row["side"] == "credit"


def _row(row: dict[str, str]) -> StatementLine:
    return StatementLine(
        id=row["id"],
        end_to_end_id=row["end_to_end_id"],
        amount=sum_of(row["amount"], row["currency"]),
        back=_credit_row(row),
        booked=date.fromisoformat(row["booked"]),
    )
