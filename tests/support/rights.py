"""Who may do what in the house: people appointed, terms of the review, votes that are refused."""

from typing import Any

from activities.people import person
from models.case.record import Answer
from models.case.rule import Rule
from models.case.terms import GateTerms
from models.people.person import Holding, Person
from tests.support.house import Case, House


def appoint(house: House, who: str, *roles: Holding | str, **more: Any) -> None:
    """Put somebody in the directory of the house, with exactly these roles."""
    fields = {"name": who, "organisation": "molit", "email": f"{who}@accord.example", "roles": roles} | more
    with house.database.begin() as connection:
        person.register(connection, [Person.model_validate({"id": who, **fields})])


def review(house: House, **changes: Any) -> dict[str, GateTerms]:
    """The terms of the review, changed."""
    return {"review": house.partnerships.programme("k-city-2020").review.model_copy(update=changes)}


async def refused(case: Case, gate: dict[str, Any], actor: str, rule: Rule, **more: Any) -> Answer:
    """The vote is refused by this rule, and the refusal is on record with what it says."""
    answer = await case.vote(gate, actor, **more)
    assert (answer.accepted, answer.rule) == (False, rule)
    (row,) = [row for row in case.history(refused=True) if row["seq"] == answer.seq]
    assert row["reason"] == answer.message
    return answer
