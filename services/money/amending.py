"""Supplementary budgets: what the file of a fund says otherwise waits for two of its managers, on record."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, request, rights
from activities.case.audit import facts
from activities.money import amendment, level
from activities.money.fund import source
from activities.people import person
from models.amount import Amount
from models.base import digest
from models.case.confirmation import Step
from models.case.effects import Effect, Tells
from models.case.notice import Draft
from models.case.record import ENGINE, Batch, Entry, Receipt
from models.case.rule import Broken, CaseRule
from models.money.amendment import Amendment, Term
from models.money.effects import BOOKS, Amends, Moves
from models.money.fund import ALLOTMENT, Fund, account
from models.money.limits import Limits
from models.money.rule import MoneyRule, rule_of_refusal
from models.money.transfer import Transfer, TransferKind
from models.people.asking import Confirmation
from models.people.person import Person
from services.case.cases import Refused


class Waiting(NamedTuple):
    """An amendment that waits for managers; ``asked_by`` None: only the file asks for it so far."""

    record: int
    amendment: Amendment
    asked_by: str | None
    at: datetime


class Amended(NamedTuple):
    """What became of an amendment, and its number on record."""

    amendment: Amendment
    in_force: bool
    seq: int


def waiting(connection: Connection, fund: str, at: datetime) -> list[Waiting]:
    """The amendments of a fund that wait for two managers, the oldest first."""
    return [
        Waiting(one.record, Amendment.model_validate(one.facts["amendment"]), one.asked_by, one.at)
        for one in request.pending(connection, fund, at)
        if "amendment" in one.facts
    ]


def bring(connection: Connection, terms: Fund, at: datetime) -> list[Waiting]:
    """Ask for what the file says otherwise; what it asks for no more is withdrawn."""
    record.lock(connection)
    wanted = amendment.differences(connection, terms)
    there = waiting(connection, terms.id, at)
    for one in (one for one in there if one.amendment not in wanted):
        request.settle(connection, one.amendment.content())
        _write(
            connection,
            one.amendment,
            "withdrawn",
            ENGINE,
            at,
            reason="The file does not ask for it any more.",
        )
    known = [one.amendment for one in there]
    for new in (one for one in wanted if one not in known):
        told = Tells(notice=_waits(new, level.managers(connection, new.level)))
        seq = _write(connection, new, "asked for", ENGINE, at, effects=(told,)).seq
        request.put_down(connection, new.content(), seq)
    return waiting(connection, terms.id, at)


class Amending:
    """Takes what managers say of amendments. ``attested`` says whether the actor has proved who they are."""

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def confirm(self, fund: str, asked: Confirmation) -> Amended:
        """Say that an amendment shall be in force; the second manager puts it there. Refused: why not."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            found = _asked_for(connection, asked.number)
            if found not in [one.amendment for one in waiting(connection, fund, at)] or found is None:
                raise Refused(MoneyRule.UNKNOWN_AMENDMENT, f"({asked.number})")
            done = self._said(connection, found, asked, at)
            if isinstance(done, Amended):
                return done
            fields = {"reason": done.text, "attested": self._attested}
            seq = _write(connection, found, "refused", asked.actor, at, rule=done.rule, **fields).seq
        raise Refused(done.rule, done.detail, seq)

    def _said(
        self, connection: Connection, found: Amendment, asked: Confirmation, at: datetime
    ) -> Amended | Broken:
        actor = _manager(connection, found, asked.actor, at)
        weighed = (
            actor if isinstance(actor, Broken) else request.weigh(connection, found.content(), actor, at)
        )
        if isinstance(weighed, Broken):
            return weighed
        if not amendment.in_force(connection, found):
            return Broken(CaseRule.STALE_CONTENT, f"({found})")
        said = {"reason": asked.reason, "attested": self._attested}
        if weighed.step is Step.ASKED:
            seq = _write(connection, found, "asked for", asked.actor, at, **said).seq
            request.put_down(connection, found.content(), seq)
            return Amended(found, False, seq)
        undo = connection.begin_nested()
        facts = {"asked_by": weighed.request.actor}
        effects = (_effect(connection, found),)
        receipt = _write(connection, found, "amended", asked.actor, at, effects=effects, facts=facts, **said)
        if receipt.rule:
            undo.rollback()
            return Broken(rule_of_refusal(receipt.rule), receipt.detail)
        undo.commit()
        request.settle(connection, found.content())
        return Amended(found, True, receipt.seq)


def _asked_for(connection: Connection, number: int) -> Amendment | None:
    """The amendment that the entry with this number is about, whether it waits or not."""
    found = facts(connection, number).get("amendment")
    return Amendment.model_validate(found) if found else None


def _manager(connection: Connection, found: Amendment, actor: str, at: datetime) -> Person | Broken:
    """The actor, as one who manages the fund as it is now: who shall manage it then has no say yet."""
    known = person.find(connection, actor)
    if known is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({actor})")
    managers = level.managers(connection, found.level)
    if not set(managers) & rights.held(connection, known, at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes one of: {', '.join(managers)}.")
    return known


def _effect(connection: Connection, found: Amendment) -> Effect:
    """What an amendment does: where money was allotted, a cap changes by a transfer."""
    if found.term is Term.MANAGERS:
        return Amends(level=found.level, managers=tuple(found.after))
    if found.term is Term.LIMITS:
        return Amends(level=found.level, limits=Limits.model_validate(found.after or {}))
    if not level.allotted(connection, found.level):
        return Amends(level=found.level, cap=found.after)
    row = level.tree(connection, found.level).levels[found.level]
    by = found.after - found.before
    kind = TransferKind.SUPPLEMENT if by > 0 else TransferKind.CUT
    name = account(found.level, ALLOTMENT)
    return Moves(
        transfer=Transfer(
            key=f"{name}:{kind}:{record.lock(connection) + 1}",
            kind=kind,
            fund=found.level,
            reservation=name,
            amount=Amount(minor=abs(by), currency=row.currency),
        )
    )


def _write(
    connection: Connection, found: Amendment, what: str, actor: str, at: datetime, **more: Any
) -> Receipt:
    number = record.lock(connection) + 1
    more["facts"] = {"amendment": found.content()} | more.get("facts", {})
    key = f"{found.fund}:amendment:{number}:{digest(found.content())[:12]}"
    action = what if what == "refused" else f"{found.term} {what}"
    entry = Entry(key=key, stage=BOOKS, action=action, actor=actor, at=at, **more)
    return record.write(connection, Batch(source=source(found.fund), entries=(entry,)))[0]


def _waits(found: Amendment, managers: tuple[str, ...]) -> Draft:
    return Draft(
        subject=f"{found.fund}: the {found.term} of {found.level} shall be another",
        body=f"{found}\n\nIt waits for two managers.\n\naccord fund pending {found.fund}",
        roles=managers,
    )
