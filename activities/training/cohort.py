"""Cohorts in the database: what entries change there."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from activities.case import cases
from activities.case.projection import Others, Projection, Writing
from activities.training import nominee
from models.case.record import Entry, Source
from models.case.rule import Broken
from models.tables.training import attendance, certificate, cohort, enrolment
from models.training.action import CohortAction
from models.training.cohort import KIND, Plan, Stage
from models.training.effects import Attends, Certifies, Enrols, Merges, Plans, Revokes
from models.training.enrolment import BEFORE_THE_COURSE, IN_A_SEAT, Enrolment, EnrolmentState
from models.training.rule import TrainingRule

_FIELDS = tuple(Enrolment.model_fields)


# -- reading --------------------------------------------------------------------------------------


def plan_of(connection: Connection, number: str) -> Plan | None:
    """The plan of a cohort as it is now; None: there is no such cohort."""
    found = connection.scalar(_PLAN, {"of": number})
    return Plan.model_validate_json(found) if found else None


_PLAN = select(cohort.c.plan).where(cohort.c.case == bindparam("of"))


def enrolments(
    connection: Connection, number: str, limit: int | None = None, after: str = ""
) -> list[Enrolment]:
    """Who is enrolled in a cohort, in order of their ids, from behind ``after``."""
    wanted = _ENROLMENTS.limit(limit)
    rows = connection.execute(wanted, {"of": number, "after": after}).mappings()
    return [Enrolment.model_validate({name: row[name] for name in _FIELDS}) for row in rows]


_ENROLMENTS = (
    select(enrolment)
    .where(enrolment.c.case == bindparam("of"), enrolment.c.nominee > bindparam("after"))
    .order_by(enrolment.c.nominee)
)


def enrolment_of(connection: Connection, number: str, nominee_id: str) -> Enrolment | None:
    """One official in a cohort, or None."""
    row = connection.execute(_ENROLLED, {"of": number, "who": nominee_id}).mappings().first()
    return Enrolment.model_validate({name: row[name] for name in _FIELDS}) if row else None


_ENROLLED = select(enrolment).where(
    enrolment.c.case == bindparam("of"), enrolment.c.nominee == bindparam("who")
)


def seat_elsewhere(connection: Connection, nominee: str, number: str, starts: date, ends: date) -> str | None:
    """The cohort in which somebody has a seat on one of these days, beside the one named; None: in none."""
    known = {"nominee": nominee, "of": number, "starts": starts, "ends": ends}
    return connection.scalar(_ELSEWHERE, known)


_ELSEWHERE = (
    select(cohort.c.case)
    .join(enrolment, enrolment.c.case == cohort.c.case)
    .where(
        enrolment.c.nominee == bindparam("nominee"),
        enrolment.c.state.in_(sorted(IN_A_SEAT)),
        cohort.c.case != bindparam("of"),
        cohort.c.starts <= bindparam("ends"),
        cohort.c.ends >= bindparam("starts"),
    )
    .limit(1)
)


def overlapping(connection: Connection, number: str, starts: date, ends: date) -> tuple[str, ...]:
    """Whoever of a cohort has a seat in another one on one of these days."""
    other, theirs = cohort.alias("other"), enrolment.alias("theirs")
    wanted = (
        select(enrolment.c.nominee)
        .join(theirs, theirs.c.nominee == enrolment.c.nominee)
        .join(other, other.c.case == theirs.c.case)
        .where(
            enrolment.c.case == number,
            enrolment.c.state.in_(sorted(IN_A_SEAT)),
            theirs.c.case != number,
            theirs.c.state.in_(sorted(IN_A_SEAT)),
            other.c.starts <= ends,
            other.c.ends >= starts,
        )
        .order_by(enrolment.c.nominee)
    )
    return tuple(connection.scalars(wanted))


def takes_people(connection: Connection, number: str, programme: str) -> bool:
    """Whether this is a cohort of the programme that gives seats: others can be merged into it."""
    row = cases.find(connection, number)
    return (
        row is not None
        and row["kind"] == KIND.name
        and row["programme"] == programme
        and row["closed_at"] is None
        and row["stage"] == Stage.CONFIRMED
    )


# -- writing --------------------------------------------------------------------------------------


def _keep_plan(writing: Writing, effect: Plans, _: object) -> None:
    plan = effect.plan
    row = {
        "institute": plan.institute,
        "mode": plan.mode,
        "starts": plan.starts,
        "ends": plan.ends,
        "plan": plan.model_dump_json(),
        "content_hash": plan.digest(),
    }
    of_case = update(cohort).where(cohort.c.case == plan.case)
    if not writing.connection.execute(of_case.values(row)).rowcount:
        writing.connection.execute(insert(cohort).values(row | {"case": plan.case}))


def _may_sit(writing: Writing, effect: Enrols) -> Broken | None:
    """Nobody has seats in two cohorts on one day: looked at in the transaction that gives the second."""
    one = effect.enrolment
    if nominee.find(writing.connection, one.nominee) is None:
        return Broken(TrainingRule.NOT_REGISTERED, f"({one.nominee})")
    if not one.seated:
        return None
    plan = plan_of(writing.connection, writing.source.case)
    assert plan, "a cohort is planned before anybody is enrolled"
    number = writing.source.case
    other = seat_elsewhere(writing.connection, one.nominee, number, plan.starts, plan.ends)
    return Broken(TrainingRule.OVERLAP, f"({other})") if other else None


def _enrol(writing: Writing, effect: Enrols, _: object) -> None:
    _put(writing, writing.source.case, effect.enrolment)


def _put(writing: Writing, number: str, one: Enrolment) -> None:
    row: dict[str, Any] = one.model_dump(include=set(_FIELDS)) | {"updated_at": writing.entry.at}
    known = {"of": number, "who": one.nominee}
    if not writing.connection.execute(_CHANGED.values(row), known).rowcount:
        writing.connection.execute(insert(enrolment).values(row | {"case": number}))


_CHANGED = update(enrolment).where(
    enrolment.c.case == bindparam("of"), enrolment.c.nominee == bindparam("who")
)


def _attend(writing: Writing, effect: Attends, _: object) -> None:
    day, number = date.fromisoformat(effect.day), writing.source.case
    writing.connection.execute(delete(attendance).where(attendance.c.case == number, attendance.c.day == day))
    rows = [
        {"case": number, "day": day, "nominee": nominee, "present": present}
        for nominees, present in ((effect.present, True), (effect.absent, False))
        for nominee in nominees
    ]
    if rows:
        writing.connection.execute(insert(attendance), rows)


def _may_certify(writing: Writing, effect: Certifies) -> Broken | None:
    """A number is given once, and an official of a cohort has one certificate."""
    taken = writing.connection.scalar(
        select(certificate.c.number)
        .where(certificate.c.case == writing.source.case)
        .where((certificate.c.number == effect.number) | (certificate.c.nominee == effect.nominee))
    )
    return Broken(TrainingRule.NOT_IN_STATE, f"({taken})") if taken else None


def _certify(writing: Writing, effect: Certifies, _: object) -> None:
    row = effect.model_dump(include={"number", "nominee", "document"})
    row |= {"case": writing.source.case, "issued_at": writing.entry.at}
    writing.connection.execute(insert(certificate).values(row))


def _revoke(writing: Writing, effect: Revokes, _: object) -> None:
    of = update(certificate).where(certificate.c.number == effect.number)
    writing.connection.execute(of.values(revoked_at=writing.entry.at))


def _may_merge(writing: Writing, effect: Merges) -> Broken | None:
    own = cases.find(writing.connection, writing.source.case)
    assert own
    fits = takes_people(writing.connection, effect.into, own["programme"])
    return None if fits else Broken(TrainingRule.INTO, f"({effect.into})")


def _hand_over(writing: Writing, effect: Merges, _: object) -> None:
    """Whoever is still to come waits there, behind those who wait already; both cohorts were screened."""
    connection, number = writing.connection, writing.source.case
    there = {one.nominee: one for one in enrolments(connection, effect.into)}
    last = max((one.rank or 0 for one in there.values()), default=0)
    leaving = [one for one in enrolments(connection, number) if one.state in BEFORE_THE_COURSE]
    for one in sorted(leaving, key=lambda one: (one.rank is None, one.rank or 0, one.nominee)):
        left = one.model_copy(update={"state": EnrolmentState.MOVED, "changes": one.changes + 1})
        _put(writing, number, left)
        if one.nominee not in there:
            last += 1
            behind = {"state": EnrolmentState.WAITLISTED, "rank": last, "round": 0, "changes": 0}
            _put(writing, effect.into, one.model_copy(update=behind))


def _tell_there(writing: Writing, effect: Merges, _: object) -> tuple[Others, ...]:
    """The other cohort has on its record where its new nominees come from."""
    into = cases.find(writing.connection, effect.into)
    assert into
    source = Source(
        case=effect.into, workflow_id=into["workflow_id"], run_id=writing.source.run_id, rules=into["rules"]
    )
    entry = Entry(
        key=f"{effect.into}:taken-over:{writing.source.case}",
        stage=into["stage"],
        action=CohortAction.TAKEN_OVER,
        at=writing.entry.at,
        facts={"from": writing.source.case},
    )
    return (Others(source, entry),)


PROJECTIONS = (
    Projection(Plans, apply=_keep_plan),
    Projection(Enrols, admit=_may_sit, apply=_enrol, given=(TrainingRule.NOT_REGISTERED,)),
    Projection(Attends, apply=_attend),
    Projection(Certifies, admit=_may_certify, apply=_certify),
    Projection(Revokes, apply=_revoke),
    Projection(Merges, admit=_may_merge, apply=_hand_over, follow=_tell_there),
)
