"""Terms of a study: tender, award, deliverables, and what releases which share of the money."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from models.base import Message
from models.case.case import Country
from models.case.rules import Rules
from models.case.terms import GateTerms, TaskTerms
from models.payment.terms import PaymentTerms
from models.study.tranche import Tranche, by_name, problem, steps


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


class StudyRules(Rules):
    """What a study needs of its programme."""

    founder: Country
    """Where its tender is held."""
    sleeve: str
    """The level of the fund that it is paid from."""
    study: StudyTerms
    payment: PaymentTerms | None = None
