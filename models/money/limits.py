"""What may be funded out of a fund, or a part of it: portfolio rules, as data. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from models.amount import Minor
from models.base import Message
from models.case.case import Country

WITHOUT_FIRM = "without a national firm"
"""The group of the projects that have no firm of the founding country."""


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


def group_of(country: str) -> str:
    """The group of the projects of a country."""
    return f"country {country}"


class Project(NamedTuple):
    """What portfolio rules ask of a case."""

    case: str
    countries: tuple[str, ...]
    area: str | None
    national_firm: bool

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of projects that its money counts for."""
        countries = tuple(group_of(country) for country in self.countries)
        return countries if self.national_firm else (*countries, WITHOUT_FIRM)


class Portfolio(NamedTuple):
    """A project, and what is held at one level: by itself, and by each of its groups together."""

    project: Project
    held: int
    groups: Mapping[str, int]


def breach(limits: Limits, cap: int, at: Portfolio) -> str | None:
    """Which rule a portfolio breaks that would be like this; None: none. What is not known breaks a rule."""
    project = at.project
    if limits.areas and project.area not in limits.areas:
        return f"{project.area or 'no area'} is not one of its areas"
    if limits.per_project is not None and at.held > limits.per_project:
        return f"one project may hold {limits.per_project}, it would hold {at.held}"
    if found := _of_countries(limits, at):
        return found
    percent = limits.without_national_firm_percent
    without = at.groups.get(WITHOUT_FIRM, 0)
    if percent is not None and not project.national_firm and without * 100 > cap * percent:
        return f"{percent} % of the cap may go to projects without a national firm, and would be exceeded"
    return None


def _of_countries(limits: Limits, at: Portfolio) -> str | None:
    """The rule on countries that a portfolio breaks; None: none."""
    most = limits.per_country
    if not limits.countries and most is None:
        return None
    if not at.project.countries:
        return "the country of the project is not known"
    for country in at.project.countries:
        if limits.countries and country not in limits.countries:
            return f"{country} is not one of its countries"
        if most is not None and (held := at.groups[group_of(country)]) > most:
            return f"one country may hold {most}, {country} would hold {held}"
    return None
