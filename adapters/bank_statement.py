"""Statements as banks send them: camt.053 (ISO 20022, any version of it) or CSV."""

import csv
import hashlib
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree
from pydantic import ValidationError

from models.amount import Amount
from models.files import InvalidFile, explain
from models.money.statement import Statement, StatementLine

LARGEST_FILE = 20 * 1024 * 1024
CSV_COLUMNS = ("kind", "id", "end_to_end_id", "amount", "currency", "side", "booked")


def read_statement(name: str, content: bytes) -> Statement:
    """Read and check a file. InvalidFile says what is wrong; then nothing of it counts."""
    if len(content) > LARGEST_FILE:
        raise InvalidFile(f"{name}: larger than 20 MB")
    try:
        fields = _camt(content) if content.lstrip().startswith(b"<") else _csv(content)
        statement = Statement(sha256=hashlib.sha256(content).hexdigest(), **fields)
    except ValidationError as error:
        raise InvalidFile(f"{name}: {explain(error)}") from error
    except (ValueError, ArithmeticError, LookupError, RecursionError, csv.Error, etree.LxmlError) as error:
        raise InvalidFile(f"{name}: {str(error)[:300] or type(error).__name__}") from error
    if problems := "; ".join(list(statement.problems())[:10]):
        raise InvalidFile(f"{name}: {problems}")
    return statement


def _camt(content: bytes) -> dict[str, Any]:
    """One Stmt of a camt.053. Entities, DTDs and the network are off: a bomb is a syntax error."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise ValueError("a statement has no DOCTYPE")
    space = etree.QName(root).namespace or ""
    if ":camt.053." not in space:
        raise ValueError(f"not a camt.053 statement, but {space[:80]!r}")
    found = root.findall(f".//{{{space}}}Stmt")
    if len(found) != 1:
        raise ValueError(f"a file has one statement (Stmt), this one {len(found)}")
    of = _Element(found[0], space)
    balances = {of_balance.text("Tp/CdOrPrtry/Cd"): of_balance for of_balance in of.all("Bal")}
    for code in ("OPBD", "CLBD"):
        if code not in balances:
            raise ValueError(f"there is no balance {code}")
    currency = balances["CLBD"].attribute("Amt", "Ccy")
    return {
        "id": of.text("Id"),
        "currency": currency,
        "opening": _signed(balances["OPBD"], currency),
        "closing": _signed(balances["CLBD"], currency),
        "lines": tuple(line for entry in of.all("Ntry") for line in _lines(entry)),
    }


class _Element:
    """An element, with paths in its own namespace."""

    def __init__(self, element: Any, space: str) -> None:
        self._element, self._space = element, space

    def _path(self, path: str) -> str:
        return "/".join(f"{{{self._space}}}{part}" for part in path.split("/"))

    def all(self, path: str) -> list["_Element"]:
        """Every element there."""
        return [_Element(one, self._space) for one in self._element.findall(self._path(path))]

    def text(self, path: str) -> str:
        """The text there; ValueError where there is none."""
        found = self._element.findtext(self._path(path))
        if not found:
            raise ValueError(f"there is no {path}")
        return str(found).strip()

    def maybe(self, path: str) -> str:
        """The text there, or nothing."""
        return str(self._element.findtext(self._path(path)) or "").strip()

    def attribute(self, path: str, name: str) -> str:
        """An attribute of the element there; ValueError where there is none."""
        found = self._element.find(self._path(path))
        if found is None or not found.get(name):
            raise ValueError(f"there is no {name} at {path}")
        return str(found.get(name))


def _signed(balance: _Element, currency: str) -> int:
    if balance.attribute("Amt", "Ccy") != currency:
        raise ValueError("the balances are in different currencies")
    text = balance.text("Amt")
    minor = 0 if not text.strip("0.") else Amount.parse(text, currency).minor
    return minor if _is_credit(balance) else -minor


def _is_credit(of: _Element) -> bool:
    side = of.text("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise ValueError(f"{side!r} is neither CRDT nor DBIT")
    return side == "CRDT"


def _lines(entry: _Element) -> Iterator[StatementLine]:
    """The booked transactions of an entry: one, or each of a batch."""
    status = entry.maybe("Sts/Cd") or entry.maybe("Sts")
    if status != "BOOK":
        return
    reference = entry.maybe("NtryRef") or entry.text("AcctSvcrRef")
    booked = date.fromisoformat((entry.maybe("BookgDt/Dt") or entry.text("BookgDt/DtTm"))[:10])
    details = entry.all("NtryDtls/TxDtls")
    for number, detail in enumerate(details or [entry], start=1):
        part = detail if len(details) > 1 else entry
        currency = part.attribute("Amt", "Ccy")
        yield StatementLine(
            id=f"{reference}/{number}" if len(details) > 1 else reference,
            end_to_end_id=detail.maybe("Refs/EndToEndId"),
            amount=Amount.parse(part.text("Amt"), currency),
            back=_is_credit(entry),
            booked=booked,
        )


def _csv(content: bytes) -> dict[str, Any]:
    """Rows of kind ``opening``, ``closing`` (id: the number of the statement) and ``line``."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    if tuple(rows.fieldnames or ()) != CSV_COLUMNS:
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
        "currency": closing["currency"],
        "opening": _signed_row(opening, closing["currency"]),
        "closing": _signed_row(closing, closing["currency"]),
        "lines": tuple(_row(row) for row in kinds["line"]),
    }


def _signed_row(row: dict[str, str], currency: str) -> int:
    if row["currency"] != currency:
        raise ValueError("the balances are in different currencies")
    text = row["amount"].strip()
    minor = 0 if not text.strip("0.") else Amount.parse(text, currency).minor
    return minor if _credit_row(row) else -minor


def _credit_row(row: dict[str, str]) -> bool:
    if row["side"] not in ("credit", "debit"):
        raise ValueError(f"{row['side']!r} is neither credit nor debit")
    return row["side"] == "credit"


def _row(row: dict[str, str]) -> StatementLine:
    return StatementLine(
        id=row["id"],
        end_to_end_id=row["end_to_end_id"],
        amount=Amount.parse(row["amount"], row["currency"]),
        back=_credit_row(row),
        booked=date.fromisoformat(row["booked"]),
    )
