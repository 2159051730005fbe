"""Delegations: given and revoked on record, each in one transaction, refusals included."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import request, rights
from activities.people import delegation, person
from activities.people.delegation import Given, Waiting
from models.case.effects import Effect, Tells
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.people import letters
from models.people.delegation import DIRECTORY, Approval, Delegation, Giving, Revocation, clash, refusal
from models.people.effects import Delegates, Withdraws
from models.people.rule import PeopleRule
from services.case.acts import Act, Acts, Asked
from services.people import lending


class Done(NamedTuple):
    """The delegation that was given or revoked, and its entry on record; None where nothing changed."""

    delegation: Delegation
    seq: int | None
    waits: bool = False
    """Whether it counts only when a registrar has confirmed it."""


class Delegations:
    """Takes delegations and revocations. Today is that of UTC; a vote counts days in its programme's zone.

    ``belief`` is what is believed of who asks; it goes on record, and into what is delegated.
    """

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)
        self._attested = bool(belief.attested)

    def give(self, asked: Giving) -> Done:
        """Let the taker act for the actor; the same again changes nothing. Refused: why not, on record.

        A role that moves money is only asked for: it counts when a registrar confirms.
        """
        return self._acts.carry_out(_asked(asked), lambda act: self._given(act, asked))

    def confirm(self, asked: Approval) -> Done:
        """Put a delegation in force that its giver asks for, as a registrar. Refused: why not, on record."""
        return self._acts.carry_out(_asked(asked), lambda act: self._confirmed(act, asked))

    def revoke(self, asked: Revocation) -> Done:
        """End a delegation: the next vote has to do without. The same again changes nothing."""
        return self._acts.carry_out(_asked(asked), lambda act: _revoked(act, asked))

    def _given(self, act: Act, asked: Giving) -> Done | Broken:
        between = _between(act.connection, asked)
        broken = _refusal(act.connection, asked, between, act.at)
        if broken and broken.rule == PeopleRule.ALREADY_DELEGATED:
            for one in between:
                if one.delegation == asked.as_delegation(one.delegation.id, self._attested):
                    return Done(one.delegation, None)
        if broken:
            return broken
        if lending.takes_a_registrar(act.connection, asked):
            return self._lent(act, asked)
        given = asked.as_delegation(f"D-{act.number}", self._attested)
        return Done(given, _written(act, given, "given", Delegates(delegation=given)))

    def _lent(self, act: Act, asked: Giving) -> Done:
        """Put down what the giver asks for; the same again changes nothing."""
        what = asked.asked()
        for one in delegation.waiting(act.connection, act.at):
            if (one.giving.asked(), one.attested) == (what, self._attested):
                return Done(asked.as_delegation(one.id, self._attested), None, waits=True)
        wanted = asked.as_delegation(f"D-{act.number}", self._attested)
        told = Tells(notice=letters.lending_waits(wanted.id, wanted.giver, wanted.taker, wanted.roles))
        seq = _written(act, wanted, "asked for", told, lending=what)
        request.put_down(act.connection, what, seq)
        return Done(wanted, seq, waits=True)

    def _confirmed(self, act: Act, asked: Approval) -> Done | Broken:
        found = lending.found(act.connection, asked.delegation, act.at)
        if found is None:
            return Broken(PeopleRule.NO_DELEGATION_WAITS, f"({asked.delegation})")
        broken = lending.refusal(act.connection, asked, found, act.at)
        broken = broken or _refusal(
            act.connection, found.giving, _between(act.connection, found.giving), act.at
        )
        if broken:
            return broken
        given = found.giving.as_delegation(found.id, found.attested and self._attested)
        told = Tells(notice=letters.is_lent(given.id, given.giver, given.taker, asked.actor))
        known = {"lending": found.giving.asked(), "asked_by": given.giver}
        seq = _written(act, given, "given", Delegates(delegation=given), told, **known)
        request.settle(act.connection, found.giving.asked())
        return Done(given, seq)


def _asked(asked: Giving | Approval | Revocation) -> Asked:
    return Asked(DIRECTORY, DIRECTORY, asked.actor, {"message": asked.content()})


def _revoked(act: Act, asked: Revocation) -> Done | Broken:
    waits = lending.found(act.connection, asked.delegation, act.at)
    found = delegation.find(act.connection, asked.delegation)
    giver = waits.giving.actor if waits else found and found.delegation.giver
    if broken := _not_theirs(act.connection, asked, giver):
        return broken
    if waits:
        return _withdrawn(act, waits)
    if found is None:
        return Broken(PeopleRule.UNKNOWN_DELEGATION, f"({asked.delegation})")
    if found.revoked_at:
        return Done(found.delegation, None)
    seq = _written(act, found.delegation, "revoked", Withdraws(delegation=asked.delegation))
    return Done(found.delegation, seq)


def _withdrawn(act: Act, waits: Waiting) -> Done:
    """Its giver wants it no more, before it was in force."""
    what = waits.giving.asked()
    wanted = waits.giving.as_delegation(waits.id, waits.attested)
    seq = _written(act, wanted, "withdrawn", lending=what)
    request.settle(act.connection, what)
    return Done(wanted, seq)


def _written(act: Act, about: Delegation, became: str, *effects: Effect, **more: Any) -> int:
    key, action = f"{DIRECTORY}:{about.id}:{became.replace(' ', '-')}", f"delegation {became}"
    return act.write(act.entry(key, action, facts=about.content() | more, effects=effects)).seq


def _between(connection: Connection, asked: Giving) -> tuple[Given, ...]:
    """The unrevoked delegations between the two, under whatever accounts."""
    people = [person.find(connection, name) for name in (asked.actor, asked.taker)]
    accounts = [rights.accounts_of(connection, one) for one in people if one]
    return delegation.between(connection, *accounts) if len(accounts) == 2 else ()


def _refusal(
    connection: Connection, asked: Giving, between: tuple[Given, ...], at: datetime
) -> Broken | None:
    giver, taker = (person.find(connection, name) for name in (asked.actor, asked.taker))
    held = rights.held(connection, taker, at.date()) if taker else ()
    if pair := clash(asked.roles, held, person.exclusions(connection)):
        return Broken(PeopleRule.EXCLUSIVE_ROLES, f"({asked.taker}: {pair.one} and {pair.other})")
    return refusal(
        asked,
        giver,
        taker,
        [one.delegation for one in between],
        frozenset(rights.accounts_of(connection, giver) if giver else ()),
        at.date(),
    )


def _not_theirs(connection: Connection, asked: Revocation, giver: str | None) -> Broken | None:
    actor = person.find(connection, asked.actor)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.actor})")
    if giver and giver not in rights.accounts_of(connection, actor):
        return Broken(PeopleRule.NOT_THE_GIVER, f"({giver})")
    return None
