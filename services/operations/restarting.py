"""Starts the workflow of a case again that the engine has no more, from what the record has of its start."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from activities.case.cases import CaseRow
from models.case.case import Case
from models.case.effects import Begins
from models.case.record import Entry
from models.partnership.effects import Proposes
from models.tables.record import record
from models.training.effects import Plans
from services.case.cases import CaseService
from services.partnership.partnerships import PartnershipService
from services.training.cohorts import CohortService


class Begun(NamedTuple):
    """How a case began: its first entry, and the case as it was then."""

    case: Case
    entry: Entry


def begun(connection: Connection, row: CaseRow) -> Begun | None:
    """How a case began; None: the record does not say."""
    wanted = (
        select(record.c.payload)
        .where(record.c.case == row["number"], record.c.workflow_id == row["workflow_id"])
        .where(record.c.rule.is_(None), record.c.run_id != "")
        .order_by(record.c.seq)
        .limit(1)
    )
    payload = connection.scalar(wanted)
    entry = Entry.model_validate(json.loads(payload)) if payload else None
    begins = entry.effect(Begins) if entry else None
    return Begun(begins.case, entry) if entry and begins else None


async def start_again(cases: CaseService, row: CaseRow, how: Begun, by: str) -> bool:
    """Start it, in the name of ``by``. False: nothing of that kind can be started, or it runs already."""
    start = _STARTS.get(row["kind"])
    return await start(cases, how, by) if start else False


async def _partnership(cases: CaseService, how: Begun, by: str) -> bool:
    proposes = how.entry.effect(Proposes)
    assert proposes, "a partnership begins with its proposal"
    return await PartnershipService(cases).begin_case(how.case, proposes.proposal, by)


async def _cohort(cases: CaseService, how: Begun, by: str) -> bool:
    planned = how.entry.effect(Plans)
    assert planned, "a cohort begins with its plan"
    return await CohortService(cases).begin_case(how.case, planned.plan, by)


_STARTS: Mapping[str, Callable[[CaseService, Begun, str], Awaitable[bool]]] = {
    "partnership": _partnership,
    "cohort": _cohort,
}
"""By kind; parts are started by the case that they belong to."""
