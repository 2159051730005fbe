"""How far the proof of the books has come: it goes on from there, and begins anew once a week."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case.audit import newest
from models.tables.money import proof_checkpoint

AFRESH = timedelta(days=7)
"""After so long every transfer is proved again: nothing that was changed behind it stays unseen."""
_JOURNAL = "journal"


class Standing(NamedTuple):
    """Every transfer up to ``record`` is proved, since ``begun_at``, when it last began with the first."""

    record: int
    begun_at: datetime


def standing(connection: Connection, at: datetime) -> Standing | None:
    """Where a proof goes on; None: with the first transfer, for none is proved, or not within a week.

    A checkpoint that claims more than there is on record, or another time than the past, is not believed.
    """
    row = connection.execute(_STANDS).first()
    if row is None or not at - AFRESH < row.begun_at <= at or row.record > newest(connection):
        return None
    return Standing(int(row.record), row.begun_at)


def reached(connection: Connection) -> int:
    """The record up to which every transfer is proved; 0: none is."""
    return connection.scalar(_REACHED) or 0


def begin(connection: Connection, at: datetime) -> int:
    """The record to go on after; 0 where the proof begins with the first transfer."""
    if stands := standing(connection, at):
        return stands.record
    if not connection.execute(update(proof_checkpoint).values(record=0, begun_at=at)).rowcount:
        connection.execute(insert(proof_checkpoint).values(name=_JOURNAL, record=0, begun_at=at))
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
