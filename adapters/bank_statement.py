"""Statements as banks send them: camt.053 (ISO 20022, any version of it) or CSV."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree
from pydantic import ValidationError

from adapters.statement_csv import balance, of_csv, sum_of
from models.amount import Amount
from models.files import InvalidFile, explain
from models.money.statement import Statement, StatementFile, StatementLine

LARGEST_FILE = 20 * 1024 * 1024


def read_statement(name: str, content: bytes) -> Statement:
    """Read and check a file. InvalidFile says what is wrong; then nothing of it counts."""
    if len(content) > LARGEST_FILE:
        raise InvalidFile(f"{name}: larger than 20 MB")
    try:
        fields = _camt(content) if _is_xml(content) else of_csv(content)
        statement = Statement(sha256=hashlib.sha256(content).hexdigest(), **fields)
    except ValidationError as error:
        raise InvalidFile(f"{name}: {explain(error)}") from error
    except (ValueError, ArithmeticError, LookupError, RecursionError, csv.Error, etree.LxmlError) as error:
        raise InvalidFile(f"{name}: {str(error)[:300] or type(error).__name__}") from error
    if problems := "; ".join(list(statement.problems())[:10]):
        raise InvalidFile(f"{name}: {problems}")
    return statement


def _is_xml(content: bytes) -> bool:
    return content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")


def read_file(name: str, content: bytes) -> StatementFile:
    """The same, with the file as it came, to be kept."""
    return StatementFile(name, content, read_statement(name, content))


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
    balances = {of_balance.maybe("Tp/CdOrPrtry/Cd"): of_balance for of_balance in of.all("Bal")}
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    if opening is None or closing is None:
        raise ValueError(f"there is no balance {'CLBD' if opening else 'OPBD or PRCD'}")
    currency = closing.attribute("Amt", "Ccy")
    return {
        "id": of.text("Id"),
        "account": of.maybe("Acct/Id/IBAN") or of.maybe("Acct/Id/Othr/Id"),
        "currency": currency,
        "opening": _signed(opening, currency),
        "closing": _signed(closing, currency),
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


def _signed(found: _Element, currency: str) -> int:
    if found.attribute("Amt", "Ccy") != currency:
        raise ValueError("the balances are in different currencies")
    return balance(found.text("Amt"), currency, _is_credit(found))


def _is_credit(of: _Element) -> bool:
    side = of.text("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise ValueError(f"{side!r} is neither CRDT nor DBIT")
    return side == "CRDT"


def _lines(entry: _Element) -> Iterator[StatementLine]:
    """The booked transactions of an entry: itself, or each of its details, and what they leave over."""
    status = entry.maybe("Sts/Cd") or entry.maybe("Sts")
    if status != "BOOK":
        return
    reference = entry.maybe("NtryRef") or entry.text("AcctSvcrRef")
    booked = date.fromisoformat((entry.maybe("BookgDt/Dt") or entry.text("BookgDt/DtTm"))[:10])
    left = _moved(entry, entry)
    details = entry.all("NtryDtls/TxDtls")
    for number, detail in enumerate(details, start=1):
        moved = left if len(details) == 1 and not _own(detail) else _moved(detail, entry)
        left -= moved
        name = f"{reference}/{number}" if len(details) > 1 else reference
        yield _line(name, detail.maybe("Refs/EndToEndId"), moved, entry, booked)
    if left and details and (left < 0) == _is_credit(entry):
        raise ValueError(f"the details of entry {reference} come to more than the entry")
    if left:
        yield _line(f"{reference}/rest" if details else reference, "", left, entry, booked)


def _line(name: str, end_to_end_id: str, moved: int, entry: _Element, booked: date) -> StatementLine:
    amount = Amount(minor=abs(moved), currency=entry.attribute("Amt", "Ccy"))
    return StatementLine(id=name, end_to_end_id=end_to_end_id, amount=amount, back=moved > 0, booked=booked)


def _own(detail: _Element) -> str:
    """Where a detail has its own amount; empty: nowhere."""
    return next((path for path in ("Amt", "AmtDtls/TxAmt/Amt") if detail.maybe(path)), "")


def _moved(of: _Element, entry: _Element) -> int:
    """What an entry or a detail of it has moved, in minor units; below zero: out."""
    path, currency = _own(of), entry.attribute("Amt", "Ccy")
    if not path:
        raise ValueError("a detail of an entry with several has no amount of its own")
    if of.attribute(path, "Ccy") != currency:
        raise ValueError("an entry and its details are in different currencies")
    minor = sum_of(of.text(path), currency).minor
    return minor if _is_credit(of if of.maybe("CdtDbtInd") else entry) else -minor
