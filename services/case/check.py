"""Whether a programme can be run here: its codes are known, and people can do what it asks for."""

from datetime import UTC, datetime
from typing import TypedDict

from sqlalchemy import Connection

from activities.people.staff import staff
from models.case.deadline import day_in
from models.case.staffing import shortages
from services.case.programme import AllProgrammes, Programme


class FindingRow(TypedDict):
    """Something to put right, or to know: the key in the file, the rule, what is wrong, what to do."""

    key: str
    rule: str
    stops: bool
    """Whether a case would come to a stop; else it does when one person is away."""
    what: str
    to_do: str


def check(connection: Connection, programmes: AllProgrammes, programme: Programme) -> list[FindingRow]:
    """What keeps a programme from being run with the people in the directory today; first what stops it."""
    if wrong := programmes.problems(programme):
        to_do = "correct the code in the file"
        told = (one.partition(": ") for one in wrong)
        return [FindingRow(key=key, rule="code", stops=True, what=what, to_do=to_do) for key, _, what in told]
    there = staff(connection, day_in(programme.zone, datetime.now(UTC)))
    found = [
        FindingRow(
            key=one.key,
            rule=one.shortage,
            stops=one.shortage.stops,
            what=one.text,
            to_do=one.to_do,
        )
        for one in shortages(programmes.steps(programme), programme.duties, there)
    ]
    return sorted(found, key=lambda row: not row["stops"])
