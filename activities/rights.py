"""What somebody may bring to a message, asked when it arrives: roles, duties, interest, delegation."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, bindparam, insert, or_, select
from temporalio import activity

from activities import person
from models.duty import Act
from models.person import (
    Asked,
    Capacity,
    Conflict,
    Declaration,
    Delegation,
    Organisation,
    Person,
    Post,
    Rights,
)
from models.tables.person import declaration, delegation
from models.tables.person import person as people
from models.tables.record import record

Attest = Callable[[str, str, str], bool]
"""Whether a token proves that this person sent the message with this digest."""


class Directory:
    """Answers who somebody is. It changes nothing."""

    def __init__(self, engine: Engine, attest: Attest) -> None:
        self._engine = engine
        self._attest = attest

    @activity.defn(name="rights")
    def rights(self, asked: Asked) -> Rights:
        """What the actor may bring to a message now. Nobody unknown has a role."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            return read(connection, asked, self._attest(asked.token, asked.actor, asked.message))


def read(connection: Connection, asked: Asked, attested: bool = False) -> Rights:
    """The rights of the actor as directory and record have them now."""
    given = _delegated(connection, asked) if asked.on_behalf_of else None
    return Rights(
        actor=_capacity(connection, asked.actor, asked),
        giver=_capacity(connection, given.giver, asked) if given else None,
        delegation=given,
        attested=attested,
    )


def _capacity(connection: Connection, person_id: str, asked: Asked) -> Capacity:
    known = person.find(connection, person_id)
    if known is None:
        return Capacity(person=person_id, who=person_id, organisation="", roles=())
    accounts = accounts_of(connection, known)
    employer = person.find_organisation(connection, known.organisation)
    belongs = employer is not None and _is(employer, asked.beneficiary)
    return Capacity(
        person=known.id,
        who=known.who,
        organisation=known.organisation,
        roles=known.roles_on(asked.day),
        done=_done(connection, asked.case, accounts),
        conflict=Conflict.HARD if belongs else _declared(connection, asked.case, accounts),
        cooling=any(_still_close(connection, former, asked) for former in known.former),
    )


def accounts_of(connection: Connection, known: Person) -> list[str]:
    """Every account of the same subject."""
    if known.subject is None:
        return [known.id]
    return list(connection.scalars(select(people.c.id).where(people.c.subject == known.subject)))


def _done(connection: Connection, case: str, accounts: list[str]) -> frozenset[Act]:
    rows = connection.scalars(_DONE, {"of": case, "accounts": accounts})
    return frozenset(Act(act) for act in rows)


_ACCOUNTS: BindParameter[str] = bindparam("accounts", expanding=True)
_DONE = (
    select(record.c.act)
    .distinct()
    .where(record.c.case == bindparam("of"), record.c.act.is_not(None), record.c.rule.is_(None))
    .where(or_(record.c.actor.in_(_ACCOUNTS), record.c.on_behalf_of.in_(_ACCOUNTS)))
)


def _declared(connection: Connection, case: str, accounts: list[str]) -> Conflict | None:
    """The newest declaration; a hard one of any account binds them all."""
    rows = connection.execute(_DECLARED, {"of": case, "accounts": accounts})
    newest = {row.person: row.conflict for row in rows}
    if Conflict.HARD in newest.values():
        return Conflict.HARD
    return Conflict(list(newest.values())[-1]) if newest else None


_DECLARED = (
    select(declaration.c.person, declaration.c.conflict)
    .where(declaration.c.case == bindparam("of"), declaration.c.person.in_(_ACCOUNTS))
    .order_by(declaration.c.record)
)


def declare(connection: Connection, said: Declaration, seq: int) -> None:
    """Keep what somebody declared; a newer declaration takes its place, the record keeps both."""
    row = {"record": seq, "case": said.case, "person": said.actor}
    connection.execute(insert(declaration), row | {"conflict": said.conflict, "note": said.note})


def _still_close(connection: Connection, former: Post, asked: Asked) -> bool:
    left = former.until or asked.day
    where = person.find_organisation(connection, former.organisation)
    recently = asked.day <= left + timedelta(days=asked.cooling_off_days)
    return bool(asked.cooling_off_days and recently and where and _is(where, asked.beneficiary))


def _is(where: Organisation, beneficiary: str) -> bool:
    return beneficiary.casefold() in (where.name.casefold(), where.id)


def _delegated(connection: Connection, asked: Asked) -> Delegation | None:
    """The delegation that covers the day and is not revoked. It passes on only what is the giver's own."""
    in_force = select(delegation).where(
        delegation.c.giver == asked.on_behalf_of,
        delegation.c.taker == asked.actor,
        delegation.c.revoked_at.is_(None),
    )
    for row in connection.execute(in_force.order_by(delegation.c.id)).mappings():
        found = _delegation(row)
        if found.covers(asked.day):
            return found
    return None


def _delegation(row: Any) -> Delegation:
    fields = {name: row[name] for name in ("id", "giver", "taker", "ceiling", "since", "until", "instrument")}
    return Delegation(**fields, roles=tuple(json.loads(row["roles"])))
