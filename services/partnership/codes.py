"""Codes that nobody knows, in what people hand in for partnerships. Checked where it enters, nowhere else."""

from activities.case.deadline import holidays_problem
from models.codes import country_problem, currency_problem, zone_problem
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme


def _country(code: str) -> str | None:
    return country_problem(code) or holidays_problem(code)


def proposal_problems(proposal: Proposal) -> list[str]:
    """The codes in a proposal that nobody knows."""
    found = (_country(proposal.country), currency_problem(proposal.requested.currency))
    return [problem for problem in found if problem]


def programme_problems(programme: Programme) -> list[str]:
    """The codes in a programme that nobody knows, each with its key."""
    countries = (("countries", code) for code in programme.countries)
    found = [(key, _country(code)) for key, code in (("founder", programme.founder), *countries)]
    found.append(("fund.currency", currency_problem(programme.fund.currency)))
    found.append(("zone", zone_problem(programme.zone)))
    return [f"{key}: {problem}" for key, problem in found if problem]
