"""What managers say of a supplementary budget: two of them put it in force, on record."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, request, rights
from activities.money import amendment, level
from activities.people import person
from models.amount import Amount
from models.case.confirmation import Step
from models.case.effects import Effect
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.money.amendment import Amendment, Term
from models.money.effects import Amends, Moves
from models.money.fund import ALLOTMENT, account
from models.money.limits import Limits
from models.money.rule import MoneyRule, rule_of_refusal
from models.money.transfer import Transfer, TransferKind
from models.people.asking import Confirmation
from models.people.person import Person
from services.case.acts import Act, Acts
from services.money.amendments import asked, asked_for, waiting, written


class Amended(NamedTuple):
    """What became of an amendment, and its number on record."""

    amendment: Amendment
    in_force: bool
    seq: int


class Amending:
    """Takes what managers say of amendments. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)

    def confirm(self, fund: str, said: Confirmation) -> Amended:
        """Say that an amendment shall be in force; the second manager puts it there. Refused: why not, on
        record.
        """
        about = asked(fund[:40], said.actor, {"message": said.content()})
        return self._acts.carry_out(about, lambda act: _said(act, fund, said))


def _said(act: Act, fund: str, said: Confirmation) -> Amended | Broken:
    found = asked_for(act.connection, said.number)
    if found is None or found not in [one.amendment for one in waiting(act.connection, fund, act.at)]:
        return Broken(MoneyRule.UNKNOWN_AMENDMENT, f"({said.number})")
    actor = _manager(act.connection, found, said.actor, act.at)
    if isinstance(actor, Broken):
        return actor
    weighed = request.weigh(act.connection, found.content(), actor, act.at)
    if isinstance(weighed, Broken):
        return weighed
    if not amendment.in_force(act.connection, found):
        return Broken(CaseRule.STALE_CONTENT, f"({found})")
    if weighed.step is Step.ASKED:
        seq = written(act, found, "asked for", reason=said.reason).seq
        request.put_down(act.connection, found.content(), seq)
        return Amended(found, False, seq)
    return _carry_out(act, found, said, weighed.request.actor)


def _carry_out(act: Act, found: Amendment, said: Confirmation, asked_by: str) -> Amended | Broken:
    effects = (_effect(act.connection, found),)
    facts = {"asked_by": asked_by}
    receipt = written(act, found, "amended", facts, reason=said.reason, effects=effects)
    if receipt.rule:
        return Broken(rule_of_refusal(receipt.rule), receipt.detail)
    request.settle(act.connection, found.content())
    return Amended(found, True, receipt.seq)


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
