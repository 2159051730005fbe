"""Acting approval: what a deputy decided in somebody's absence is reported to whom they decided for."""

from models.base import GateId, Message, PersonId, Prose
from models.case.case import Case, Kind
from models.case.gate import GateRef
from models.case.panel import Choice

KIND = Kind(name="acknowledgement", stages=("acknowledgement",))
"""What the report of an acting vote is among the kinds of cases."""


class Acknowledgement(Message):
    """Whoever was absent takes note of what was decided for them."""

    gate: GateId
    actor: PersonId
    comment: Prose = ""


class AcknowledgementStart(Message):
    """An acting vote, by the number of its entry on record, and to whom it is reported."""

    case: Case
    stage: str
    """The stage of the case in which the vote was cast."""
    vote: GateId
    """The gate it was cast at."""
    record: int
    verdict: Choice
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
