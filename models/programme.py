"""A programme: how its partnerships run, as data. A case is pinned to one version of it."""

import json
import tomllib
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from models.approval import Panel
from models.base import Line, Message, Role
from models.deadline import Terms, Zone
from models.fund import Amount, Fund
from models.partnership import Country, Proposal, StudyKind
from models.rule import Rule
from models.study import Deliverable


class GateTerms(Message):
    """A panel, its deadline, and how many rounds of revision it allows."""

    panel: Panel
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)


class TaskTerms(Message):
    """Who does a piece of work, by when, and how often it may be done over."""

    roles: tuple[Role, ...] = Field(min_length=1)
    deadline: Terms
    rounds: int = Field(default=1, ge=1, le=20)


class StudyTerms(Message):
    """Award, delivery and acceptance, and what share of the money each deliverable releases."""

    award: TaskTerms
    delivery: TaskTerms
    acceptance: GateTerms
    tranches: dict[Deliverable, int]

    @model_validator(mode="after")
    def _tranches_are_whole(self) -> Self:
        if list(self.tranches) != list(Deliverable) or sum(self.tranches.values()) != 100:
            raise ValueError("tranches names inception, interim, final in this order, adding up to 100")
        if min(self.tranches.values()) < 1:
            raise ValueError("every tranche is at least 1 percent")
        return self


class AgreementTerms(Message):
    """Drafting, clearance and signing; a refused text goes back ``rounds`` - 1 times."""

    drafting: TaskTerms
    clearance: GateTerms
    signing: Terms
    rounds: int = Field(ge=1, le=20)


class Programme(Message):
    """Everything about a programme that decides what happens to a case."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    version: int = Field(ge=1, le=1_000_000)
    title: Line
    zone: Zone
    founder: Country
    """The country whose holidays count beside the host's."""
    countries: tuple[Country, ...] = ()
    """Eligible host countries; empty means all."""
    coordinators: tuple[Role, ...] = Field(min_length=1)
    fund: Fund
    sleeve: str
    ceilings: dict[StudyKind, Amount]
    review: GateTerms
    revision: Terms
    funding: GateTerms
    study: StudyTerms
    agreement: AgreementTerms
    conditions: TaskTerms
    launch: GateTerms

    @model_validator(mode="after")
    def _money_fits(self) -> Self:
        if self.sleeve not in {sleeve.id for sleeve in self.fund.sleeves}:
            raise ValueError(f"sleeve {self.sleeve!r} is not one of the fund {self.fund.id}")
        if any(ceiling.currency != self.fund.currency for ceiling in self.ceilings.values()):
            raise ValueError(f"ceilings must be in {self.fund.currency}, the currency of the fund")
        return self

    def refuses(self, proposal: Proposal) -> Rule | None:
        """The rule of this programme that ``proposal`` breaks, or None."""
        ceiling = self.ceilings.get(proposal.study)
        if proposal.programme != self.id or (self.countries and proposal.country not in self.countries):
            return Rule.ANOTHER_CASE
        if proposal.requested.currency != self.fund.currency:
            return Rule.WRONG_CURRENCY
        if ceiling is None or proposal.requested.minor > ceiling.minor:
            return Rule.OVER_CEILING
        return None


class InvalidFile(ValueError):
    """A programme or other file that breaks a rule; the text names file, key and rule."""


def load_programme(path: Path) -> Programme:
    """Read and check one programme file. InvalidFile says which key breaks which rule."""
    try:
        return Programme.model_validate_json(_toml_as_json(path))
    except ValidationError as error:
        raise InvalidFile(f"{path.name}: {explain(error)}") from error


def explain(error: ValidationError) -> str:
    """A validation error as people read it: ``key: what is wrong``, one per problem."""
    problems = (
        (".".join(str(part) for part in problem["loc"]), problem["msg"].removeprefix("Value error, "))
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return "; ".join(f"{key}: {message}" if key else message for key, message in problems)


def _toml_as_json(path: Path) -> str:
    try:
        return json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFile(f"{path.name}: {error}") from error
