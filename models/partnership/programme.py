"""A programme: how its partnerships run, as data. A case is pinned to one version of it."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.agreement.terms import AgreementTerms
from models.amount import Amount
from models.base import Line
from models.case.case import Country
from models.case.deadline import Terms
from models.case.defaults import with_defaults
from models.case.rule import CaseRule, Rule
from models.case.rules import Rules
from models.case.terms import GateTerms, TaskTerms
from models.files import meant
from models.money.fund import Fund
from models.money.rule import MoneyRule
from models.money.written import in_minor_units
from models.partnership.partnership import Proposal, StudyKind
from models.partnership.rule import PartnershipRule
from models.payment.terms import PaymentTerms
from models.study.terms import StudyTerms


class PartnershipTerms(Rules):
    """What a partnership needs of its programme: its stages, its money, who may take part."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    founder: Country
    """The country whose holidays count beside the host's."""
    countries: tuple[Country, ...] = ()
    """Eligible host countries; empty means all."""
    sleeve: str
    """The level of the fund that studies are paid from."""
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
    conditions: TaskTerms
    launch: GateTerms

    def refuses(self, proposal: Proposal) -> Rule | None:
        """The rule of this programme that ``proposal`` breaks, or None."""
        if proposal.programme != self.id or (self.countries and proposal.country not in self.countries):
            return CaseRule.ANOTHER_CASE
        if any(ceiling.currency != proposal.requested.currency for ceiling in self.ceilings.values()):
            return MoneyRule.WRONG_CURRENCY
        ceiling = self.ceilings.get(proposal.study)
        if ceiling is None or proposal.requested.minor > ceiling.minor:
            return PartnershipRule.OVER_CEILING
        return (
            PartnershipRule.LABOUR if self.pays_too_much_labour(proposal, proposal.requested.minor) else None
        )

    def pays_too_much_labour(self, proposal: Proposal, minor: int) -> bool:
        """Whether more of ``minor`` units would go into labour than a demonstration may spend on it."""
        labour = proposal.consortium.labour if proposal.consortium else 0
        return labour * 100 > minor * self.labour_percent


class Programme(PartnershipTerms):
    """A programme file: everything that decides what happens to a case. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: Literal["partnership"] = "partnership"
    """Of which system it is a programme; a file may leave this one out."""
    version: int = Field(ge=1, le=1_000_000)
    title: Line
    fund: Fund
    payment: PaymentTerms | None = None
    """None: tranches are paid outside of Accord, and count as paid when they are due."""
    agreement: AgreementTerms

    @model_validator(mode="before")
    @classmethod
    def _as_people_write_it(cls, given: Any) -> Any:
        """``[defaults]`` is written out; sums may be written with their currency, that of the fund."""
        given = with_defaults(given)
        fund = given.get("fund") if isinstance(given, dict) else None
        return in_minor_units(given, fund.get("currency")) if isinstance(fund, dict) else given

    @model_validator(mode="after")
    def _money_fits(self) -> Self:
        sleeves = [placed.part.id for placed in self.fund.levels() if not placed.part.parts]
        if self.sleeve not in sleeves:
            what = f"{self.sleeve!r} is no sleeve of the fund {self.fund.id}"
            raise ValueError(f"sleeve: {what}; {meant(self.sleeve, sleeves)}")
        for study, ceiling in self.ceilings.items():
            if ceiling.currency != self.fund.currency:
                what = f"the fund is in {self.fund.currency}, this is in {ceiling.currency}"
                raise ValueError(f"ceilings.{study}: {what}; write it in that of the fund")
        return self

    def content(self) -> dict[str, Any]:
        """What the file says, without what today's code adds: a new field changes no digest."""
        return self.model_dump(mode="json", exclude_unset=True)

    def in_full(self) -> dict[str, Any]:
        """All that holds, defaults included: what it is first, then the rest."""
        said = self.model_dump(mode="json")
        return {name: said[name] for name in ("id", "version", "title")} | said
