"""Delegations: given and revoked on record, each in one transaction, refusals included."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from activities.case import record, rights
from activities.people import delegation, person
from activities.people.delegation import Given
from models.case.effects import Effect
from models.case.record import Batch, Entry, Source
from models.case.rule import Broken, CaseRule
from models.people.delegation import DIRECTORY, Delegation, Giving, Revocation, clash, refusal
from models.people.effects import Delegates, Withdraws
from models.people.rule import PeopleRule
from services.case.cases import Refused


class Done(NamedTuple):
    """The delegation that was given or revoked, and its entry on record; None where nothing changed."""

    delegation: Delegation
    seq: int | None


class Delegations:
    """Takes delegations and revocations. Today is that of UTC; a vote counts days in its programme's zone.

    ``attested`` says whether the actor has proved who they are; it goes on record.
    """

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def give(self, asked: Giving) -> Done:
        """Let the taker act for the actor; the same again changes nothing. Refused: why not, on record."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            number = f"D-{record.lock(connection) + 1}"
            between = _between(connection, asked)
            broken = _refusal(connection, asked, between, at)
            if broken and broken.rule == PeopleRule.ALREADY_DELEGATED:
                for one in between:
                    if one.delegation == asked.as_delegation(one.delegation.id, self._attested):
                        return Done(one.delegation, None)
            if not broken:
                given = asked.as_delegation(number, self._attested)
                what = (given, Delegates(delegation=given))
                seq = self._write(connection, at, asked.actor, "delegation given", *what)
                return Done(given, seq)
            seq = self._refuse(connection, at, asked, broken)
        raise Refused(broken.rule, broken.detail, seq)

    def revoke(self, asked: Revocation) -> Done:
        """End a delegation: the next vote has to do without. The same again changes nothing."""
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            found = delegation.find(connection, asked.delegation)
            broken = _not_theirs(connection, asked, found)
            if found and not broken:
                if found.revoked_at:
                    return Done(found.delegation, None)
                what = (found.delegation, Withdraws(delegation=asked.delegation))
                seq = self._write(connection, at, asked.actor, "delegation revoked", *what)
                return Done(found.delegation, seq)
            broken = broken or Broken(PeopleRule.UNKNOWN_DELEGATION, f"({asked.delegation})")
            seq = self._refuse(connection, at, asked, broken)
        raise Refused(broken.rule, broken.detail, seq)

    def _write(
        self,
        connection: Connection,
        at: datetime,
        actor: str,
        action: str,
        about: Delegation,
        effect: Effect,
    ) -> int:
        said = {"action": action, "facts": about.content(), "effects": (effect,)}
        key = f"{DIRECTORY}:{about.id}:{action.rpartition(' ')[2]}"
        return self._record(connection, key=key, at=at, actor=actor, **said)

    def _refuse(
        self, connection: Connection, at: datetime, asked: Giving | Revocation, broken: Broken
    ) -> int:
        key = f"{DIRECTORY}:refused:{record.lock(connection) + 1}"
        what = {"rule": broken.rule, "reason": broken.text, "facts": {"message": asked.content()}}
        return self._record(connection, key=key, at=at, action="refused", actor=asked.actor, **what)

    def _record(self, connection: Connection, **fields: Any) -> int:
        entry = Entry(stage=DIRECTORY, attested=self._attested, **fields)
        source = Source(case=DIRECTORY, workflow_id=DIRECTORY, run_id="", rules="")
        (receipt,) = record.write(connection, Batch(source=source, entries=(entry,)))
        return receipt.seq


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
