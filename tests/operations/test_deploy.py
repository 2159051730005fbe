"""Before a new version is rolled out: a case that would break is named; the schema goes on and back."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from temporalio import workflow

from activities.operations.archiving import Archiving
from adapters.database import connect, head
from models.operations.deployment import Checked, DeployProblem, event_of
from runtime.care.deployment import Deployment
from runtime.settings import Settings
from tests.support.command import accord
from tests.support.house import House
from tests.support.installation import installation

with workflow.unsafe.imports_passed_through():
    from models.study.study import Award
    from workflows.study.tender import Tendering


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation of this file's own: its record is proved."""
    async with installation(tmp_path_factory.mktemp("deployed")) as made:
        yield made


class Reordered(Tendering):
    """A tender with its first two steps the wrong way round."""

    async def award_contract(self) -> Award:
        """Award first, publish afterwards."""
        await self._awarded(1)
        return await super().award_contract()


async def checked(house: House) -> list[Checked]:
    """What is said before this code is rolled out."""
    return [one async for one in Deployment(house.settings, house.database).check()]


async def test_all_that_is_open_goes_on_with_the_code_that_is_installed(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    done = await accord(house.settings.home, "deploy", "check")
    assert (done.code, done.err) == (0, "")
    assert "ok: open histories run again with this code" in done.out
    assert f"ok: migrations on a copy, {head()} -> {head()}" in done.out
    assert not [*house.settings.home.glob(".trial-*")]
    await case.withdraw()


async def test_a_case_that_would_break_is_named_with_the_event(house: House) -> None:
    case = await house.propose()
    await case.reach("study.award")
    early = await house.propose()
    await early.gate("review")
    with mock.patch("workflows.study.study.Tendering", Reordered):
        found = await checked(house)
        broken = next(one for one in found if one.what.startswith(f"{case.study.id} would break at event "))
    assert not broken.is_good
    goes_on = f"{early.handle.id} would break"
    assert not any(one.what.startswith(goes_on) for one in found), "its study has not begun"
    assert "ondeterminism" in broken.detail
    assert all(one.is_good for one in await checked(house))
    await case.withdraw()
    await early.withdraw()


@pytest.mark.database
async def test_where_no_installation_is_the_settings_are_asked_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    database = connect(settings.database)
    with pytest.raises(DeployProblem, match="Set ACCORD_HOME"):
        [one async for one in Deployment(settings, database).check()]
    database.dispose()


@pytest.mark.engine
async def test_without_an_engine_what_is_archived_is_run_again(tmp_path: Path) -> None:
    async with installation(tmp_path / "home") as house:
        case = await house.propose()
        await case.reach("study.award")
        await Archiving(house.database).carry_out(house.client)
        later = await house.propose()
        await later.gate("review")
        settings = house.settings
    database = connect(settings.database)
    deployment = Deployment(settings, database)
    found = [str(one) async for one in deployment.check()]
    assert "ok: open histories run again with this code: 0 of the engine, 2 of the archive" in found
    (unseen,) = (one for one in found if one.startswith("PROBLEM"))
    assert unseen.startswith(f"PROBLEM: 1 open case has no history in the archive: {later.id}. Start")
    with mock.patch("workflows.study.study.Tendering", Reordered):
        found = [str(one) async for one in deployment.check()]
    assert any(one.startswith(f"PROBLEM: {case.study.id} would break at event") for one in found)
    database.dispose()
    with closing(sqlite3.connect(settings.home / "accord.db")) as raw, raw:
        raw.execute("UPDATE archived_history SET content = x'00'")
    done = await accord(settings.home, "deploy", "check")
    assert done.code == 10
    assert "cannot be run again: the archived history" in done.out


@pytest.mark.parametrize(
    ("failure", "event"),
    [
        ("Activity machine does not handle this event: HistoryEvent(id: 17, ActivityTaskScheduled)", "17"),
        ("Nondeterminism error: no command scheduled for event HistoryEvent(id: 5, TimerStarted)", "5"),
        ("something else", ""),
    ],
)
def test_the_event_is_read_from_what_the_sdk_says(failure: str, event: str) -> None:
    assert event_of(failure) == event
