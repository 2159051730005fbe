"""Nominations as a cohort takes them: by whom, of whom, with which documents."""

from collections.abc import Mapping

from sqlalchemy import Connection

from activities.people import person
from activities.training import cohort, nominee
from models.case.rule import CaseRule
from models.training.action import CohortGate
from models.training.cohort import Plan
from models.training.official import Official
from models.training.rule import TrainingRule
from services.case.cases import Refused


def country_of(connection: Connection, number: str, actor: str) -> str:
    """The country that ``actor`` nominates for. Refused: for none of this cohort."""
    plan = _plan(connection, number)
    known = person.find(connection, actor)
    if known is None:
        raise Refused(CaseRule.UNKNOWN_PERSON, f"({actor})")
    country = plan.country_of(known.organisation)
    if country is None:
        raise Refused(TrainingRule.OTHER_COUNTRY, f"{known.organisation} nominates for none.")
    return country


def _plan(connection: Connection, number: str) -> Plan:
    plan = cohort.plan_of(connection, number)
    if plan is None:
        raise Refused(CaseRule.UNKNOWN_CASE, f"({number})")
    return plan


def gate_of(number: str) -> str:
    """The gate at which a cohort takes nominations."""
    return f"{number}:training.{CohortGate.NOMINATIONS}:1"


def problem_of(connection: Connection, number: str, official: Official) -> str | None:
    """What would keep an official from being nominated, or None; nothing is changed."""
    plan = _plan(connection, number)
    known = nominee.known(connection, official)
    if known is None:
        return None
    if any(one.nominee == known for one in cohort.enrolments(connection, number)):
        return TrainingRule.ONCE_PER_COHORT.text
    other = cohort.seat_elsewhere(connection, known, number, plan.starts, plan.ends)
    return f"{TrainingRule.OVERLAP.text} ({other})" if other else None


def missing(connection: Connection, number: str, documents: Mapping[str, str]) -> list[str]:
    """Which of the documents that the plan asks for are not among these."""
    return [kind for kind in _plan(connection, number).documents if kind not in documents]


def not_asked_for(connection: Connection, number: str, documents: Mapping[str, str]) -> str | None:
    """What is said of a document that the plan does not ask for, or None: no misspelt one is lost."""
    asked = _plan(connection, number).documents
    strange = sorted(set(documents) - set(asked))
    if not strange:
        return None
    return f"{strange[0]!r} is none of those that the plan asks for: {', '.join(asked) or 'none'}."
