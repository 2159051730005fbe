"""Puts a difference on record: once, with a letter to operators."""

from datetime import datetime

import structlog
from sqlalchemy import Connection

from activities.case import cases as rows
from activities.case import record
from activities.operations.cases import is_named
from models.case.effects import Tells
from models.case.record import Batch, Entry, Source
from models.operations.difference import RECONCILING, Difference
from models.operations.operation import OPERATIONS
from models.operations.reconciled import differs

FOUND = "difference found"
"""The action of the entry that names a difference."""


def note(connection: Connection, one: Difference, at: datetime) -> bool:
    """Put a difference on record, once, with a letter to operators. Whether it is new."""
    if is_named(connection, one):
        return False
    structlog.get_logger("accord").warning("a difference", difference=str(one), what_to_do=one.kind.todo)
    entry = Entry(
        key=one.key,
        stage=OPERATIONS,
        action=FOUND,
        at=at,
        reason=f"{one}"[:4000],
        facts={"difference": one.content()},
        effects=(Tells(notice=differs(one)),),
    )
    record.write(connection, Batch(source=source(connection, one), entries=(entry,)))
    return True


def source(connection: Connection, one: Difference) -> Source:
    """Who writes: the case itself, by none of its runs, also where it is closed."""
    row = rows.find(connection, one.case) if one.case else None
    known = {"workflow_id": one.workflow_id, "rules": row["rules"] if row else ""}
    return Source(case=one.case or RECONCILING, run_id="", **known)
