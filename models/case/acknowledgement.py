"""Acting approval: what a deputy decided in somebody's absence is reported to whom they decided for."""

from models.base import GateId, Message, PersonId, Prose
from models.case.deadline import Terms
from models.case.panel import Verdict
from models.partnership.partnership import GateRef, Proposal
from models.partnership.programme import Programme


class Acknowledgement(Message):
    """Whoever was absent takes note of what was decided for them."""

    gate: GateId
    actor: PersonId
    comment: Prose = ""


class ReportStart(Message):
    """An acting vote, by the number of its entry on record, and to whom it is reported."""

    proposal: Proposal
    programme: Programme
    terms: Terms
    vote: GateId
    """The gate it was cast at."""
    record: int
    verdict: Verdict
    deputy: PersonId
    absent: PersonId

    @property
    def name(self) -> str:
        """The name of the gate at which it is taken note of, e.g. ``review.report``."""
        return f"{GateRef.parse(self.vote).name}.report"

    @property
    def question(self) -> str:
        """What the one who was absent reads."""
        return f"Take note: {self.deputy} said {self.verdict} for you at {self.vote} (record {self.record})"
