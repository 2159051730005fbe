"""Gates, as the database has them: opened and closed on record; the open ones are the inbox."""

import json
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case import calendar
from activities.case.accepted import accepted_at, left
from activities.case.projection import Projection, Writing
from activities.people.account import account_of
from models.base import canonical, digest
from models.case.calendar import CalendarFound
from models.case.deadline import Rung, Schedule, continued
from models.case.effects import Assigns, Closes, Opens, Replaces, Reschedules
from models.case.gate import Opened, Opening, Past
from models.case.seat_assignment import SeatAssignment
from models.tables.record import gate, seat

_SHUT = (
    update(gate)
    .where(gate.c.id == bindparam("which"), gate.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"), outcome=bindparam("as"))
)


def _close(writing: Writing, effect: Closes, _: object) -> None:
    row = {"which": effect.gate, "at": writing.entry.at, "as": effect.outcome}
    writing.connection.execute(_SHUT, row)


def schedule_of(opening: Opening, at: datetime) -> Schedule:
    """What the instants of a gate that opens ``at`` follow from."""
    return Schedule(terms=opening.terms, opened_at=at, zone=opening.zone, countries=opening.countries)


def _told(writing: Writing) -> CalendarFound | None:
    """The instants that were worked out before, of an entry that is written again."""
    opened = writing.told.opened if writing.told else None
    return CalendarFound(ladder=opened.ladder, edition=opened.calendar) if opened else None


def _admit_opening(writing: Writing, effect: Opens) -> Opened:
    """The instants of the deadline; the account that the content is to show, and the digest with it."""
    opening = effect.opening
    schedule = schedule_of(opening, writing.entry.at)
    found = _told(writing) or calendar.instants(writing.connection, schedule)
    known = {"ladder": found.ladder, "calendar": found.edition}
    if opening.payee is None:
        return Opened(schedule=schedule, content_hash=opening.content_hash, **known)
    account = account_of(writing.connection, opening.payee)
    subject = opening.subject | {"account": account.shown() if account else None}
    return Opened(schedule=schedule, subject=subject, content_hash=digest(subject), **known)


def _admit_rescheduling(writing: Writing, effect: Reschedules) -> Opened:
    """Move the instants still to come; those promised and reached stay what they were."""
    connection, wish, found = writing.connection, effect.rescheduling, _told(writing)
    if found is None:
        worked_out = calendar.instants(connection, wish.schedule)
        ladder = continued(wish.ladder, wish.rung, worked_out.ladder, writing.entry.at)
        found = worked_out.model_copy(update={"ladder": ladder})
    ladder = found.ladder
    before, due = (next(s.at for s in steps if s.rung is Rung.ESCALATE) for steps in (wish.ladder, ladder))
    row = {"which": wish.gate, "ladder_": json.dumps([step.content() for step in ladder]), "due": due}
    connection.execute(_RESCHEDULED, row)
    connection.execute(_CALLED_IN_LATER, {"which": wish.gate, "before": before, "due": due})
    digest = wish.content_hash
    return Opened(schedule=wish.schedule, ladder=ladder, content_hash=digest, calendar=found.edition)


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


def _open(writing: Writing, effect: Opens, opened: Opened) -> None:
    """Put a gate in the inboxes of those who may act there, and of those its deadline calls in."""
    opening, at = effect.opening.on_record(opened), writing.entry.at
    ladder = opened.ladder
    due = next(step.at for step in ladder if step.rung is Rung.ESCALATE)
    row = {
        **opening.model_dump(include={"id", "kind", "question", "content_hash"}),
        "case": writing.source.case,
        "workflow_id": writing.source.workflow_id,
        "panel": opening.panel.model_dump_json() if opening.panel else None,
        "organisations": json.dumps(opening.organisations) if opening.organisations else None,
        "subject": canonical(opening.subject).decode(),
        "opened_at": at,
        "due_at": due,
        "ladder": json.dumps([step.content() for step in ladder]),
    }
    writing.connection.execute(insert(gate), row)
    who = {(role, ""): at for role in opening.roles} | {("", person): at for person in opening.persons}
    who = {(opening.terms.escalate_to, ""): due} | who
    seats = [{"gate": opening.id, "role": role, "person": p, "since": at} for (role, p), at in who.items()]
    writing.connection.execute(insert(seat), seats)


def _assign(writing: Writing, effect: Assigns, _: object) -> None:
    """Keep who has taken on what at a gate, in the place of what was."""
    seats = effect.seats
    row = {"which": seats.gate, "now": json.dumps([one.content() for one in seats.claims])}
    writing.connection.execute(_CLAIMED, row)


_CLAIMED = update(gate).where(gate.c.id == bindparam("which")).values(claims=bindparam("now"))


def _replace(writing: Writing, effect: Replaces, _: object) -> None:
    """The gate leaves the inbox of the one, and is in that of the other from now on."""
    row = {"which": effect.gate, "old": effect.old, "new": effect.new, "at": writing.entry.at}
    writing.connection.execute(_REPLACED, row)


_REPLACED = (
    update(seat)
    .where(seat.c.gate == bindparam("which"), seat.c.person == bindparam("old"))
    .values(person=bindparam("new"), since=bindparam("at"))
)


class GateRow(TypedDict):
    """A gate as it stands; ``panel``, ``organisations``, ``subject``, ``ladder`` and ``claims`` are JSON."""

    id: str
    case: str
    workflow_id: str
    kind: str
    question: str
    panel: str | None
    organisations: str | None
    subject: str
    content_hash: str
    opened_at: datetime
    due_at: datetime
    ladder: str
    claims: str | None
    closed_at: datetime | None
    outcome: str | None


def find_gate(connection: Connection, gate_id: str) -> GateRow | None:
    """One gate, open or closed, or None."""
    row = connection.execute(_GATE, {"id": gate_id}).mappings().first()
    return GateRow(**row) if row else None  # type: ignore[typeddict-item]


_GATE = select(gate).where(gate.c.id == bindparam("id"))


def past(connection: Connection, gate_id: str, first: Opened, after: int = 0) -> Past | None:
    """What has become of a gate that was opened before; None where it is not known any more."""
    row = find_gate(connection, gate_id)
    if row is None:
        return None
    page = accepted_at(connection, row["case"], gate_id, after)
    clock = left(connection, row["case"], gate_id)
    seats = json.loads(row["claims"]) if row["claims"] else []
    return Past(
        outcome=row["outcome"],
        opened=clock.opened or first,
        rung=clock.rung,
        stopped_at=clock.stopped_at,
        assignments=clock.assignments,
        assigned=tuple(SeatAssignment.model_validate(one) for one in seats),
        messages=page.messages,
        more=page.more,
    )


PROJECTIONS = (
    Projection(Opens, admit=_admit_opening, apply=_open),
    Projection(Closes, apply=_close),
    Projection(Reschedules, admit=_admit_rescheduling),
    Projection(Assigns, apply=_assign),
    Projection(Replaces, apply=_replace),
)
