"""Who is next, as the rule is told: one seat, one look at everybody. What the quick way is held against."""

from models.training.cohort import Plan
from models.training.enrolment import IN_A_SEAT, Enrolment, EnrolmentState


def next_up(planned: Plan, enrolments: tuple[Enrolment, ...]) -> Enrolment | None:
    """Who gets the next free seat; None: nobody waits, or no seat is free."""
    seated = [one for one in enrolments if one.state in IN_A_SEAT]
    if len(seated) >= planned.seats:
        return None
    queue = sorted(
        (one for one in enrolments if one.state is EnrolmentState.WAITLISTED), key=lambda one: one.rank or 0
    )
    for one in queue:
        quota = planned.quota_of(one.country)
        if quota and sum(other.country == one.country for other in seated) < quota.seats:
            return one
    return queue[0] if queue else None
