"""What a cohort asks of the database. Nothing is changed by a question."""

from sqlalchemy import Connection, Engine, case, func, select
from temporalio import activity

from activities.training import cohort, nominee
from activities.training.certificates import Unprintable, dossier_of
from models.tables.training import attendance
from models.training.enrolment import Enrolment
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
MOST_BYTES = 300_000
"""So many enrolments, and so much of them, are in one answer: people may give long reasons."""


class CohortQuestions:
    """Answers what the tables of cohorts have."""

    def __init__(self, engine: Engine, unprintable: Unprintable) -> None:
        self._engine = engine
        self._unprintable = unprintable

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(readonly=True)

    @activity.defn(name="cohort-roster")
    def roster(self, wanted: RosterWanted) -> RosterFound:
        """Plan and enrolments, a page at a time."""
        with self._reading() as connection:
            plan = cohort.plan_of(connection, wanted.case)
            found = cohort.enrolments(connection, wanted.case, AT_ONCE, wanted.after)
        page = that_fit(found)
        more = page[-1].nominee if len(page) < len(found) or len(found) == AT_ONCE else None
        return RosterFound(plan=plan, enrolments=tuple(page), more=more)

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
        """Whether somebody is in the register, what they are nominated with is kept, and a certificate can
        show their name.
        """
        with self._reading() as connection:
            known = nominee.find(connection, wanted.nominee)
            dossier = dossier_of(connection, wanted.dossier, wanted.nominee)
        if known is None or dossier is None:
            return NomineeFound(registered=False)
        names = (dossier.official.name, dossier.official.latin)
        problems = (problem for name in names if (problem := self._unprintable(name)))
        return NomineeFound(registered=True, unprintable=next(problems, ""))

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


def that_fit(found: list[Enrolment]) -> list[Enrolment]:
    """The first of them, as many as one answer may hold."""
    size, page = 0, list[Enrolment]()
    for one in found:
        size += len(one.model_dump_json().encode())
        if page and size > MOST_BYTES:
            break
        page.append(one)
    return page
