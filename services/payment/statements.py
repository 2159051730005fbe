"""Statements of the bank, handed in: by whom it may be, then read, then kept with each of their lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from activities.money import level
from activities.money.fund import source
from activities.payment import statement
from activities.people import person
from models.case.envelope import Belief
from models.case.record import Entry
from models.case.rule import Broken, CaseRule
from models.money.effects import BOOKS
from models.money.rule import MoneyRule
from models.money.statement import Statement, StatementFile
from models.payment.action import LINE
from models.payment.effects import Keeps
from models.payment.payment import statement_line
from models.payment.rule import PaymentRule
from services.case.acts import Act, Acts, Asked

Read = Callable[[], StatementFile]
"""Reads the file; called once it is clear that its sender may hand one in."""


class Statements:
    """Takes statements for a fund, on behalf of ``actor``; ``belief`` is what is believed of them."""

    def __init__(self, database: Engine, actor: str, belief: Belief) -> None:
        self._acts = Acts(database, belief)
        self._actor = actor

    def keep(self, fund: str, read: Read) -> StatementFile:
        """Keep a file, as rows; the same file again changes nothing. Refused: why not, on record."""
        self._acts.carry_out(self._asked(fund, {}), lambda act: _forbidden(act, fund, self._actor))
        file = read()
        facts = {"sha256": file.statement.sha256, "statement": file.statement.id}
        self._acts.carry_out(self._asked(fund, facts), lambda act: _kept(act, fund, file))
        return file

    def _asked(self, fund: str, facts: dict[str, str]) -> Asked:
        return Asked(fund[:40], BOOKS, self._actor, facts, source(fund[:40]).workflow_id)


def _forbidden(act: Act, fund: str, sender: str) -> Broken | None:
    """The rule that keeps the sender from handing anything in for this fund."""
    levels = level.tree(act.connection, fund).levels
    if fund not in levels or levels[fund].parent:
        return Broken(MoneyRule.UNKNOWN_FUND, f"({fund}) A statement is that of a whole fund.")
    actor = person.find(act.connection, sender)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({sender})")
    roles = statement.terms(act.connection, fund).reconcilers
    if not roles & set(actor.roles_on(act.at.date())):
        who = ", ".join(sorted(roles)) or "nobody: no programme of the fund names reconcilers"
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes one of: {who}.")
    return None


def _kept(act: Act, fund: str, file: StatementFile) -> Broken | None:
    known = statement.before(act.connection, fund, file.statement)
    broken = _unfit(act.connection, fund, file.statement, known)
    if broken is None and known is None:
        _put_down(act, fund, file)
    return broken


def _put_down(act: Act, fund: str, file: StatementFile) -> None:
    given = file.statement
    facts: dict[str, Any] = {"statement": given.id, "account": given.account, "sha256": given.sha256}
    facts |= {"lines": len(given.lines), "opening": given.opening, "closing": given.closing}
    key, kept = f"{fund}:statement:{given.sha256}", (Keeps(statement=given),)
    act.write(act.entry(key, "statement handed in", facts=facts, effects=kept), *_named(act, given))
    statement.keep_file(act.connection, file, act.at)


def _named(act: Act, given: Statement) -> Iterator[Entry]:
    """An entry for each line that names a payment: what a match is held against."""
    for row, line in enumerate(given.lines, start=1):
        if ":" in line.end_to_end_id:
            key = statement_line(given.sha256, row)
            yield act.entry(key, LINE, facts=given.figures(row))


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
