"""A database beside the one that its record makes: row by row, in the order of their keys."""

import base64
import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, String, Table, select

from activities.case import archive
from activities.case.finding import SIZE, Finding
from activities.case.rebuild import Rebuilt
from activities.case.scratch import writer
from models.base import digest
from models.tables.case import document, programme

MOST = 100
"""So many findings of one table are named."""

NOT_ON_RECORD = {
    "archived_history": "kept under the digest of its content, which is on record and looked at instead",
    "delivery": "what mail servers said; the newest attempts are held against their letters",
    "dispatch": "written before an instruction leaves the house; held against payments and what was approved",
    "document": "kept under the digest of its content, which is looked at instead",
    "nominee": "names of officials are in no record; who is enrolled is, by a number",
    "proof_checkpoint": "never believed where it could hide something, and given up every week",
}
"""Tables that no entry makes, and why."""

ELSEWHERE = {"calendar_nudge": ("told_at",), "waitlist": ("told_at",)}
"""Columns that follow what was sent, not what was decided."""
_TRIED = {"notice": ("status", "attempts", "due_at", "trace")}
"""Columns that are held against the attempts to deliver a letter (``letters_proof.py``); and its trace, which
only shows what took how long."""
_LEFT_OUT = ELSEWHERE | _TRIED


def compared(rebuilt: Rebuilt) -> Iterator[Finding]:
    """What is stored otherwise than its record makes it."""
    for table in rebuilt.tables:
        if table.name not in NOT_ON_RECORD:
            yield from readable(table.name, _table(rebuilt, table))
    yield from readable("document", _contents(rebuilt.stored))
    yield from readable("archived_history", archive.kept(rebuilt.stored))


def readable(table: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """The first that is found, up to a value that is none of its column: a database may not care what it is
    given.
    """
    try:
        yield from islice(found, MOST)
    except (ValueError, TypeError) as error:
        yield Finding(table, "", f"it has a value that cannot be read: {str(error)[:200]}")


def _table(rebuilt: Rebuilt, table: Table) -> Iterator[Finding]:
    """Both are read in one order, and whichever is behind goes on."""
    stored, right = _rows(rebuilt.stored, table), _rows(rebuilt.copy, table)
    here, there = next(stored, None), next(right, None)
    while here or there:
        if there is None or (here and _key(table, here) < _key(table, there)):
            assert here
            yield _finding(table, here, "no entry on record has put it there")
            here = next(stored, None)
        elif here is None or _key(table, there) < _key(table, here):
            seq = writer(rebuilt.copy, table, there)
            yield _finding(table, there, f"it is not there, though {_by(seq)} has put it there", seq)
            there = next(right, None)
        else:
            yield from _row(rebuilt, table, here, there)
            here, there = next(stored, None), next(right, None)


def _row(rebuilt: Rebuilt, table: Table, here: dict[str, Any], there: dict[str, Any]) -> Iterator[Finding]:
    for column in table.columns:
        name = column.name
        if name in _LEFT_OUT.get(table.name, ()) or _same(column, here[name], there[name]):
            continue
        seq = writer(rebuilt.copy, table, there)
        detail = f"{name} is {_shown(here[name])}, by {_by(seq)} it is {_shown(there[name])}"
        yield _finding(table, here, detail, seq)


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    postgresql = connection.dialect.name == "postgresql"
    order = [
        column.collate("C") if postgresql and isinstance(column.type, String) else column
        for column in table.primary_key
    ]
    wanted = select(table).order_by(*order)
    rows = connection.execute(wanted, execution_options={"yield_per": SIZE}).mappings()
    return (dict(row) for row in rows)


def _key(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _same(column: Column[Any], here: Any, there: Any) -> bool:
    """Whether both mean the same: JSON may lack what is empty, and an answer may be worded anew."""
    if here == there:
        return True
    if not (isinstance(here, str) and isinstance(there, str)) or here[:1] not in "{[" or not here:
        return False
    try:
        one, other = json.loads(here), json.loads(there)
    except ValueError:
        return False
    if column.name == "answer":
        one, other = ({k: v for k, v in said.items() if k != "detail"} for said in (one, other))
    return bool(_without_empty(one) == _without_empty(other)) and _names(one) <= _names(other)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(one) for name, one in value.items() if one is not None}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value


def _names(value: Any) -> set[str]:
    """What fields are called anywhere in it: an empty one that there is not cannot be read any more."""
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set[str]().union(*map(_names, value)) if isinstance(value, list) else set()


def _finding(table: Table, row: dict[str, Any], detail: str, seq: int | None = None) -> Finding:
    return Finding(table.name, " ".join(map(str, _key(table, row))), detail, seq, row)


def _by(seq: int | None) -> str:
    return f"record {seq}" if seq else "the record"


def _shown(value: Any) -> str:
    shown = repr(str(value)) if isinstance(value, str) else "empty" if value is None else str(value)
    return shown if len(shown) < _LONGEST else f"{shown[:_LONGEST]}…"


_LONGEST = 120


def _contents(stored: Connection) -> Iterator[Finding]:
    """Contents that are not those of the digest they are kept under."""
    rows = stored.execute(select(programme), execution_options={"yield_per": 1})
    for row in rows:
        if _digest(row.content) != row.hash:
            yield Finding("programme", row.hash[:12], "its content is not that of its digest")
    rows = stored.execute(select(document), execution_options={"yield_per": 1})
    for row in rows:
        if _digest_of_bytes(row.content) != row.sha256:
            yield Finding("document", row.sha256[:12], "its content is not that of its digest")


def _digest(content: str) -> str | None:
    try:
        return digest(json.loads(content))
    except ValueError:
        return None


def _digest_of_bytes(content: str) -> str | None:
    try:
        return hashlib.sha256(base64.b64decode(content)).hexdigest()
    except (ValueError, TypeError):
        return None
