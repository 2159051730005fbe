"""Training programmes: what their files are read as, and who is needed for their steps."""

from collections.abc import Iterator

from activities.case.deadline import holidays_problem
from models.case.duty import Act
from models.case.staffing import Step
from models.case.terms import GateTerms
from models.codes import country_problem, currency_problem, zone_problem
from models.training.terms import TrainingProgramme
from services.case.programme import ProgrammeKind


def problems(programme: TrainingProgramme) -> list[str]:
    """The codes in a programme that nobody knows, each with its key."""
    countries = (("countries", code) for code in programme.countries)
    found = [
        (key, country_problem(code) or holidays_problem(code))
        for key, code in (("founder", programme.founder), *countries)
    ]
    found.append(("fund.currency", currency_problem(programme.fund.currency)))
    found.append(("zone", zone_problem(programme.zone)))
    wrong = [f"{key}: {problem}" for key, problem in found if problem]
    if programme.founder in programme.countries:
        wrong.append(f"countries: {programme.founder} invites, and cannot be invited; leave it out")
    return wrong


def steps(programme: TrainingProgramme) -> tuple[Step, ...]:
    """Every step of a cohort that a role is asked for, with its key in the file."""
    return tuple(_steps(programme))


def _steps(programme: TrainingProgramme) -> Iterator[Step]:
    called_in = programme.revision.escalate_to
    yield Step("coordinators", Act.DRAFT, programme.coordinators, rounds=programme.publication.rounds)
    yield _decided("publication", Act.CLEAR, programme.publication)
    yield _decided("funding", Act.APPROVE, programme.funding)
    yield Step("nominators", Act.DRAFT, programme.nominators, (), programme.nomination.escalate_to)
    ranking = programme.ranking
    yield Step(
        "ranking", Act.DRAFT, ranking.roles, (), ranking.deadline.escalate_to, programme.screening.rounds
    )
    yield _decided("screening", Act.EVALUATE, programme.screening)
    yield Step("institutes", None, programme.institutes, (), programme.attendance.escalate_to)
    yield _decided("appeal", Act.EVALUATE, programme.appeal)
    yield Step(
        "costs", None, programme.coordinators, (), (programme.costs or programme.follow_up.plan).escalate_to
    )
    yield Step("follow_up", None, programme.coordinators, (), called_in)


def _decided(key: str, act: Act, terms: GateTerms) -> Step:
    panels = (terms.panel, *(tier.panel for tier in terms.tiers))
    return Step(key, act, (), panels, terms.deadline.escalate_to, terms.rounds)


TRAINING = ProgrammeKind("training", TrainingProgramme, problems, steps)
"""What a training programme is among the programmes."""
