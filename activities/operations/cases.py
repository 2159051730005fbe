"""What the record has of cases, as whoever compares it with the engine needs it."""

from sqlalchemy import Connection, select

from models.operations.difference import OnRecord
from models.tables.case import case

_ROWS = select(case.c.id, case.c.number, case.c.workflow_id, case.c.closed_at)


def open_cases(connection: Connection, number: str | None = None) -> list[OnRecord]:
    """Every case that is open, and every open part of one; of one number, where that is wanted."""
    wanted = _ROWS.where(case.c.closed_at.is_(None)).order_by(case.c.id)
    if number is not None:
        wanted = wanted.where(case.c.number == number)
    return [OnRecord(**row) for row in connection.execute(wanted).mappings()]


def of_workflow(connection: Connection, workflow_id: str, number: str) -> OnRecord | None:
    """The case, or the part of one, that a workflow carries, open or closed; None: none is on record."""
    wanted = _ROWS.where(case.c.number == number, case.c.workflow_id == workflow_id)
    row = connection.execute(wanted).mappings().first()
    return OnRecord(**row) if row else None
