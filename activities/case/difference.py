"""Versions of what a gate is about: what changed from the one that somebody read to the one of now."""

import json
from typing import Any

from sqlalchemy import Connection, select

from models.case.difference import Change, difference
from models.case.gate import GateRef
from models.tables.record import gate, record


def changed(connection: Connection, gate_id: str, read: str) -> tuple[Change, ...] | None:
    """The differences from the content with the digest ``read`` to that of the gate open now by this name.

    None: nothing is open there, or no gate of this case was ever about that content.
    """
    ref = GateRef.parse(gate_id)
    of_case = select(gate).where(gate.c.case == ref.case).order_by(gate.c.opened_at)
    gates = [row for row in connection.execute(of_case) if GateRef.parse(row.id).panel == ref.panel]
    now = next((row for row in gates if row.closed_at is None), None)
    then = next((row for row in gates if row.content_hash == read), None)
    if now is None or then is None:
        return None
    before, after = (_content(connection, ref.case, json.loads(row.subject)) for row in (then, now))
    return difference(before, after)


def _content(connection: Connection, case: str, subject: dict[str, Any]) -> dict[str, Any]:
    """The content, with the proposal itself in the place of its digest."""
    wanted = subject.get("proposal")
    versions = select(record.c.payload).where(record.c.case == case, record.c.content_hash == wanted)
    effects = (json.loads(found)["effects"] for found in connection.scalars(versions))
    proposals = (one["proposal"] for of_entry in effects for one in of_entry if "proposal" in one)
    return subject | {"proposal": next(proposals, wanted)}
