"""Codes that other people keep: countries, currencies, time zones.

Checked where data enters, never when a running workflow reads its history again: a code that is
withdrawn next year must not stop a case of today.
"""

from zoneinfo import available_timezones

from models.partnership.partnership import Proposal
from models.partnership.programme import Programme


def country_problem(code: str) -> str | None:
    """What is wrong with an ISO 3166-1 alpha-2 code, or None."""
    import pycountry  # where a code is checked, not wherever this module is known

    known = pycountry.countries.get(alpha_2=code)
    return None if known else f"{code!r} is not an ISO 3166-1 alpha-2 country code, e.g. VN"


def currency_problem(code: str) -> str | None:
    """What is wrong with an ISO 4217 code, or None."""
    import pycountry

    known = pycountry.currencies.get(alpha_3=code)
    return None if known else f"{code!r} is not an ISO 4217 currency code, e.g. KRW or USD"


def proposal_problems(proposal: Proposal) -> list[str]:
    """The codes in a proposal that nobody knows."""
    found = (country_problem(proposal.country), currency_problem(proposal.requested.currency))
    return [problem for problem in found if problem]


def programme_problems(programme: Programme) -> list[str]:
    """The codes in a programme that nobody knows."""
    found = [country_problem(code) for code in (programme.founder, *programme.countries)]
    found.append(currency_problem(programme.fund.currency))
    if programme.zone not in available_timezones():
        found.append(f"{programme.zone!r} is not an IANA time zone, e.g. Asia/Seoul")
    return [problem for problem in found if problem]
