"""What somebody may bring to a message, asked when it arrives: roles, duties, interest, delegation."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    Engine,
    Row,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)
from temporalio import activity

from activities.case.door import Door
from activities.case.projection import Projection, Writing
from activities.people import delegation, person
from models.case.conflict_of_interest import Conflict
from models.case.duty import Act
from models.case.effects import Declares
from models.case.envelope import Belief
from models.case.rights import Accounts, Asked, Authority, Capacity, Rights, Subjects
from models.case.rule import CaseRule
from models.name import skeleton
from models.people.delegation import Delegation, left
from models.people.person import Holding, Person
from models.tables.people import declaration, holding, organisation, post
from models.tables.people import person as people
from models.tables.record import record

_SELF_DECLARED = Belief()


class Directory:
    """Answers who somebody is. It changes nothing."""

    def __init__(self, engine: Engine, door: Door) -> None:
        self._engine = engine
        self._door = door

    @activity.defn(name="rights")
    def rights(self, asked: Asked) -> Rights:
        """What the actor may bring to a message now. Nobody unknown has a role."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            return read(connection, asked, self._door.believed(asked))

    @activity.defn(name="subjects")
    def subjects(self, asked: Accounts) -> Subjects:
        """Which human is behind each of some accounts."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            return Subjects(who={one: person.subject_of(connection, one) for one in asked.persons})


def read(connection: Connection, asked: Asked, belief: Belief = _SELF_DECLARED) -> Rights:
    """The rights of the actor as directory and record have them now."""
    before = connection.execute(_BEFORE, {"seal": asked.seal, "nonce": belief.nonce}).all()
    used = any(row.nonce == belief.nonce is not None for row in before)
    actor = _capacity(connection, asked.actor, asked)
    given = _delegated(connection, asked, actor.roles) if asked.on_behalf_of else None
    return Rights(
        actor=actor,
        giver=_capacity(connection, given.giver, asked) if given else None,
        delegation=_authority(given) if given else None,
        attested=bool(belief.attested) and not used,
        nonce=belief.nonce,
        refused=belief.refused or (CaseRule.ENVELOPE_USED if used else None),
        about=_capacity(connection, asked.about, asked) if asked.about else None,
        answered=next((row.seq for row in before if row.seal == asked.seal is not None), None),
    )


_BEFORE = select(record.c.seq, record.c.seal, record.c.nonce).where(
    or_(record.c.seal == bindparam("seal"), record.c.nonce == bindparam("nonce"))
)
"""The entry by which the same message was accepted; the one that the same envelope came with."""


def _authority(given: Delegation) -> Authority:
    """What a delegation lets its taker do."""
    return Authority(**given.model_dump(include=set(Authority.model_fields)))


def _capacity(connection: Connection, person_id: str, asked: Asked) -> Capacity:
    """Two statements: who it is, and all that follows from it. Every message asks for this."""
    known = connection.execute(_WHO, {"id": person_id}).first()
    if known is None or known.ended_at:
        who = (known and known.subject) or person_id
        return Capacity(person=person_id, who=who, organisation="", roles=(), named_is_enough=False)
    of: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_ABOUT, {"id": person_id, "of": asked.case}):
        of.setdefault(row.what, []).append(row)
    held = (Holding(role=row.name, since=row.since, until=row.until) for row in of.get("role", ()))
    parties = _Parties(asked.parties)
    belongs = parties.has(known.organisation, known.employer) or any(
        parties.has(row.name, row.title) for row in of.get("member", ())
    )
    return Capacity(
        person=person_id,
        who=known.subject or person_id,
        organisation=known.organisation,
        employer=known.employer or "",
        country=known.country or "",
        named_is_enough=False,
        roles=tuple(sorted({one.role for one in held if one.covers(asked.day)})),
        done=frozenset(Act(row.name) for row in of.get("act", ())),
        conflict=Conflict.HARD if belongs else _declared(of.get("conflict", ())),
        cooling=any(
            parties.has(row.name, row.title) and _recently(row.until, asked) for row in of.get("post", ())
        ),
    )


_WHO = (
    select(
        people.c.organisation,
        people.c.subject,
        people.c.ended_at,
        organisation.c.name.label("employer"),
        organisation.c.country,
    )
    .outerjoin(organisation, organisation.c.id == people.c.organisation)
    .where(people.c.id == bindparam("id"))
)
_SUBJECT = select(people.c.subject).where(people.c.id == bindparam("id")).scalar_subquery()
_ACCOUNTS = select(people.c.id).where(
    or_(
        people.c.id == bindparam("id"),
        people.c.subject == func.coalesce(_SUBJECT, bindparam("id")),
        and_(people.c.id == _SUBJECT, people.c.subject.is_(None)),
    )
)
"""Every account of the same subject: one that names no subject is one by its id."""

_OTHER = people.alias("other")
_LEFT = func.date(_OTHER.c.ended_at, type_=Date)
"""The last day of an account that has ended: whoever is behind it has left its organisation then."""
_NO_DAY = cast(null(), Date)  # PostgreSQL takes a plain NULL for a text
_ABOUT = union_all(
    select(
        literal("role").label("what"),
        holding.c.role.label("name"),
        null().label("title"),
        holding.c.since,
        holding.c.until,
        literal(0).label("at"),
    ).where(holding.c.person == bindparam("id"), holding.c.ended_at.is_(None)),
    select(literal("post"), post.c.organisation, organisation.c.name, post.c.since, post.c.until, literal(0))
    .outerjoin(organisation, organisation.c.id == post.c.organisation)
    .where(post.c.person.in_(_ACCOUNTS)),
    select(literal("member"), _OTHER.c.organisation, organisation.c.name, _NO_DAY, _NO_DAY, literal(0))
    .outerjoin(organisation, organisation.c.id == _OTHER.c.organisation)
    .where(_OTHER.c.id.in_(_ACCOUNTS), _OTHER.c.ended_at.is_(None)),
    select(literal("post"), _OTHER.c.organisation, organisation.c.name, _NO_DAY, _LEFT, literal(0))
    .outerjoin(organisation, organisation.c.id == _OTHER.c.organisation)
    .where(_OTHER.c.id.in_(_ACCOUNTS), _OTHER.c.ended_at.is_not(None)),
    select(literal("act"), record.c.act, null(), _NO_DAY, _NO_DAY, literal(0))
    .distinct()
    .where(record.c.case == bindparam("of"), record.c.act.is_not(None), record.c.rule.is_(None))
    .where(or_(record.c.actor.in_(_ACCOUNTS), record.c.on_behalf_of.in_(_ACCOUNTS))),
    select(literal("conflict"), declaration.c.conflict, null(), _NO_DAY, _NO_DAY, declaration.c.record).where(
        declaration.c.case == bindparam("of"), declaration.c.person.in_(_ACCOUNTS)
    ),
)


def accounts_of(connection: Connection, known: Person) -> list[str]:
    """Every account of the same subject."""
    return list(connection.scalars(_ACCOUNTS, {"id": known.id}))


def held(connection: Connection, known: Person, day: date) -> frozenset[str]:
    """The roles that somebody has on ``day``, under any account, in person or by a delegation of somebody
    who has them that day.
    """
    roles: set[str] = set()
    for account in accounts_of(connection, known):
        roles |= _own(connection, account, day)
        for given in delegation.taken(connection, account, day):
            roles |= set(given.roles) & _own(connection, given.giver, day)
    return frozenset(roles)


def _own(connection: Connection, account: str, day: date) -> set[str]:
    found = person.find(connection, account)
    return set(found.roles_on(day)) if found else set()


def _declared(rows: Iterable[Row[Any]]) -> Conflict | None:
    """The newest declaration of any account; a hard one stays."""
    said = [Conflict(row.name) for row in sorted(rows, key=lambda row: row.at)]
    return Conflict.HARD if Conflict.HARD in said else next(reversed(said), None)


def _declare(writing: Writing, effect: Declares, _: object) -> None:
    """Keep what somebody declared; a newer declaration takes its place, the record keeps both."""
    said = effect.declaration
    row = {"record": writing.seq, "case": said.case, "person": said.actor}
    writing.connection.execute(insert(declaration), row | {"conflict": said.conflict, "note": said.note})


PROJECTIONS = (Projection(Declares, apply=_declare),)


def _recently(left: date | None, asked: Asked) -> bool:
    """Whether somebody who left on this day (None: has not) is still too close."""
    still = (left or asked.day) + timedelta(days=asked.cooling_off_days)
    return asked.cooling_off_days > 0 and asked.day <= still


class _Parties:
    """Those that benefit: by id, or as people wrote them before ids were asked for, however it is spelled."""

    def __init__(self, parties: Iterable[str]) -> None:
        self._ids = frozenset(parties)
        self._names = frozenset(filter(None, map(skeleton, parties)))

    def has(self, organisation_id: str, name: str | None) -> bool:
        """Whether an organisation that the directory knows is one of them."""
        return organisation_id in self._ids or bool(name and skeleton(name) in self._names)


def _delegated(connection: Connection, asked: Asked, roles: tuple[str, ...]) -> Delegation | None:
    """The delegation that covers the day and is not revoked, less what excludes the taker's own ``roles``.

    It passes on only what is the giver's own.
    """
    assert asked.on_behalf_of
    between = delegation.between(connection, [asked.on_behalf_of], [asked.actor])
    given = (one.delegation for one in between if one.delegation.giver == asked.on_behalf_of)
    found = next((one for one in given if one.covers(asked.day)), None)
    lent = left(found.roles, roles, person.exclusions(connection)) if found else ()
    return found.model_copy(update={"roles": lent}) if found and lent else None
