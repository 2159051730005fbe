"""What this installation believes, as its record says: a trial, until an entry has it attested for ever."""

from datetime import datetime

from sqlalchemy import Connection, select

from activities.case import record
from models.case.envelope import DOOR, Mode
from models.case.record import Batch, Entry, Source
from models.tables.record import record as records

_KEY = f"{DOOR}:attested"
_FOUND = select(records.c.seq).where(records.c.key == _KEY)


def in_force(connection: Connection) -> Mode:
    """What is on record."""
    return Mode.TRIAL if connection.scalar(_FOUND) is None else Mode.ATTESTED


def attest(connection: Connection, at: datetime) -> None:
    """Put on record, once, that from here on whoever acts must be signed in."""
    if in_force(connection) is Mode.ATTESTED:
        return
    reason = "From here on whoever acts must be signed in."
    entry = Entry(key=_KEY, stage=DOOR, action="attested from now on", at=at, reason=reason)
    source = Source(case=DOOR, workflow_id=DOOR, run_id="", rules="")
    record.write(connection, Batch(source=source, entries=(entry,)))
