"""The end of a case whose workflow was terminated: it is closed on record beside the engine, which cannot do
that any more. One transaction does all of it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import Connection

from activities.case import cases, record, registry
from activities.case.cases import CaseRow
from activities.operations.operation import concerned
from models.case.action import CaseAction
from models.case.case import EndedBy, Standing
from models.case.effects import Stands, Tells
from models.case.letters import is_over
from models.case.record import Batch, Entry, Source
from models.operations.action import OperationsAction
from models.operations.operation import OUTLIVES
from services.operations import giving_back
from services.operations.giving_back import Ended

GivesBack = Callable[[Connection, Ended], Iterator[Entry]]


def parts_to_end(connection: Connection, row: CaseRow) -> list[CaseRow]:
    """What ends with a case, or with a part of it: itself and, of the case at the top, every open part but
    those that outlive it; the case itself comes last.
    """
    of_case = cases.parts(connection, row["number"]) if row["id"] == row["number"] else []
    there = [one for one in of_case if one["kind"] not in OUTLIVES and one["closed_at"] is None]
    return [*(one for one in there if one["id"] != row["id"]), row]


def close(connection: Connection, ended: Ended, gone: Collection[str], first: Entry) -> list[str]:
    """Close a case, or a part, with what ends with it: stop clocks, block new money, cancel unsent payments,
    release reservations, void signature rounds, tell everyone, close the record. ``first`` goes before.

    The workflows that must be gone before, and are not among ``gone``: then nothing was written.
    """
    record.lock(connection)
    ending = parts_to_end(connection, ended.row)
    if missing := [row["workflow_id"] for row in ending if row["workflow_id"] not in gone]:
        return missing
    _write(connection, ended.row, first)
    for row in ending:
        for entry in _entries(connection, ended._replace(row=row), ending):
            _write(connection, row, entry)
    return []


def _write(connection: Connection, row: CaseRow, entry: Entry) -> None:
    """RuntimeError: a rule forbids it. Then nothing of it happens; an engineer has to look."""
    (receipt,) = record.write(connection, Batch(source=source(row), entries=(entry,)))
    if receipt.rule:
        raise RuntimeError(
            f"{row['id']} cannot be closed: {entry.key} breaks {receipt.rule} {receipt.detail}"
        )


def source(row: CaseRow) -> Source:
    """Who writes: the case or part itself, by none of its runs."""
    of = {"case": row["number"], "id": row["id"], "workflow_id": row["workflow_id"]}
    return Source(run_id="", rules=row["rules"], **of)


def _entries(connection: Connection, ended: Ended, ending: list[CaseRow]) -> Iterator[Entry]:
    row = ended.row
    begin = f"{row['id']}:terminated"
    yield ended.entry(CaseAction.CLOCKS_STOPPED, f"{begin}:clocks")
    if gives_back := _GIVES_BACK.get("case" if row["parent"] is None else row["kind"]):
        yield from gives_back(connection, ended)
    if row["parent"] is None and any(one["kind"] == "agreement" for one in ending):
        yield ended.entry(OperationsAction.SIGNATURES_VOIDED, f"{begin}:signatures")
    if row is ending[-1]:
        yield ended.entry(CaseAction.TOLD, f"{begin}:told", _letter(connection, ended))
    before = Standing(stage=row["stage"], status=row["status"])
    after = Standing(stage=row["stage"], status=EndedBy.CANCELLED)
    ends: dict[str, Any] = {"before": before, "after": after, "closes": True}
    yield ended.entry(f"closed: {EndedBy.CANCELLED}", f"{row['id']}:closed", Stands(**ends))


_GIVES_BACK: dict[str, GivesBack] = {"case": giving_back.by_case, "payment": giving_back.by_payment}


def _letter(connection: Connection, ended: Ended) -> Tells:
    row, rules = ended.row, registry.rules(connection, ended.row["rules"])
    everybody = concerned(connection, row["number"])
    roles = rules.coordinators if rules else ()
    return Tells(notice=is_over(row["id"], row["title"], EndedBy.CANCELLED, ended.reason, roles, everybody))
