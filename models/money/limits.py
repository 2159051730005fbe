"""What may be funded out of a fund, or a part of it: portfolio rules, as data. Pure."""

from typing import NamedTuple

from pydantic import Field

from models.amount import Minor
from models.base import Message
from models.case.case import Country


class Limits(Message):
    """Rules on the portfolio of one level; what is left out is not limited.

    A share that must go to some projects is written as the share that may at most go to the others: that
    can be checked with every reservation, whatever comes first.
    """

    countries: tuple[Country, ...] = ()
    areas: tuple[str, ...] = ()
    per_country: Minor | None = None
    """Most that the projects of any one country may hold together, in minor units."""
    per_project: Minor | None = None
    without_national_firm_percent: int | None = Field(default=None, ge=0, le=100)
    """Most that projects without a firm of the founding country may hold together, in percent of the cap."""


class Portfolio(NamedTuple):
    """A project, and what is held at one level with it: by itself, by its country, by all without a firm."""

    country: str
    area: str | None
    national_firm: bool
    project: int
    of_country: int
    without_firm: int


def breach(limits: Limits, cap: int, at: Portfolio) -> str | None:
    """Which rule a portfolio breaks that would be like this; None: none."""
    if limits.countries and at.country not in limits.countries:
        return f"{at.country} is not one of its countries"
    if limits.areas and at.area not in limits.areas:
        return f"{at.area or 'no area'} is not one of its areas"
    if limits.per_project is not None and at.project > limits.per_project:
        return f"one project may hold {limits.per_project}, it would hold {at.project}"
    if limits.per_country is not None and at.of_country > limits.per_country:
        return f"one country may hold {limits.per_country}, {at.country} would hold {at.of_country}"
    percent = limits.without_national_firm_percent
    if percent is not None and not at.national_firm and at.without_firm * 100 > cap * percent:
        return f"{percent} % of the cap may go to projects without a national firm, and would be exceeded"
    return None
