"""Tokens, issued and revoked on record: by two registrars, neither of whom is to have it."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine

from activities.case import request
from activities.people import directory, person, token
from models.case.confirmation import Step
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.people.delegation import DIRECTORY
from models.people.guard import REGISTRAR
from models.people.token import IssuesToken, RevokesTokens, TokenOrder, TokenRevocation, may_order, may_revoke
from services.case.acts import Act, Acts, Asked


class Issued(NamedTuple):
    """What became of an order: the token, or None where a second registrar is waited for; its number."""

    secret: str | None
    seq: int


class Tokens:
    """Takes orders of tokens. ``belief`` is what is believed of who sends them."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)

    def issue(self, order: TokenOrder) -> Issued:
        """Issue a token, or put down that one registrar wants it. Refused: why not, on record."""
        return self._acts.carry_out(_asked(order), lambda act: _issued(act, order))

    def revoke(self, asked: TokenRevocation) -> int:
        """End every token of somebody; the number of that on record. Refused: why not, on record."""
        return self._acts.carry_out(_asked(asked), lambda act: _revoked(act, asked))


def _asked(asked: TokenOrder | TokenRevocation) -> Asked:
    return Asked(DIRECTORY, DIRECTORY, asked.actor, {"message": asked.content()})


def _issued(act: Act, order: TokenOrder) -> Issued | Broken:
    of = person.find(act.connection, order.person)
    actor = person.find(act.connection, order.actor) if order.actor else None
    if of is None or (order.actor and actor is None):
        return Broken(CaseRule.UNKNOWN_PERSON, f"({order.actor if of else order.person})")
    registrars = _registrars(act)
    if broken := may_order(actor, of, registrars, registrars & token.signed_in(act.connection, act.at)):
        return broken
    if actor is None:
        return _carry_out(act, order, None)
    weighed = request.weigh(act.connection, order.asked(), actor, act.at)
    if isinstance(weighed, Broken):
        return weighed
    if weighed.step is Step.ASKED:
        return _asked_for(act, order)
    return _carry_out(act, order, weighed.request.actor)


def _asked_for(act: Act, order: TokenOrder) -> Issued:
    facts = {"token": order.asked()}
    seq = _written(act, "token asked for", facts=facts, reason=order.reason)
    request.put_down(act.connection, order.asked(), seq)
    return Issued(None, seq)


def _carry_out(act: Act, order: TokenOrder, asked_by: str | None) -> Issued:
    new, ends = token.made(), act.at + timedelta(days=order.days)
    request.settle(act.connection, order.asked())
    effect = IssuesToken(person=order.person, sha256=new.hash, expires_at=ends)
    facts = {"token": order.asked(), "asked_by": asked_by}
    return Issued(
        new.secret, _written(act, "token issued", facts=facts, reason=order.reason, effects=(effect,))
    )


def _revoked(act: Act, asked: TokenRevocation) -> int | Broken:
    actor, of = (person.find(act.connection, one) for one in (asked.actor, asked.person))
    if actor is None or of is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.person if actor else asked.actor})")
    if broken := may_revoke(actor, of, _registrars(act)):
        return broken
    return _written(act, "tokens revoked", reason=asked.reason, effects=(RevokesTokens(person=asked.person),))


def _written(act: Act, action: str, **fields: Any) -> int:
    return act.write(act.entry(f"{DIRECTORY}:token:{act.number}", action, **fields)).seq


def _registrars(act: Act) -> frozenset[str]:
    return frozenset(directory.in_force(act.connection).holders(REGISTRAR, act.at.date()))
