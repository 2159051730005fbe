"""Which of the gates in an inbox are meant, and which of them somebody may decide. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from activities.case.approval import Sitting
from activities.partnership.partnership import PartnershipRow
from models.amount import Amount
from models.case.approval import Decision
from models.case.gate import GateRef
from models.case.judge import judge
from models.case.rule import Broken, Rule

EXACT = ("case", "programme", "stage", "round", "country", "city", "area", "study", "proposer")
PARTLY = ("question", "title", "applicant")
"""What gates are chosen by: the first must be the whole value, of these a part is enough."""

Filters = Mapping[str, tuple[str, ...]]


class BulkResult(StrEnum):
    """What becomes of one gate in a bulk decision."""

    WOULD_SEND = "would send"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_CONFIRMED = "not confirmed"
    NOT_SENT = "not sent"
    ALREADY_VOTED = "already voted"
    LEFT_OUT = "left out"


class Facts(TypedDict):
    """What is known of a gate and its case, by the keys that gates are chosen by."""

    case: str
    programme: str
    stage: str
    round: int
    country: str
    city: str | None
    area: str | None
    study: str
    proposer: str
    question: str
    title: str
    applicant: str
    due_at: datetime
    amount: str
    minor: int


class ItemRow(TypedDict):
    """An item as it is shown."""

    case: str
    question: str
    title: str
    amount: str
    due_at: datetime
    gate: str
    verdict: str
    minor: int
    what: str
    rule: str
    why: str
    record: int | None


class Item(NamedTuple):
    """One gate, the decision on it, and what becomes of it."""

    facts: Facts
    decision: Decision
    result: BulkResult
    rule: str = ""
    why: str = ""
    seq: int | None = None

    def row(self) -> ItemRow:
        """The item as it is shown."""
        known = self.facts
        return {
            "case": known["case"],
            "question": known["question"],
            "title": known["title"],
            "amount": known["amount"],
            "due_at": known["due_at"],
            "gate": self.decision.gate,
            "verdict": self.decision.verdict,
            "minor": known["minor"],
            "what": self.result,
            "rule": self.rule,
            "why": self.why,
            "record": self.seq,
        }


def facts(gate: Mapping[str, Any], case: PartnershipRow) -> Facts:
    """What is known of a gate and its case."""
    ref = GateRef.parse(gate["id"])
    amount = Amount(minor=case["requested"], currency=case["currency"])
    return {
        "case": case["case"],
        "programme": case["programme"],
        "stage": ref.name.partition(".")[0],
        "round": ref.round,
        "country": case["country"],
        "city": case["city"],
        "area": case["area"],
        "study": case["study"],
        "proposer": case["proposer"],
        "question": gate["question"],
        "title": case["title"],
        "applicant": case["applicant"],
        "due_at": gate["due_at"],
        "amount": str(amount),
        "minor": amount.minor,
    }


def matches(known: Facts, filters: Filters) -> bool:
    """Whether a gate is what ``filters`` asks for, in every key."""
    of_gate: Mapping[str, object] = known
    return all(_fits(key, str(of_gate[key] or "").casefold(), values) for key, values in filters.items())


def _fits(key: str, value: str, filters: tuple[str, ...]) -> bool:
    return any(one in value if key in PARTLY else one == value for one in filters)


def predicted(known: Facts, decision: Decision, sitting: Sitting | None, ceiling: int | None) -> Item:
    """Whether ``decision`` is worth sending; if not, by which rule. Nothing known: its case will say."""
    if sitting:
        broken = judge(sitting.gate, decision, sitting.rights)
        if isinstance(broken, Broken):
            voted = broken.rule is Rule.SECOND_VOTE
            result = BulkResult.ALREADY_VOTED if voted else BulkResult.LEFT_OUT
            seq = _first_vote(sitting) if voted else None
            return Item(known, decision, result, broken.rule, broken.text, seq)
    if ceiling is not None and known["minor"] > ceiling:
        return Item(known, decision, BulkResult.LEFT_OUT, "ceiling", f"{known['amount']} is above --ceiling.")
    return Item(known, decision, BulkResult.WOULD_SEND)


def _first_vote(sitting: Sitting) -> int | None:
    people = filter(None, (sitting.rights.actor, sitting.rights.giver))
    return next((sitting.votes[one.who] for one in people if one.who in sitting.votes), None)
