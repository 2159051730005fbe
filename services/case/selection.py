"""Which of the gates in an inbox are meant, and which of them somebody may decide. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from activities.case.approval import Sitting
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


class Item(NamedTuple):
    """One gate, the decision on it, and what becomes of it."""

    facts: Mapping[str, Any]
    decision: Decision
    result: BulkResult
    rule: str = ""
    why: str = ""
    seq: int | None = None

    def row(self) -> dict[str, Any]:
        """The item as it is shown."""
        about = {name: self.facts[name] for name in ("case", "question", "title", "amount", "due_at")}
        about |= {"gate": self.decision.gate, "verdict": self.decision.verdict, "minor": self.facts["minor"]}
        return about | {"what": self.result, "rule": self.rule, "why": self.why, "record": self.seq}


def facts(gate: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a gate and its case, by the keys that gates are chosen by."""
    ref = GateRef.parse(gate["id"])
    amount = Amount(minor=case["requested"], currency=case["currency"])
    known = {key: case.get(key) for key in (*EXACT, *PARTLY)}
    about = {
        "question": gate["question"],
        "stage": case["stage"],
        "round": ref.round,
        "due_at": gate["due_at"],
    }
    return known | about | {"amount": str(amount), "minor": amount.minor}


def matches(known: Mapping[str, Any], filters: Filters) -> bool:
    """Whether a gate is what ``filters`` asks for, in every key."""
    return all(_fits(key, str(known[key] or "").casefold(), values) for key, values in filters.items())


def _fits(key: str, value: str, filters: tuple[str, ...]) -> bool:
    return any(one in value if key in PARTLY else one == value for one in filters)


def predicted(
    known: Mapping[str, Any], decision: Decision, sitting: Sitting | None, ceiling: int | None
) -> Item:
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
