"""Terms: who decides or works at a step of a programme, by when, how often."""

from typing import Self

from pydantic import Field, model_validator

from models.base import Message, Role
from models.case.deadline import Terms
from models.case.panel import Panel


class Tier(Message):
    """Another panel, for amounts ``above`` so many minor units of the programme's currency."""

    above: int = Field(ge=1)
    panel: Panel


class GateTerms(Message):
    """A panel, its deadline, and how many rounds of revision it allows."""

    panel: Panel
    tiers: tuple[Tier, ...] = ()
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)
    declared: bool = False
    """Whether a vote takes a declaration of interest first."""
    attested: bool = False
    """Whether only an authenticated principal may vote; otherwise a self-declared vote counts, marked."""

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        above = [tier.above for tier in self.tiers]
        if above != sorted(set(above)):
            raise ValueError("tiers must rise: every `above` is larger than the one before")
        return self

    def panel_for(self, minor: int) -> Panel:
        """The panel that decides on an amount of ``minor`` units."""
        panels = [self.panel, *(tier.panel for tier in self.tiers if minor > tier.above)]
        return panels[-1]


class TaskTerms(Message):
    """Who does a piece of work, by when, and how often it may be done over."""

    roles: tuple[Role, ...] = Field(min_length=1)
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)
