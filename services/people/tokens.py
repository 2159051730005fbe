"""Tokens, issued and revoked on record: by two registrars, neither of whom is to have it."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, request
from activities.people import directory, person, token
from models.case.confirmation import Step
from models.case.envelope import Belief
from models.case.record import ENGINE, Batch, Entry
from models.case.rule import Broken, CaseRule
from models.people.delegation import DIRECTORY
from models.people.guard import REGISTRAR
from models.people.person import Person
from models.people.token import IssuesToken, RevokesTokens, TokenOrder, TokenRevocation, may_order, may_revoke
from services.case.cases import Refused
from services.people.changing import SOURCE


class Issued(NamedTuple):
    """What became of an order: the token, or None where a second registrar is waited for; its number."""

    secret: str | None
    seq: int


class Tokens:
    """Takes orders of tokens. ``belief`` is what is believed of who sends them."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._database = database
        self._belief = belief

    def issue(self, order: TokenOrder) -> Issued:
        """Issue a token, or put down that one registrar wants it. Refused: why not, on record."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            done = self._issued(connection, order, at)
            if isinstance(done, Issued):
                return done
            seq = self._refuse(connection, order, done, at)
        raise Refused(done.rule, done.detail, seq)

    def revoke(self, asked: TokenRevocation) -> int:
        """End every token of somebody; the number of that on record. Refused: why not, on record."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            broken = self._may_revoke(connection, asked, at)
            if broken is None:
                what = {"reason": asked.reason, "effects": (RevokesTokens(person=asked.person),)}
                return self._write(connection, asked.actor, at, "tokens revoked", **what)
            seq = self._refuse(connection, asked, broken, at)
        raise Refused(broken.rule, broken.detail, seq)

    def _issued(self, connection: Connection, order: TokenOrder, at: datetime) -> Issued | Broken:
        of = person.find(connection, order.person)
        actor = person.find(connection, order.actor) if order.actor else None
        if broken := self._may(connection, order, actor, of, at):
            return broken
        asked_by = None
        if actor:
            weighed = request.weigh(connection, order.asked(), actor, at)
            if isinstance(weighed, Broken):
                return weighed
            if weighed.step is Step.ASKED:
                return self._ask(connection, order, at)
            asked_by = weighed.request.actor
        return self._carry_out(connection, order, asked_by, at)

    def _ask(self, connection: Connection, order: TokenOrder, at: datetime) -> Issued:
        facts = {"token": order.asked()}
        seq = self._write(connection, order.actor, at, "token asked for", facts=facts, reason=order.reason)
        request.put_down(connection, order.asked(), seq)
        return Issued(None, seq)

    def _carry_out(
        self, connection: Connection, order: TokenOrder, asked_by: str | None, at: datetime
    ) -> Issued:
        new, ends = token.made(), at + timedelta(days=order.days)
        request.settle(connection, order.asked())
        what = {
            "facts": {"token": order.asked(), "asked_by": asked_by},
            "reason": order.reason,
            "effects": (IssuesToken(person=order.person, sha256=new.hash, expires_at=ends),),
        }
        return Issued(new.secret, self._write(connection, order.actor, at, "token issued", **what))

    def _may(
        self,
        connection: Connection,
        order: TokenOrder,
        actor: Person | None,
        of: Person | None,
        at: datetime,
    ) -> Broken | None:
        if self._belief.refused and order.actor:
            return Broken(self._belief.refused)
        if of is None or (order.actor and actor is None):
            return Broken(CaseRule.UNKNOWN_PERSON, f"({order.actor if of else order.person})")
        registrars = _registrars(connection, at)
        return may_order(actor, of, registrars, registrars & token.signed_in(connection, at))

    def _may_revoke(self, connection: Connection, asked: TokenRevocation, at: datetime) -> Broken | None:
        if self._belief.refused:
            return Broken(self._belief.refused)
        actor, of = (person.find(connection, one) for one in (asked.actor, asked.person))
        if actor is None or of is None:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.person if actor else asked.actor})")
        return may_revoke(actor, of, _registrars(connection, at))

    def _write(
        self, connection: Connection, actor: str | None, at: datetime, action: str, **more: Any
    ) -> int:
        entry = Entry(
            key=f"{DIRECTORY}:token:{record.lock(connection) + 1}",
            stage=DIRECTORY,
            action=action,
            actor=actor or ENGINE,
            attested=self._belief.attested if actor else None,
            at=at,
            **more,
        )
        return record.write(connection, Batch(source=SOURCE, entries=(entry,)))[0].seq

    def _refuse(
        self, connection: Connection, asked: TokenOrder | TokenRevocation, broken: Broken, at: datetime
    ) -> int:
        what = {"rule": broken.rule, "reason": broken.text, "facts": {"message": asked.content()}}
        return self._write(connection, asked.actor, at, "refused", **what)


def _registrars(connection: Connection, at: datetime) -> frozenset[str]:
    return frozenset(directory.in_force(connection).holders(REGISTRAR, at.date()))
