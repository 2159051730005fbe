"""A fund: capped, in one currency, divided into sub-funds and sleeves whose caps fit inside each other."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from models.amount import Currency, Minor
from models.base import Line, Message, OrganisationId, Role
from models.money.limits import Limits
from models.money.written import in_minor_units


class Level(StrEnum):
    """How deep in a fund something is."""

    FUND = "fund"
    SUB_FUND = "sub_fund"
    SLEEVE = "sleeve"


class Investor(Message):
    """Who has pledged money, and how much. It is paid in when it is called, not before."""

    id: OrganisationId
    name: Line
    pledge: Minor


class Sleeve(Message):
    """A capped part of a fund, for one purpose."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name: Line
    cap: Minor
    investors: tuple[Investor, ...] = ()
    """Without investors here or further down, a level may use all that the one above has, up to its cap;
    a fund without any is a budget, there from the start.
    """

    limits: Limits | None = None

    @property
    def parts(self) -> "tuple[Sleeve, ...]":
        """What it is divided into."""
        return ()

    @property
    def level(self) -> Level:
        """How deep in its fund it is."""
        return Level.SLEEVE

    @property
    def raises(self) -> bool:
        """Whether investors pay into it or into any of its parts."""
        return bool(self.investors) or any(part.raises for part in self.parts)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if sum(part.cap for part in self.parts) > self.cap:
            raise ValueError(
                f"the sleeves of {self.id} add up to more than its cap; raise it, or lower theirs"
            )
        if sum(investor.pledge for investor in self.investors) > self.cap:
            raise ValueError(f"the pledges to {self.id} add up to more than its cap; raise it, or lower them")
        if len({investor.id for investor in self.investors}) < len(self.investors):
            raise ValueError(f"two investors in {self.id} have the same id; give each an id of its own")
        return self


class SubFund(Sleeve):
    """A fund that a fund is invested in."""

    sleeves: tuple[Sleeve, ...] = ()

    @property
    def parts(self) -> tuple[Sleeve, ...]:
        """Its sleeves."""
        return self.sleeves

    @property
    def level(self) -> Level:
        """A sub-fund."""
        return Level.SUB_FUND


class Placed(NamedTuple):
    """A level of a fund, and the id of the one above it."""

    part: Sleeve
    parent: str | None


class Fund(SubFund):
    """A capped pot of money in one currency; one with sub-funds is a fund of funds."""

    currency: Currency
    managers: tuple[Role, ...] = Field(default=("treasury",), min_length=1)
    """Roles that act on the fund itself: call capital, freeze it, claim money back."""
    sub_funds: tuple[SubFund, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _sums_as_people_write_them(cls, given: Any) -> Any:
        """Sums may be written with their currency."""
        return in_minor_units(given, given.get("currency")) if isinstance(given, dict) else given

    @property
    def parts(self) -> tuple[Sleeve, ...]:
        """Its sub-funds and its own sleeves."""
        return (*self.sub_funds, *self.sleeves)

    @property
    def level(self) -> Level:
        """The outermost."""
        return Level.FUND

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        ids = [placed.part.id for placed in self.levels()]
        if twice := [name for name in ids if ids.count(name) > 1]:
            raise ValueError(f"two levels of {self.id} have the id {twice[0]!r}; give each an id of its own")
        if not self.parts:
            raise ValueError(f"{self.id} has no sleeves; add one under [[fund.sleeves]]")
        return self

    def levels(self) -> Iterator[Placed]:
        """Every level, each after the one above it."""
        yield Placed(self, None)
        for part in self.parts:
            yield Placed(part, self.id)
            yield from (Placed(sleeve, part.id) for sleeve in part.parts)


ALLOTMENT = "allotment"
"""Stands for the investor of a level that none pays into."""


def account(level: str, investor: str) -> str:
    """What the transfers of one investor at one level go by, as those of a case go by its reservation."""
    return f"{level}:{investor}"
