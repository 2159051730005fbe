"""Whether an entry is of the case that it says it is of, and says nothing twice in two ways."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from models.case.coherence import contradictions
from models.case.effects import Begins
from models.case.record import Entry, Source
from models.tables.case import case
from models.tables.record import record


def source_of(copy: Connection, row: Row[Any], entry: Entry) -> Source:
    """Which part of a case wrote it: what it is called is not on record, its workflow is."""
    begins = entry.effect(Begins)
    part = begins.case.id if begins else copy.scalar(_PART, {"of": row.workflow_id})
    return Source(
        case=row.case,
        id=part or "",
        workflow_id=row.workflow_id,
        run_id=row.run_id,
        rules=row.rules,
    )


def contradicted(copy: Connection, row: Row[Any], entry: Entry) -> Iterator[str]:
    """Where an entry says two things at once, or belongs to two cases; ``copy`` has what came before it."""
    yield from contradictions(entry)
    if not _is_of_its_case(copy, row):
        yield f"its key {row.key!r} is not one of {row.case}"
    known = copy.execute(_OF, {"of": row.workflow_id}).first()
    first = entry.rule is not None or entry.effect(Begins)
    if not known and not first and copy.scalar(_TOP, {"of": row.case}):
        yield f"{row.workflow_id} is no workflow of {row.case}"
    if known and known.number != row.case:
        yield f"it is of {row.case}, its workflow of {known.number}"
    if known and row.rules and known.rules != row.rules:
        yield f"it is under the programme {row.rules[:12]}, its case under {known.rules[:12]}"


def _is_of_its_case(copy: Connection, row: Row[Any]) -> bool:
    """Whether the key of an entry says its case: by itself, or as a row of what the case put on record
    (the lines of a statement are known by its digest, whichever fund it is of).
    """
    if row.key.startswith((f"{row.case}:", f"{row.case}/")):
        return True
    whole = f"{row.case}:{row.key.rpartition(':')[0]}"
    return copy.scalar(_ON_RECORD, {"key": whole}) is not None


_ON_RECORD = select(record.c.seq).where(record.c.key == bindparam("key"))
_OF = select(case.c.number, case.c.rules).where(case.c.workflow_id == bindparam("of"))
_PART = select(case.c.id).where(case.c.workflow_id == bindparam("of"))
_TOP = select(case.c.id).where(case.c.id == bindparam("of"))
