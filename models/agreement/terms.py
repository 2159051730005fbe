"""Terms of an agreement: drafting, clearance, signing, and how often."""

from pydantic import Field

from models.base import Message
from models.case.deadline import Terms
from models.case.rules import Rules
from models.case.terms import GateTerms, TaskTerms


class AgreementTerms(Message):
    """Drafting, clearance and signing; a refused text goes back ``rounds`` - 1 times."""

    drafting: TaskTerms
    clearance: GateTerms
    signing: Terms
    rounds: int = Field(ge=1, le=20)


class AgreementRules(Rules):
    """What an agreement needs of its programme."""

    agreement: AgreementTerms
