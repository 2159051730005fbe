"""Delegations: given and revoked on record, each in one transaction, refusals included."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import rights
from activities.people import delegation, person
from activities.people.delegation import Given
from models.case.effects import Effect
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.people.delegation import DIRECTORY, Delegation, Giving, Revocation, clash, refusal
from models.people.effects import Delegates, Withdraws
from models.people.rule import PeopleRule
from services.case.acts import Act, Acts, Asked


class Done(NamedTuple):
    """The delegation that was given or revoked, and its entry on record; None where nothing changed."""

    delegation: Delegation
    seq: int | None


class Delegations:
    """Takes delegations and revocations. Today is that of UTC; a vote counts days in its programme's zone.

    ``belief`` is what is believed of who asks; it goes on record, and into what is delegated.
    """

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)
        self._attested = bool(belief.attested)

    def give(self, asked: Giving) -> Done:
        """Let the taker act for the actor; the same again changes nothing. Refused: why not, on record."""
        return self._acts.carry_out(_asked(asked), lambda act: self._given(act, asked))

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
        given = asked.as_delegation(f"D-{act.number}", self._attested)
        return Done(given, _written(act, given, "given", Delegates(delegation=given)))


def _asked(asked: Giving | Revocation) -> Asked:
    return Asked(DIRECTORY, DIRECTORY, asked.actor, {"message": asked.content()})


def _revoked(act: Act, asked: Revocation) -> Done | Broken:
    found = delegation.find(act.connection, asked.delegation)
    if broken := _not_theirs(act.connection, asked, found):
        return broken
    if found is None:
        return Broken(PeopleRule.UNKNOWN_DELEGATION, f"({asked.delegation})")
    if found.revoked_at:
        return Done(found.delegation, None)
    seq = _written(act, found.delegation, "revoked", Withdraws(delegation=asked.delegation))
    return Done(found.delegation, seq)


def _written(act: Act, about: Delegation, became: str, effect: Effect) -> int:
    key, action = f"{DIRECTORY}:{about.id}:{became}", f"delegation {became}"
    return act.write(act.entry(key, action, facts=about.content(), effects=(effect,))).seq


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


def _not_theirs(connection: Connection, asked: Revocation, found: Given | None) -> Broken | None:
    actor = person.find(connection, asked.actor)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.actor})")
    if found and found.delegation.giver not in rights.accounts_of(connection, actor):
        return Broken(PeopleRule.NOT_THE_GIVER, f"({found.delegation.giver})")
    return None
