"""The archive: what the engine has written down of a case is read after the engine has forgotten it."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import delete, func, select, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.service import RPCError, RPCStatusCode

from activities.case import archive
from activities.money.record_proof import check_record
from activities.operations.archiving import Archiving, fetched
from models.case.archive import ARCHIVE, Archived, ArchivedRun
from models.tables.archive import archived_history, archived_run
from models.tables.record import record
from runtime.workers import schedules
from services.case.queue import TASK_QUEUE
from tests.support.command import accord
from tests.support.house import Case, House
from tests.support.installation import EVENTS, installation, soon
from tests.support.patience import eventually_async
from workflows.operations.archive import Archive

pytestmark = pytest.mark.engine


async def archived(house: House) -> Archived:
    """A pass of the archive."""
    return await Archiving(house.database).carry_out(house.client)


def runs(case: Case) -> list[ArchivedRun]:
    """The runs of a partnership that are in the archive."""
    return case.house.read(lambda connection: archive.runs(connection, case.handle.id))


async def forgotten(house: House, *workflows: str) -> None:
    """The engine has these workflows no more, as after their retention."""
    for name in workflows:
        asked = DeleteWorkflowExecutionRequest(
            namespace="default", workflow_execution=WorkflowExecution(workflow_id=name)
        )
        await house.client.workflow_service.delete_workflow_execution(asked)

        async def gone(name: str = name) -> bool:
            try:
                await house.client.get_workflow_handle(name).describe()
            except RPCError as error:
                return error.status is RPCStatusCode.NOT_FOUND
            return False

        await eventually_async(gone, f"{name} is forgotten")


async def events(case: Case) -> list[str]:
    """What an auditor sees of the engine beneath the record."""
    done = await accord(case.house.settings.home, "history", case.id, "--events", "-o", "json")
    assert (done.code, done.err) == (0, "")
    return [row["action"] for row in done.data() if row["action"].startswith("  ")]


def found(house: House) -> list[str]:
    """What the proof says of the archive."""
    with house.database.connect() as connection:
        return [one.detail for one in check_record(connection) if "archived" in one.detail]


async def test_a_case_is_read_in_full_after_the_engine_has_forgotten_it(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    await case.withdraw()
    await case.ended()
    before = await events(case)
    assert "  1 WORKFLOW_EXECUTION_STARTED" in before
    await archived(house)
    await forgotten(house, case.handle.id, case.study.id)
    assert await events(case) == before
    assert found(house) == []


async def test_a_case_is_archived_anew_only_if_it_has_gone_on(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    await archived(house)
    (first,) = runs(case)
    assert (first.case, first.ended) == (case.id, False)
    assert (await archived(house)).runs == 0
    await case.vote(gate, "expert.lim")
    await archived(house)
    (second,) = runs(case)
    assert (second.run_id, second.events > first.events) == (first.run_id, True)
    kept = house.read(lambda c: [*c.scalars(select(archived_history.c.sha256))])
    assert second.sha256 in kept and first.sha256 not in kept
    await case.withdraw()
    await case.ended()
    await archived(house)
    assert [run.ended for run in runs(case)] == [True]
    assert (await archived(house)).runs == 0
    assert found(house) == []


async def test_what_ended_after_its_last_entry_was_archived_is_completed(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.withdraw()
    await case.ended()
    with mock.patch("activities.operations.archiving.fetched", without_the_last):
        await archived(house)
    (early,) = runs(case)
    assert not early.ended
    assert (await archived(house)).runs == 1
    (whole,) = runs(case)
    assert (whole.ended, whole.events) == (True, early.events + 1)
    assert found(house) == []


async def without_the_last(client: Client, workflow_id: str, run_id: str) -> list[HistoryEvent]:
    """The events of a run whose entries are written, and which is just about to end."""
    return (await fetched(client, workflow_id, run_id))[:-1]


async def test_a_run_that_was_continued_or_reset_from_is_archived_too(tmp_path: Path) -> None:
    async with installation(tmp_path / "home", extra=soon(EVENTS)) as house:
        case = await house.propose()
        await case.reach("study.award")
        await archived(house)
        assert len(runs(case)) > 1
        assert [run.ended for run in runs(case)] == [*[True] * (len(runs(case)) - 1), False]


async def test_a_changed_or_missing_history_is_named_by_the_proof(tmp_path: Path) -> None:
    async with installation(tmp_path / "home") as house:
        case = await house.propose()
        await case.gate("review")
        await archived(house)
        (run,) = runs(case)
        which = archived_history.c.sha256 == run.sha256
        with house.database.begin() as connection:
            connection.execute(update(archived_history).where(which).values(content=b"nothing"))
        assert [f"archived_history {run.sha256[:12]}: its content is not" in one for one in found(house)]
        with pytest.raises(ValueError, match="was changed"):
            house.read(lambda connection: archive.history(connection, run.sha256))
        with house.database.begin() as connection:
            connection.execute(delete(archived_history).where(which))
        (gone,) = found(house)
        assert f"it is gone: {case.handle.id}" in gone
        with house.database.begin() as connection:
            connection.execute(update(archived_run).values(events=1))
        assert any("archived_run" in one and "events is 1" in one for one in found(house))


async def at_rest(case: Case) -> Sequence[HistoryEvent]:
    """What is written down of a case, once it waits for its deadline: its gate is on record before."""

    async def waits() -> Sequence[HistoryEvent] | None:
        events = (await case.handle.fetch_history()).events
        timers = any(one.event_type == EventType.EVENT_TYPE_TIMER_STARTED for one in events)
        asleep = events[-1].event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
        return events if timers and asleep else None

    return await eventually_async(waits, "the case waits")


async def test_it_is_done_every_night_and_costs_a_case_nothing(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    before = len(await at_rest(case))
    described = await house.client.get_schedule_handle(schedules.ARCHIVE).describe()
    action = described.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert action.workflow == "archive"
    came = await house.client.execute_workflow(Archive.run, id=f"archive-{case.id}", task_queue=TASK_QUEUE)
    assert came.runs >= 1
    assert len((await case.handle.fetch_history()).events) == before
    (run,) = runs(case)
    content = house.read(lambda connection: archive.history(connection, run.sha256))
    assert content
    assert run.size < len(content)
    number = house.read(
        lambda c: c.scalar(select(func.count()).select_from(record).where(record.c.case == ARCHIVE))
    )
    assert number
    await case.withdraw()
