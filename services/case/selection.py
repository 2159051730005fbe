"""Which of the gates in an inbox are meant, and which of them somebody may decide. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypedDict

from activities.case.approval import Sitting
from activities.case.cases import CaseRow, hosts
from activities.case.gate import GateRow
from models.amount import Amount
from models.case.approval import Decision
from models.case.gate import GateRef
from models.case.judge import judge
from models.case.rule import Broken, CaseRule
from services.case.details import Details

EXACT = ("case", "kind", "programme", "stage", "round", "country")
PARTLY = ("question", "title")
"""What gates of any case are chosen by: the first must be the whole value, of these a part is enough. Each
kind of case adds facts of its own (``services/details.py``)."""


class Filter(NamedTuple):
    """The values of which a fact must have one; or a part of one."""

    values: tuple[str, ...]
    partly: bool = False

    def fits(self, value: str) -> bool:
        """Whether a fact is what is asked for."""
        return any(one in value if self.partly else one == value for one in self.values)


Filters = Mapping[str, Filter]


class BulkResult(StrEnum):
    """What becomes of one gate in a bulk decision."""

    WOULD_SEND = "would send"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_CONFIRMED = "not confirmed"
    NOT_SENT = "not sent"
    ALREADY_VOTED = "already voted"
    LEFT_OUT = "left out"


class Candidate(NamedTuple):
    """A gate with its case, as far as people choose by it."""

    case: str
    question: str
    title: str
    due_at: datetime
    amount: Amount | None
    facts: Mapping[str, object]
    """By the keys that gates are chosen by."""


class ItemRow(TypedDict):
    """An item as it is shown."""

    case: str
    question: str
    title: str
    amount: str
    due_at: datetime
    gate: str
    verdict: str
    minor: int | None
    what: str
    rule: str
    why: str
    record: int | None


class Item(NamedTuple):
    """One gate, the decision on it, and what becomes of it."""

    candidate: Candidate
    decision: Decision
    result: BulkResult
    rule: str = ""
    why: str = ""
    seq: int | None = None

    def row(self) -> ItemRow:
        """The item as it is shown."""
        about = self.candidate
        return {
            "case": about.case,
            "question": about.question,
            "title": about.title,
            "amount": str(about.amount or ""),
            "due_at": about.due_at,
            "gate": self.decision.gate,
            "verdict": self.decision.verdict,
            "minor": about.amount.minor if about.amount else None,
            "what": self.result,
            "rule": self.rule,
            "why": self.why,
            "record": self.seq,
        }


def candidate(gate: GateRow, case: CaseRow, details: Details) -> Candidate:
    """What is known of a gate and its case."""
    ref = GateRef.parse(gate["id"])
    of_case = {
        "case": case["number"],
        "kind": case["kind"],
        "programme": case["programme"],
        "stage": ref.name.partition(".")[0],
        "round": ref.round,
        "country": hosts(case),
        "question": gate["question"],
        "title": case["title"],
    }
    return Candidate(
        case=case["number"],
        question=gate["question"],
        title=case["title"],
        due_at=gate["due_at"],
        amount=details.amount,
        facts={**details.facts, **of_case},
    )


def matches(known: Candidate, filters: Filters) -> bool:
    """Whether a gate is what ``filters`` asks for, in every key; of several countries, one is enough. What
    its kind does not have is no match.
    """
    return all(any(map(wanted.fits, _values(known.facts.get(key)))) for key, wanted in filters.items())


def _values(fact: object) -> tuple[str, ...]:
    several = fact if isinstance(fact, tuple) else (fact or "",)
    return tuple(str(one).casefold() for one in several)


def predicted(known: Candidate, decision: Decision, sitting: Sitting | None, ceiling: int | None) -> Item:
    """Whether ``decision`` is worth sending; if not, by which rule. Nothing known: its case will say."""
    if sitting:
        broken = judge(sitting.gate, decision, sitting.rights)
        if isinstance(broken, Broken):
            voted = broken.rule == CaseRule.SECOND_VOTE
            result = BulkResult.ALREADY_VOTED if voted else BulkResult.LEFT_OUT
            seq = _first_vote(sitting) if voted else None
            return Item(known, decision, result, broken.rule, broken.text, seq)
    if ceiling is not None and known.amount and known.amount.minor > ceiling:
        return Item(known, decision, BulkResult.LEFT_OUT, "ceiling", f"{known.amount} is above --ceiling.")
    return Item(known, decision, BulkResult.WOULD_SEND)


def _first_vote(sitting: Sitting) -> int | None:
    people = filter(None, (sitting.rights.actor, sitting.rights.giver))
    return next((sitting.votes[one.who] for one in people if one.who in sitting.votes), None)
