"""The archive in the database: which runs are in it, their histories, and what is still to be archived."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from activities.case.finding import Finding
from activities.case.projection import Projection, Writing
from models.case.archive import ARCHIVE, ArchivedRun, Archives
from models.tables.archive import GOES_ON, archived_history, archived_run
from models.tables.case import case
from models.tables.record import record

_LEVEL = 6
_AT_ONCE = 20
"""Histories that are read together: a long one has megabytes."""


class Changed(NamedTuple):
    """The workflows that wrote something since, and up to which number of the record was looked."""

    workflows: tuple[str, ...]
    upto: int


def pack(history: bytes) -> bytes:
    """A history as it is kept."""
    return zlib.compress(history, _LEVEL)


def digest(kept: bytes) -> str:
    """What a history is kept under."""
    return hashlib.sha256(kept).hexdigest()


def position(connection: Connection) -> int:
    """The number up to which the record has been looked through."""
    payload = connection.scalar(_LAST)
    effects = json.loads(payload)["effects"] if payload else ()
    return max((int(one["upto"]) for one in effects if one["effect"] == "archives"), default=0)


def changed(connection: Connection, after: int, most: int) -> Changed:
    """Which workflows have written one of the next ``most`` entries."""
    found = connection.execute(_NEXT, {"after": after, "most": most}).all()
    names = {row.workflow_id for row in found if row.case != ARCHIVE}
    return Changed(tuple(sorted(names)), found[-1].seq if found else after)


def unfinished(connection: Connection) -> list[str]:
    """Workflows whose case is closed, and whose last events are not in the archive yet."""
    return list(connection.scalars(_UNFINISHED))


def runs(connection: Connection, workflow_id: str) -> list[ArchivedRun]:
    """The runs of a workflow that are in the archive, the earliest first."""
    return [_run(row) for row in connection.execute(_RUNS, {"of": workflow_id}).mappings()]


def open_runs(connection: Connection) -> list[ArchivedRun]:
    """The runs that were not over when they were archived, of cases that are not closed."""
    return [_run(row) for row in connection.execute(_OPEN).mappings()]


def history(connection: Connection, sha256: str) -> bytes | None:
    """A history as the engine had it. None: it is gone. ValueError: it was changed."""
    kept = connection.scalar(_CONTENT, {"of": sha256})
    if kept is None:
        return None
    if digest(kept) != sha256:
        raise ValueError(f"the archived history {sha256[:12]} was changed")
    return zlib.decompress(kept)


def keep(connection: Connection, histories: Iterable[bytes]) -> None:
    """Keep histories, as ``pack`` has made them, under their digests."""
    for kept in histories:
        key = digest(kept)
        connection.execute(_DROP, {"of": key})
        connection.execute(insert(archived_history).values(sha256=key, content=kept))


def kept(stored: Connection) -> Iterator[Finding]:
    """Histories that are not those of their digest, and runs without one."""
    rows = stored.execute(select(archived_history), execution_options={"yield_per": _AT_ONCE})
    for row in rows:
        if not isinstance(row.content, bytes) or digest(row.content) != row.sha256:
            yield Finding("archived_history", row.sha256[:12], "its content is not that of its digest")
    for row in stored.execute(_WITHOUT):
        name = f"{row.workflow_id} {row.run_id}"
        yield Finding("archived_history", row.sha256[:12], f"it is gone: {name}", row.record)


def _apply(writing: Writing, effect: Archives, _: object) -> None:
    for run in effect.runs:
        which = {"of": run.workflow_id, "at": run.run_id}
        before = writing.connection.scalar(_BEFORE, which)
        if before and before != run.sha256:
            writing.connection.execute(_DROP, {"of": before})
        writing.connection.execute(_FORGET, which)
        writing.connection.execute(insert(archived_run).values(run.model_dump() | {"record": writing.seq}))


def _run(row: Any) -> ArchivedRun:
    return ArchivedRun(**{name: row[name] for name in ArchivedRun.model_fields})


_THIS = (archived_run.c.workflow_id == bindparam("of"), archived_run.c.run_id == bindparam("at"))
_BEFORE = select(archived_run.c.sha256).where(*_THIS)
_FORGET = delete(archived_run).where(*_THIS)
_DROP = delete(archived_history).where(archived_history.c.sha256 == bindparam("of"))
_CONTENT = select(archived_history.c.content).where(archived_history.c.sha256 == bindparam("of"))
_LAST = select(record.c.payload).where(record.c.case == ARCHIVE).order_by(record.c.seq.desc()).limit(1)
_NEXT = (
    select(record.c.seq, record.c.workflow_id, record.c.case)
    .where(record.c.seq > bindparam("after"))
    .order_by(record.c.seq)
    .limit(bindparam("most"))
)
_RUNS = (
    select(archived_run)
    .where(archived_run.c.workflow_id == bindparam("of"))
    .order_by(archived_run.c.started_at, archived_run.c.run_id)
)
_OF_ITS_CASE = archived_run.join(case, case.c.workflow_id == archived_run.c.workflow_id)
_UNFINISHED = (
    select(archived_run.c.workflow_id)
    .distinct()
    .select_from(_OF_ITS_CASE)
    .where(GOES_ON, case.c.closed_at.is_not(None))
)
_OPEN = (
    select(archived_run)
    .select_from(_OF_ITS_CASE)
    .where(GOES_ON, case.c.closed_at.is_(None))
    .order_by(archived_run.c.workflow_id, archived_run.c.started_at)
)
_WITHOUT = (
    select(archived_run)
    .outerjoin(archived_history, archived_history.c.sha256 == archived_run.c.sha256)
    .where(archived_history.c.sha256.is_(None))
)

PROJECTIONS = (Projection(Archives, apply=_apply),)
