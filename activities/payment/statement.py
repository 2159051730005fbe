"""Statements of the bank as they were handed in: the file, its lines, and what each was matched to."""

import base64
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from activities.case import registry
from activities.case.document import store_document
from activities.case.projection import Projection, Writing
from models.money.statement import Statement, StatementFile
from models.payment.effects import Finds, Keeps, Matches
from models.payment.terms import PaymentTerms
from models.tables.payment import statement, statement_line
from models.tables.record import record


class Before(NamedTuple):
    """A statement that was handed in before."""

    sha256: str
    fund: str
    seq: int
    at: datetime


def before(connection: Connection, fund: str, given: Statement) -> Before | None:
    """The statement with the same content, or with the same number of the account; None: there is none."""
    row = connection.execute(
        _BEFORE, {"sha256": given.sha256, "fund": fund, "account": given.account, "number": given.id}
    ).first()
    return Before(*row) if row else None


_BEFORE = (
    select(statement.c.sha256, statement.c.fund, statement.c.record, record.c.at)
    .join(record, record.c.seq == statement.c.record)
    .where(
        or_(
            statement.c.sha256 == bindparam("sha256"),
            (statement.c.fund == bindparam("fund"))
            & (statement.c.account == bindparam("account"))
            & (statement.c.id == bindparam("number")),
        )
    )
    .order_by(statement.c.sha256 != bindparam("sha256"))
)


def keep_file(connection: Connection, file: StatementFile, at: datetime) -> None:
    """Keep the bytes of a file, under the digest that the entry about it has."""
    content = base64.b64encode(file.content).decode()
    store_document(connection, file.statement.sha256, file.name, content, at)


def _keep(writing: Writing, effect: Keeps, _: object) -> None:
    given, fund = effect.statement, writing.source.case
    row = {"sha256": given.sha256, "fund": fund, "account": given.account, "id": given.id}
    writing.connection.execute(insert(statement), row | {"record": writing.seq})
    if lines := _lines(given):
        writing.connection.execute(insert(statement_line), lines)


def _lines(given: Statement) -> list[dict[str, Any]]:
    of = {"statement": given.sha256, "account": given.account, "number": given.id}
    return [
        {
            **of,
            "row": number,
            "reference": line.id,
            "end_to_end_id": line.end_to_end_id,
            "amount": line.amount.minor,
            "currency": line.amount.currency,
            "back": line.back,
            "booked": line.booked,
        }
        for number, line in enumerate(given.lines, start=1)
    ]


def _find(writing: Writing, effect: Finds, _: object) -> None:
    of = {"of": effect.statement}
    found = [of | {"nth": row, "found": one} for row, one in enumerate(effect.results, start=1)]
    if found:
        writing.connection.execute(_RESULT, found)


_WHICH = (statement_line.c.statement == bindparam("of"), statement_line.c.row == bindparam("nth"))
_RESULT = update(statement_line).where(*_WHICH).values(result=bindparam("found"))


class Terms(NamedTuple):
    """What the programmes that are paid from a fund say of its statements."""

    reconcilers: frozenset[str]
    accounts: frozenset[str]
    """The accounts that it is paid from; none: no programme names one."""


def terms(connection: Connection, fund: str) -> Terms:
    """The terms of every version of every programme that pays from this fund."""
    found = [registry.content(connection, digest) for digest in registry.all_kept(connection)]
    paying = [
        PaymentTerms.model_validate(content["payment"])
        for content in found
        if content and content.get("payment") and content["fund"]["id"] == fund
    ]
    return Terms(
        frozenset(role for one in paying for role in one.reconcilers),
        frozenset(one.account for one in paying if one.account),
    )


class LineRow(NamedTuple):
    """A line of a statement, with what it was matched to."""

    statement: str
    row: int
    reference: str
    end_to_end_id: str
    amount: int
    currency: str
    back: bool
    booked: date
    result: str | None
    payment: str | None
    record: int | None


def lines_of(connection: Connection, sha256: str) -> list[LineRow]:
    """The lines of a statement that is kept, in their order."""
    columns = [statement_line.c[name] for name in LineRow._fields]
    wanted = select(*columns).where(statement_line.c.statement == sha256).order_by(statement_line.c.row)
    return [LineRow(*row) for row in connection.execute(wanted)]


def matched(connection: Connection, sha256: str, row: int) -> int | None:
    """The number of the entry by which a line was matched to a payment; None: it is not."""
    found: int | None = connection.scalar(_MATCHED_BY, {"of": sha256, "nth": row})
    return found


_MATCHED_BY = select(statement_line.c.record).where(*_WHICH)


class Became(NamedTuple):
    """What the entry about a line says that happened, and by whose word."""

    action: str
    reason: str


def became(connection: Connection, seq: int) -> Became:
    """Whether somebody asked that money came back, or it is booked, by this entry."""
    row = connection.execute(select(record.c.action, record.c.reason).where(record.c.seq == seq)).one()
    return Became(*row)


def _match(writing: Writing, effect: Matches, _: object) -> None:
    matched = {"of": effect.statement, "nth": effect.row, "to": effect.payment, "seq": writing.seq}
    writing.connection.execute(_MATCHED, matched)


_MATCHED = update(statement_line).where(*_WHICH).values(payment=bindparam("to"), record=bindparam("seq"))

PROJECTIONS = (
    Projection(Keeps, apply=_keep),
    Projection(Finds, apply=_find),
    Projection(Matches, apply=_match),
)
