"""What a cohort asks of the database. Nothing is changed by a question."""

from sqlalchemy import Connection, Engine, case, func, select
from temporalio import activity

from activities.training import cohort, nominee
from models.tables.training import attendance
from models.training.questions import (
    AttendanceFound,
    AttendanceWanted,
    Days,
    NomineeFound,
    NomineeWanted,
    PlaceFound,
    PlaceWanted,
    RosterFound,
    RosterWanted,
)

AT_ONCE = 500
"""So many enrolments are in one answer; the engine takes payloads of two million bytes."""


class CohortQuestions:
    """Answers what the tables of cohorts have."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(readonly=True)

    @activity.defn(name="cohort-roster")
    def roster(self, wanted: RosterWanted) -> RosterFound:
        """Plan and enrolments, a page at a time."""
        with self._reading() as connection:
            plan = cohort.plan_of(connection, wanted.case)
            found = cohort.enrolments(connection, wanted.case, AT_ONCE, wanted.after)
        more = found[-1].nominee if len(found) == AT_ONCE else None
        return RosterFound(plan=plan, enrolments=tuple(found), more=more)

    @activity.defn(name="cohort-attendance")
    def attendance(self, wanted: AttendanceWanted) -> AttendanceFound:
        """Days with a sheet, and days present, of everybody."""
        present = func.sum(case((attendance.c.present, 1), else_=0))
        of = (
            select(attendance.c.nominee, func.count().label("days"), present.label("present"))
            .where(attendance.c.case == wanted.case)
            .group_by(attendance.c.nominee)
            .order_by(attendance.c.nominee)
        )
        with self._reading() as connection:
            rows = connection.execute(of).mappings().all()
        return AttendanceFound(days=tuple(Days.model_validate(dict(row)) for row in rows))

    @activity.defn(name="cohort-nominee")
    def nominee(self, wanted: NomineeWanted) -> NomineeFound:
        """Whether somebody is in the register."""
        with self._reading() as connection:
            return NomineeFound(registered=nominee.find(connection, wanted.nominee) is not None)

    @activity.defn(name="cohort-place")
    def place(self, wanted: PlaceWanted) -> PlaceFound:
        """Who has a seat elsewhere on the new days; whether the other cohort takes people."""
        with self._reading() as connection:
            there: tuple[str, ...] = ()
            if wanted.starts and wanted.ends:
                there = cohort.overlapping(connection, wanted.case, wanted.starts, wanted.ends)
            into = wanted.into
            takes = into is None or cohort.takes_people(connection, into, wanted.programme)
        return PlaceFound(overlapping=there, takes_people=takes)
