"""What is particular to a cohort, for lists of cases of every kind. Names of nominees are not."""

from collections import Counter

from sqlalchemy import Connection

from activities.training import cohort
from models.training.cohort import KIND
from services.case.details import Details, DetailsOfKind


def _read(connection: Connection, number: str) -> Details:
    plan = cohort.plan_of(connection, number)
    if plan is None:
        return Details()
    states = Counter(str(one.state) for one in cohort.enrolments(connection, number))
    facts = {
        "institute": plan.institute,
        "mode": str(plan.mode),
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "seats": plan.seats,
        "minimum": plan.minimum,
        "officials": ", ".join(f"{count} {state}" for state, count in sorted(states.items())),
        "plan": plan.content(),
    }
    return Details(plan.budget, facts)


COHORT = DetailsOfKind(KIND, _read, exact=("institute", "mode"))
