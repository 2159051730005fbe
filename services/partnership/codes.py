"""Codes that nobody knows, in what people hand in for partnerships. Checked where it enters, nowhere else."""

from models.codes import country_problem, currency_problem, zone_problem
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme


def proposal_problems(proposal: Proposal) -> list[str]:
    """The codes in a proposal that nobody knows."""
    found = (country_problem(proposal.country), currency_problem(proposal.requested.currency))
    return [problem for problem in found if problem]


def programme_problems(programme: Programme) -> list[str]:
    """The codes in a programme that nobody knows, each with its key."""
    countries = (("countries", code) for code in programme.countries)
    found = [(key, country_problem(code)) for key, code in (("founder", programme.founder), *countries)]
    found.append(("fund.currency", currency_problem(programme.fund.currency)))
    found.append(("zone", zone_problem(programme.zone)))
    return [f"{key}: {problem}" for key, problem in found if problem]
