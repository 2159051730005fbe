"""How far the proof of the books has come: it goes on from there, and begins anew once a week."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case import record
from models.tables.money import proof_checkpoint

AFRESH = timedelta(days=7)
"""After so long every transfer is proved again: nothing that was changed behind it stays unseen."""
_JOURNAL = "journal"


def reached(connection: Connection) -> int:
    """The record up to which every transfer is proved; 0: none is."""
    return connection.scalar(_REACHED) or 0


def begin(connection: Connection, at: datetime) -> int:
    """The record to go on after; 0 where the proof begins with the first transfer."""
    row = connection.execute(_STANDS).first()
    if row is None:
        connection.execute(insert(proof_checkpoint).values(name=_JOURNAL, record=0, begun_at=at))
        return 0
    if row.begun_at > at - AFRESH and row.record <= record.last(connection):
        return int(row.record)
    connection.execute(update(proof_checkpoint).values(record=0, begun_at=at))
    return 0


def advance(connection: Connection, to: int) -> None:
    """Everything up to the record ``to`` is proved."""
    connection.execute(_ADVANCE, {"to": to})


_STANDS = select(proof_checkpoint).where(proof_checkpoint.c.name == _JOURNAL)
_REACHED = select(proof_checkpoint.c.record).where(proof_checkpoint.c.name == _JOURNAL)
_ADVANCE = (
    update(proof_checkpoint)
    .where(proof_checkpoint.c.name == _JOURNAL, proof_checkpoint.c.record < bindparam("to"))
    .values(record=bindparam("to"))
)
