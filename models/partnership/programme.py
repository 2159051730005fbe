"""A programme: how its partnerships run, as data. A case is pinned to one version of it."""

from typing import Self

from pydantic import Field, model_validator

from models.amount import Amount
from models.base import Line, Message, Role
from models.case.deadline import Terms, Zone
from models.case.duty import Duty
from models.case.rule import Rule
from models.money.fund import Fund
from models.partnership.partnership import Country, Proposal, StudyKind
from models.partnership.terms import AgreementTerms, GateTerms, PaymentTerms, StudyTerms, TaskTerms


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
        ceiling = self.ceilings.get(proposal.study)
        if proposal.programme != self.id or (self.countries and proposal.country not in self.countries):
            return Rule.ANOTHER_CASE
        if proposal.requested.currency != self.fund.currency:
            return Rule.WRONG_CURRENCY
        if ceiling is None or proposal.requested.minor > ceiling.minor:
            return Rule.OVER_CEILING
        return Rule.LABOUR if self.pays_too_much_labour(proposal, proposal.requested.minor) else None

    def pays_too_much_labour(self, proposal: Proposal, minor: int) -> bool:
        """Whether more of ``minor`` units would go into labour than a demonstration may spend on it."""
        labour = proposal.consortium.labour if proposal.consortium else 0
        return labour * 100 > minor * self.labour_percent
