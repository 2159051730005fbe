"""Terms of payments: who asks for them, who approves them, how long a bank may not know one."""

from typing import Self

from pydantic import Field, model_validator

from models.base import Message, Role
from models.case.rules import Rules
from models.case.terms import GateTerms, TaskTerms


class PaymentTerms(Message):
    """Who asks for payments and who approves them; how long a bank may not know what it was sent."""

    request: TaskTerms
    approval: GateTerms
    """Several seats, one for each pair of eyes; tiers add more above a threshold."""
    doubt_hours: int = Field(default=72, ge=1, le=2000)
    account_cooling_days: int = Field(default=7, ge=0, le=366)
    """How long nothing is sent to an account that took the place of another."""
    reconcilers: tuple[Role, ...] = ()
    """Who holds statements of the bank against the payments, and does nothing else with one; none: in
    programmes of before, whoever follows payments."""
    account: str | None = Field(default=None, pattern=r"^[A-Z0-9]{4,34}$")
    """The account that it is paid from: statements of another count for nothing. None: of any."""

    @model_validator(mode="after")
    def _takes_two_people(self) -> Self:
        panels = [self.approval.panel, *(tier.panel for tier in self.approval.tiers)]
        for body in (body for panel in panels for body in panel.bodies):
            if len(panels[0].bodies) == 1 and body.needed(len(body.seats)) < 2:
                raise ValueError("a payment takes two approvals or more (four eyes); raise the quorum")
        return self


class PaymentRules(Rules):
    """What a payment needs of its programme."""

    sleeve: str
    """The level of the fund that it is paid from."""
    payment: PaymentTerms
