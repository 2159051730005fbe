"""Statements of the bank, handed in: by whom it may be, then read, then kept with each of their lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from activities.case import record
from activities.money import level
from activities.money.fund import source
from activities.payment import statement
from activities.people import person
from models.case.record import Batch, Entry
from models.case.rule import Broken, CaseRule
from models.money.effects import BOOKS
from models.money.rule import MoneyRule
from models.money.statement import Statement, StatementFile
from models.payment.payment import statement_line
from models.payment.rule import PaymentRule
from services.case.cases import Refused

Read = Callable[[], StatementFile]
"""Reads the file; called once it is clear that its sender may hand one in."""


class Statements:
    """Takes statements for a fund, on behalf of ``actor``; ``attested``: they have proved who they are."""

    def __init__(self, database: Engine, actor: str, attested: bool = False) -> None:
        self._database = database
        self._actor = actor
        self._attested = attested

    def keep(self, fund: str, read: Read) -> StatementFile:
        """Keep a file, as rows; the same file again changes nothing. Refused: why not, on record."""
        with self._database.connect().execution_options(readonly=True) as connection:
            broken = self._forbidden(connection, fund)
        if broken:
            self._refuse(fund, broken)
        file = read()
        with self._database.begin() as connection:
            record.lock(connection)
            known = statement.before(connection, fund, file.statement)
            broken = _unfit(connection, fund, file.statement, known)
            if broken is None and known is None:
                self._put_down(connection, fund, file)
        if broken:
            self._refuse(fund, broken, sha256=file.statement.sha256, statement=file.statement.id)
        return file

    def _forbidden(self, connection: Connection, fund: str) -> Broken | None:
        """The rule that keeps the actor from handing anything in for this fund."""
        levels = level.tree(connection, fund).levels
        if fund not in levels or levels[fund].parent:
            return Broken(MoneyRule.UNKNOWN_FUND, f"({fund}) A statement is that of a whole fund.")
        actor = person.find(connection, self._actor)
        if actor is None:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({self._actor})")
        roles = statement.terms(connection, fund).reconcilers
        if not roles & set(actor.roles_on(datetime.now(UTC).date())):
            who = ", ".join(sorted(roles)) or "nobody: no programme of the fund names reconcilers"
            return Broken(CaseRule.ROLE_NOT_HELD, f"It takes one of: {who}.")
        return None

    def _put_down(self, connection: Connection, fund: str, file: StatementFile) -> None:
        given, at = file.statement, datetime.now(UTC)
        facts: dict[str, Any] = {"statement": given.id, "account": given.account, "sha256": given.sha256}
        facts |= {"lines": len(given.lines), "opening": given.opening, "closing": given.closing}
        known: dict[str, Any] = {"stage": BOOKS, "actor": self._actor, "attested": self._attested, "at": at}
        handed_in = Entry(
            key=f"{fund}:statement:{given.sha256}", action="statement handed in", facts=facts, **known
        )
        entries = (handed_in, *_named(given, known))
        receipts = record.write(connection, Batch(source=source(fund), entries=entries))
        statement.keep(connection, fund, file, receipts[0].seq, at)

    def _refuse(self, fund: str, broken: Broken, **facts: Any) -> None:
        """Put a refusal on record, and raise it."""
        with self._database.begin() as connection:
            number = record.lock(connection) + 1
            entry = Entry(
                key=f"{fund[:60]}:statement:refused:{number}",
                stage=BOOKS,
                action="refused",
                actor=self._actor,
                attested=self._attested,
                at=datetime.now(UTC),
                rule=broken.rule,
                reason=broken.text,
                facts=facts,
            )
            (receipt,) = record.write(connection, Batch(source=source(fund[:40]), entries=(entry,)))
        raise Refused(broken.rule, broken.detail, receipt.seq)


def _named(given: Statement, known: dict[str, Any]) -> Iterator[Entry]:
    """An entry for each line that names a payment: what a match is held against."""
    for row, line in enumerate(given.lines, start=1):
        if ":" in line.end_to_end_id:
            key = statement_line(given.sha256, row)
            yield Entry(key=key, action="line of a statement", facts=given.figures(row), **known)


def _unfit(
    connection: Connection, fund: str, given: Statement, known: statement.Before | None
) -> Broken | None:
    """Why a statement cannot be one of this fund, or not yet."""
    if known and known.sha256 == given.sha256:
        whose = Broken(
            PaymentRule.STATEMENT_ACCOUNT, f"It was handed in for {known.fund}, record {known.seq}."
        )
        return None if known.fund == fund else whose
    if known:
        first = f"{given.id} of {known.at:%Y-%m-%d}, record {known.seq}, SHA-256 {known.sha256[:12]}…"
        return Broken(PaymentRule.STATEMENT_NUMBER, f"The first is {first}")
    currency = level.tree(connection, fund).levels[fund].currency
    if currency != given.currency:
        return Broken(MoneyRule.WRONG_CURRENCY, f"The fund is in {currency}.")
    accounts = statement.terms(connection, fund).accounts
    if accounts and given.account not in accounts:
        of = f"one that ends in {given.account[-4:]}" if given.account else "one that it does not name"
        return Broken(PaymentRule.STATEMENT_ACCOUNT, f"It is of {of}.")
    latest = (datetime.now(UTC) + timedelta(days=1)).date()  # somewhere it is tomorrow already
    if late := next((line for line in given.lines if line.booked > latest), None):
        return Broken(PaymentRule.STATEMENT_DAY, f"(line {late.id}, {late.booked})")
    return None
