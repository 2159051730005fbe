"""Codes that other people keep: countries, currencies, time zones.

Checked where data enters, never when a running workflow reads its history again: a code that is
withdrawn next year must not stop a case of today.
"""

from zoneinfo import available_timezones


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


def zone_problem(name: str) -> str | None:
    """What is wrong with the name of a time zone, or None."""
    return None if name in available_timezones() else f"{name!r} is not an IANA time zone, e.g. Asia/Seoul"
