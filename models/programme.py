"""A programme: how its partnerships run, as data. A case is pinned to one version of it."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from models.amount import Amount
from models.base import Line, Message, Role
from models.deadline import Terms, Zone
from models.duty import Duty
from models.fund import Fund
from models.panel import Panel
from models.partnership import Country, Proposal, StudyKind
from models.rule import Rule
from models.tranche import Tranche, by_name, problem, steps


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


class TenderTerms(Message):
    """Who publishes a tender, how often it is held, and who says what follows when it keeps failing."""

    publication: TaskTerms
    rounds: int = Field(default=2, ge=1, le=10)
    task_force: GateTerms


class StudyTerms(Message):
    """Award, delivery and acceptance, and what releases which share of the money."""

    tender: TenderTerms | None = None
    """None: the tender is held elsewhere, and only its award is recorded."""
    award: TaskTerms
    delivery: TaskTerms
    acceptance: GateTerms
    tranches: Annotated[tuple[Tranche, ...], BeforeValidator(by_name)]

    @model_validator(mode="after")
    def _tranches_are_whole(self) -> Self:
        if found := problem(self.tranches):
            raise ValueError(found)
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """What is handed in and accepted, in this order."""
        return steps(self.tranches)

    @property
    def parts(self) -> tuple[str, ...]:
        """All that is accepted, or paid by a date."""
        return (*self.steps, *(tranche.name for tranche in self.tranches if tranche.days))


class PaymentTerms(Message):
    """Who asks for payments and who approves them; how long a bank may not know what it was sent."""

    request: TaskTerms
    approval: GateTerms
    """Several seats, one for each pair of eyes; tiers add more above a threshold."""
    doubt_hours: int = Field(default=72, ge=1, le=2000)

    @model_validator(mode="after")
    def _takes_two_people(self) -> Self:
        panels = [self.approval.panel, *(tier.panel for tier in self.approval.tiers)]
        for body in (body for panel in panels for body in panel.bodies):
            if len(panels[0].bodies) == 1 and body.needed(len(body.seats)) < 2:
                raise ValueError("a payment takes two approvals or more (four eyes)")
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
    overriders: tuple[Role, ...] = ()
    """Roles of which two people together may override a panel; none: nobody may."""
    duties: tuple[Duty, ...] = ()
    """What takes two people in one case, beside the rule that nobody decides on what they handed in."""
    report: Terms | None = None
    """How soon an absent approver takes note of what their deputy decided; None: no acting approval."""
    cooling_off_days: int = Field(default=0, ge=0, le=3660)
    """How long a former member of the beneficiary decides nothing about it."""
    fund: Fund
    sleeve: str
    ceilings: dict[StudyKind, Amount]
    labour_percent: int = Field(default=40, ge=0, le=100)
    """What of a demonstration's money may go into labour (smartcity.go.kr FAQ: 40 %)."""
    review: GateTerms
    revision: Terms
    waiting: Terms | None = None
    """How long a case waits for money that has run out; None: as long as for a revision."""
    offer: Terms | None = None
    """How soon it must take up what is offered when money comes back; None: as soon as a revision."""
    funding: GateTerms
    study: StudyTerms
    payment: PaymentTerms | None = None
    """None: tranches are paid outside of Accord, and count as paid when they are due."""
    agreement: AgreementTerms
    conditions: TaskTerms
    launch: GateTerms

    @model_validator(mode="after")
    def _money_fits(self) -> Self:
        if self.sleeve not in {placed.part.id for placed in self.fund.levels() if not placed.part.parts}:
            raise ValueError(f"sleeve {self.sleeve!r} is not one of the fund {self.fund.id}")
        if any(ceiling.currency != self.fund.currency for ceiling in self.ceilings.values()):
            raise ValueError(f"ceilings must be in {self.fund.currency}, the currency of the fund")
        return self

    def panels(self) -> dict[str, GateTerms]:
        """The terms of every panel, by the name of its gate."""
        found = {"review": self.review, "funding": self.funding, "launch": self.launch}
        found |= {f"study.{part}": self.study.acceptance for part in self.study.steps}
        if self.study.tender:
            found["study.taskforce"] = self.study.tender.task_force
        if self.payment:
            names = [tranche.name for tranche in self.study.tranches]
            gates = [f"study.{name}-{step}" for name in names for step in ("payment", "doubt")]
            found |= dict.fromkeys(gates, self.payment.approval)
        return found | {"agreement.clearance": self.agreement.clearance}

    def refuses(self, proposal: Proposal) -> Rule | None:
        """The rule of this programme that ``proposal`` breaks, or None."""
        ceiling, consortium = self.ceilings.get(proposal.study), proposal.consortium
        if proposal.programme != self.id or (self.countries and proposal.country not in self.countries):
            return Rule.ANOTHER_CASE
        if proposal.requested.currency != self.fund.currency:
            return Rule.WRONG_CURRENCY
        if ceiling is None or proposal.requested.minor > ceiling.minor:
            return Rule.OVER_CEILING
        much = consortium and consortium.labour * 100 > proposal.requested.minor * self.labour_percent
        return Rule.LABOUR if much else None


class InvalidFile(ValueError):
    """A programme or other file that breaks a rule; the text names file, key and rule."""


def load_programme(path: Path) -> Programme:
    """Read and check one programme file. InvalidFile says which key breaks which rule."""
    try:
        return Programme.model_validate_json(toml_as_json(path))
    except ValidationError as error:
        raise InvalidFile(f"{path.name}: {explain(error)}") from error


def load_fund(path: Path) -> Fund:
    """Read and check the file of a fund by itself. InvalidFile says which key breaks which rule."""
    try:
        return Fund.model_validate_json(toml_as_json(path))
    except ValidationError as error:
        raise InvalidFile(f"{path.name}: {explain(error)}") from error


def explain(error: ValidationError) -> str:
    """A validation error as people read it: ``key: what is wrong``, one per problem."""
    problems = (
        (".".join(str(part) for part in problem["loc"]), problem["msg"].removeprefix("Value error, "))
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return "; ".join(f"{key}: {message}" if key else message for key, message in problems)


def toml_as_json(path: Path) -> str:
    """The content of a TOML file as JSON. InvalidFile: it cannot be read."""
    try:
        return json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFile(f"{path.name}: {error}") from error
