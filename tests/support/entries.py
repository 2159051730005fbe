"""Entries as tests write them: each effect by a word of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from activities.case.record import Record
from models.case.case import Standing
from models.case.effects import (
    Assigns,
    Begins,
    Closes,
    Declares,
    Effect,
    Opens,
    Reschedules,
    Stands,
    Tells,
)
from models.case.record import Batch, Entry, Receipt, Source
from models.money.effects import Moves, StopsWaiting, TakesUp, Thaws
from models.partnership.effects import Proposes
from models.partnership.partnership import KIND, Proposal
from models.payment.effects import Lists
from tests.support.house import sha

NOW = datetime.now(UTC)
RULES = sha("rules")


def proposes(proposal: Proposal, rules: str = RULES) -> tuple[Effect, ...]:
    """A proposal is handed in: its case begins."""
    case = proposal.case_under(proposal.programme, 1, rules, "KR")
    begins = Begins(case=case, standing=Standing(stage="proposal"), open=KIND.open)
    return (begins, Proposes(proposal=proposal), StopsWaiting())


_EFFECTS: dict[str, Callable[[Any], tuple[Effect, ...]]] = {
    "proposal": proposes,
    "after": lambda at: (Stands(after=at, closes=KIND.is_closed(at.status)),),
    "transfer": lambda one: (Moves(transfer=one),),
    "opens": lambda one: (Opens(opening=one),),
    "closes": lambda gates: tuple(Closes(gate=gate, outcome=how) for gate, how in gates.items()),
    "reschedules": lambda one: (Reschedules(rescheduling=one),),
    "claims": lambda one: (Assigns(seats=one),),
    "declares": lambda one: (Declares(declaration=one),),
    "payment": lambda one: (Lists(payment=one),),
    "takes": lambda one: (TakesUp(reservation=one),),
    "thaws": lambda one: (Thaws(level=one),),
    "notices": lambda drafts: tuple(Tells(notice=draft) for draft in drafts),
}


def entry(key: str, **more: Any) -> Entry:
    """An entry with nothing but what it must have, and ``more``."""
    effects = tuple(effect for word, of in _EFFECTS.items() if more.get(word) for effect in of(more[word]))
    fields = {word: value for word, value in more.items() if word not in _EFFECTS}
    known = {"key": key, "stage": "review", "action": "tested", "at": NOW, "effects": effects}
    return Entry(**known | fields)


def write(
    database: Engine, *entries: Entry, case: str = "T-1", part: str = "", rules: str = RULES
) -> tuple[Receipt, ...]:
    """Have the activity write one batch."""
    workflow_id = f"partnership/{case}" + (f"/{part}" if part else "")
    part_id = f"{case}/{part}" if part else ""
    source = Source(case=case, id=part_id, workflow_id=workflow_id, run_id="run", rules=rules)
    return Record(database).record(Batch(source=source, entries=entries)).receipts


def transfers_in(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The transfers that an entry on record asks for."""
    return [effect["transfer"] for effect in payload["effects"] if "transfer" in effect]


def notices_in(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The notices of an entry on record."""
    return [effect["notice"] for effect in payload["effects"] if "notice" in effect]
