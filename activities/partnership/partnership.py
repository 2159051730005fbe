"""The list of cases, kept in step with the record by the same transaction."""

import contextlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.case.record import Entry
from models.partnership.partnership import Proposal, Stage, Status
from models.people.person import ENGINE
from models.tables.partnership import document, partnership


def store(connection: Connection, proposal: Proposal, rules: str, at: datetime) -> None:
    """Put the current version of a proposal on the list; a revision replaces it, its entry keeps both."""
    row = {
        **proposal.model_dump(
            include={"programme", "title", "country", "city", "area", "applicant", "national_firm"}
        ),
        "proposer": proposal.proposer,
        "study": proposal.study,
        "requested": proposal.requested.minor,
        "currency": proposal.requested.currency,
        "proposal": proposal.model_dump_json(),
        "content_hash": proposal.digest(),
        "updated_at": at,
    }
    revised = connection.execute(update(partnership).where(partnership.c.case == proposal.case).values(row))
    if not revised.rowcount:
        start = {"case": proposal.case, "rules": rules, "stage": Stage.PROPOSAL, "status": Status.OPEN}
        connection.execute(insert(partnership).values(row | start | {"decisions": 0, "started_at": at}))


def follow(connection: Connection, case: str, entry: Entry) -> None:
    """Let the list show where the case stands after ``entry``, and count what people decided."""
    if entry.after:
        row = {"of": case, "to": entry.after.stage, "now": entry.after.status, "at": entry.at}
        connection.execute(_MOVED, row | {"end": entry.at if entry.after.status.closed else None})
    if entry.actor != ENGINE and entry.rule is None and entry.action != "proposed":
        connection.execute(_DECIDED, {"of": case})


_OF_CASE = update(partnership).where(partnership.c.case == bindparam("of"))
_DECIDED = _OF_CASE.values(decisions=partnership.c.decisions + 1)
_MOVED = _OF_CASE.values(
    stage=bindparam("to"), status=bindparam("now"), updated_at=bindparam("at"), closed_at=bindparam("end")
)


def find(connection: Connection, case: str) -> dict[str, Any] | None:
    """One case as it stands, or None."""
    row = connection.execute(_CASE, {"of": case}).mappings().first()
    return dict(row) if row else None


_CASE = select(partnership).where(partnership.c.case == bindparam("of"))


def listing(connection: Connection, **filters: str | None) -> list[dict[str, Any]]:
    """Cases in order of their number; each filter names a column and the value it must have."""
    wanted = select(partnership).order_by(partnership.c.case)
    for column, value in filters.items():
        if value is not None:
            wanted = wanted.where(partnership.c[column] == value)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def store_document(connection: Connection, sha256: str, name: str, content: str, at: datetime) -> None:
    """Keep a document (base64) under its digest; the same content is kept once."""
    row = {"sha256": sha256, "name": name, "content": content, "added_at": at}
    with contextlib.suppress(IntegrityError), connection.begin_nested():
        connection.execute(insert(document).values(row))
