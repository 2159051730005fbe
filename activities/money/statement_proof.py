"""The proof of what the bank's statements say: their files, and the entries that matches are held against."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, String, cast, select

from activities.case.finding import SIZE, Finding
from models.payment.action import LINE
from models.tables.case import document
from models.tables.payment import statement, statement_line
from models.tables.record import record


def statements_kept(connection: Connection) -> Iterator[Finding]:
    """Statements whose file is gone; lines that name a payment and their entries, where they differ.

    That the bytes of a file are those of its digest is found with every document.
    """
    gone: Iterable[Row[Any]] = connection.execute(_WITHOUT_FILE)
    for row in gone:
        known = row._asdict()
        yield Finding("document", row.sha256[:12], "the file of a statement is gone", row.record, known)
    lines: Iterable[Row[Any]] = connection.execute(_LINES, execution_options={"yield_per": SIZE})
    for row in lines:
        if why := _differs(row):
            yield Finding("statement_line", f"{row.statement} {row.row}", why, row.seq, {"fund": row.fund})
    entries: Iterable[Row[Any]] = connection.execute(_NO_LINE)
    for row in entries:
        why = "it is of a line that no statement has"
        yield Finding("record", str(row.seq), why, row.seq, {"fund": row.case})


def _differs(row: Row[Any]) -> str | None:
    """Why a line is not what its entry says."""
    if row.payload is None:
        return "no entry on record is of this line"
    facts = json.loads(row.payload)["facts"]
    wrong = [name for name, value in _figures(row).items() if facts.get(name) != value]
    return f"record {row.seq} says otherwise: {', '.join(wrong)}" if wrong else None


def _figures(row: Row[Any]) -> dict[str, Any]:
    """What an entry says of a line, as the row has it."""
    of = {"statement": row.statement, "account": row.account, "row": row.row, "line": row.reference}
    amount = {"minor": row.amount, "currency": row.currency}
    said = {"end_to_end_id": row.end_to_end_id, "amount": amount, "back": row.back}
    return of | said | {"booked": row.booked.isoformat()}


_WITHOUT_FILE = (
    select(statement.c.sha256, statement.c.fund, statement.c.record)
    .outerjoin(document, document.c.sha256 == statement.c.sha256)
    .where(document.c.sha256.is_(None))
)
_KEY = "statement:" + statement_line.c.statement + ":" + cast(statement_line.c.row, String)
_LINES = (
    select(statement_line, statement.c.fund, record.c.seq, record.c.payload)
    .join(statement, statement.c.sha256 == statement_line.c.statement)
    .outerjoin(record, record.c.key == _KEY)
    .where(statement_line.c.end_to_end_id.contains(":"))
)
_NO_LINE = (
    select(record.c.seq, record.c.case)
    .outerjoin(statement_line, record.c.key == _KEY)
    .where(record.c.action == LINE, record.c.rule.is_(None), statement_line.c.row.is_(None))
)
