"""Gates, as the database has them: opened and closed on record; the open ones are the inbox."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case import deadline
from models.base import canonical
from models.case.deadline import Rung, Schedule, continued
from models.case.record import EVERY_GATE, Opened, Opening, Rescheduling, Source
from models.case.seat_assignment import Claims
from models.tables.record import gate, seat

_STILL_OPEN = (
    update(gate).where(gate.c.closed_at.is_(None)).values(closed_at=bindparam("at"), outcome=bindparam("as"))
)
_SHUT = _STILL_OPEN.where(gate.c.id == bindparam("which"))
_SHUT_ALL = _STILL_OPEN.where(
    gate.c.case == bindparam("which"), gate.c.workflow_id.not_like("partnership/%/%/%")
)
"""Not those of what outlives a case (``partnership/CASE/payment/inception``): accepted work is still paid,
and note is still to be taken of what a deputy decided."""


def shut(connection: Connection, gate_id: str, case: str, outcome: str, at: datetime) -> None:
    """Close a gate, or every one that the case has open (EVERY_GATE)."""
    which = {"which": case} if gate_id == EVERY_GATE else {"which": gate_id}
    connection.execute(_SHUT_ALL if gate_id == EVERY_GATE else _SHUT, which | {"at": at, "as": outcome})


def opened(opening: Opening, at: datetime) -> Opened:
    """What the workflow must know of a gate that opens ``at``."""
    schedule = Schedule(terms=opening.terms, opened_at=at, zone=opening.zone, countries=opening.countries)
    return Opened(schedule=schedule, ladder=deadline.instants(schedule), content_hash=opening.content_hash)


def reschedule(connection: Connection, wish: Rescheduling, at: datetime) -> Opened:
    """Move the instants still to come; those promised and reached stay what they were."""
    ladder = continued(wish.ladder, wish.rung, deadline.instants(wish.schedule), at)
    before, due = (next(s.at for s in steps if s.rung is Rung.ESCALATE) for steps in (wish.ladder, ladder))
    row = {"which": wish.gate, "ladder_": json.dumps([step.content() for step in ladder]), "due": due}
    connection.execute(_RESCHEDULED, row)
    connection.execute(_CALLED_IN_LATER, {"which": wish.gate, "before": before, "due": due})
    return Opened(schedule=wish.schedule, ladder=ladder, content_hash=wish.content_hash)


_RESCHEDULED = (
    update(gate)
    .where(gate.c.id == bindparam("which"))
    .values(ladder=bindparam("ladder_"), due_at=bindparam("due"))
)
_CALLED_IN_LATER = (
    update(seat)
    .where(seat.c.gate == bindparam("which"), seat.c.since == bindparam("before"))
    .values(since=bindparam("due"))
)


def open_(connection: Connection, opening: Opening, opened: Opened, at: datetime, source: Source) -> None:
    """Put a gate in the inboxes of those who may act there, and of those its deadline calls in."""
    due = next(step.at for step in opened.ladder if step.rung is Rung.ESCALATE)
    row = {
        **opening.model_dump(include={"id", "kind", "question", "content_hash"}),
        "case": source.case,
        "workflow_id": source.workflow_id,
        "panel": opening.panel.model_dump_json() if opening.panel else None,
        "subject": canonical(opening.subject).decode(),
        "opened_at": at,
        "due_at": due,
        "ladder": json.dumps([step.content() for step in opened.ladder]),
    }
    connection.execute(insert(gate), row)
    who = {(role, ""): at for role in opening.roles} | {("", person): at for person in opening.persons}
    who = {(opening.terms.escalate_to, ""): due} | who
    seats = [{"gate": opening.id, "role": role, "person": p, "since": at} for (role, p), at in who.items()]
    connection.execute(insert(seat), seats)


def claim(connection: Connection, claims: Claims) -> None:
    """Keep what is claimed at a gate, in the place of what was."""
    row = {"which": claims.gate, "now": json.dumps([one.content() for one in claims.claims])}
    connection.execute(_CLAIMED, row)


_CLAIMED = update(gate).where(gate.c.id == bindparam("which")).values(claims=bindparam("now"))


def find_gate(connection: Connection, gate_id: str) -> dict[str, Any] | None:
    """One gate, open or closed, or None."""
    row = connection.execute(_GATE, {"id": gate_id}).mappings().first()
    return dict(row) if row else None


_GATE = select(gate).where(gate.c.id == bindparam("id"))
