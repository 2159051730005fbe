"""Versions of what a gate is about: what changed from the one that somebody read to the one of now."""

import json
import re
from typing import Any

from sqlalchemy import Connection, select

from models.case.difference import Change, difference
from models.case.gate import GateRef
from models.tables.record import gate, record

_SHA256 = re.compile("[0-9a-f]{64}")


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
    """The content; where a digest in it is that of something on record, the thing itself in its place."""
    digests = {name: value for name, value in subject.items() if _SHA256.fullmatch(str(value))}
    return subject | {name: _of_digest(connection, case, name, value) for name, value in digests.items()}


def _of_digest(connection: Connection, case: str, name: str, digest: str) -> Any:
    """What an effect of this case has under this name with this digest; the digest, where there is none."""
    versions = select(record.c.payload).where(record.c.case == case, record.c.content_hash == digest)
    effects = (json.loads(found)["effects"] for found in connection.scalars(versions))
    return next((one[name] for of_entry in effects for one in of_entry if name in one), digest)
