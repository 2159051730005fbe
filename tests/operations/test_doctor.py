"""A check-up finds what is wrong, says what to do, and changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.database import connect, unmigrate
from models.operations.checkup import Verdict, judged
from runtime.care import checkup_files
from runtime.care.backup import LAST
from runtime.care.checkup import checkup
from runtime.keys import ring, seals
from runtime.settings import Settings
from runtime.setup import set_up
from tests.support.command import accord
from tests.support.house import House

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(("measured", "verdict"), [(0, "ok"), (1, "warning"), (2, "problem"), (9, "problem")])
def test_what_is_measured_is_judged_by_two_limits(measured: float, verdict: str) -> None:
    assert judged("x", measured, (1, 2), "so much", "do it").verdict == verdict
    assert bool(judged("x", measured, (1, 2), "so much", "do it").todo) is (verdict != "ok")


def found(settings: Settings) -> dict[str, str]:
    """The verdict on each thing; the worse of two."""
    order = [Verdict.OK, Verdict.WARNING, Verdict.PROBLEM]
    verdicts: dict[str, str] = {}
    for one in checkup(settings, lambda: connect(settings.database)):
        assert bool(one.todo) is (one.verdict is not Verdict.OK), one
        before = verdicts.get(one.what, Verdict.OK)
        verdicts[one.what] = max(before, one.verdict, key=lambda verdict: order.index(Verdict(verdict)))
    return verdicts


def readable(home: Path) -> None:
    home.chmod(0o750)


def keyless(home: Path) -> None:
    next((home / "signing").glob("*.key")).unlink()


def older(home: Path) -> None:
    database = connect(f"sqlite:///{home / 'accord.db'}")
    unmigrate(database, "0012")
    database.dispose()


def garbled(home: Path) -> None:
    (home / LAST).write_text("{}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that is set up, and not running."""
    made = Settings(home=tmp_path / "home")
    database = connect(made.database)
    set_up(database, made)
    database.dispose()
    assert ring(made).kid
    assert seals(made).seal("x")
    for path in made.home.rglob("*"):  # our process is not as careful as the program is
        path.chmod(0o700 if path.is_dir() else 0o600)
    return made


def test_a_home_that_is_as_it_should_be(settings: Settings) -> None:
    verdicts = found(settings)
    assert {what for what, verdict in verdicts.items() if verdict == Verdict.PROBLEM} <= {"disk"}
    warnings = {what for what, verdict in verdicts.items() if verdict == Verdict.WARNING}
    assert warnings - {"disk"} == {"mode", "backup", "engine"}


@pytest.mark.parametrize(
    ("harm", "what"),
    [(readable, "permissions"), (keyless, "keys"), (older, "database"), (garbled, "last_backup")],
)
def test_what_is_wrong_is_a_problem(settings: Settings, harm: Callable[[Path], None], what: str) -> None:
    harm(settings.home)
    assert found(settings)[what] == Verdict.PROBLEM


def test_another_engine_than_was_installed_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (good,) = checkup_files.engine_program()
    assert good.verdict is Verdict.OK
    monkeypatch.setattr(checkup_files, "_installed_as", lambda _: "another digest")
    (other,) = checkup_files.engine_program()
    assert other.verdict is Verdict.PROBLEM


async def test_the_command_says_it_and_its_exit_code(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="past every rule")
    home = house.settings.home
    told = await accord(home, "doctor", "-o", "json")
    rows = {row["what"]: row for row in told.data()}
    assert (told.code, rows["differences"]["verdict"]) == (10, "problem")
    assert (rows["worker"]["verdict"], rows["database"]["verdict"]) == ("ok", "ok")
    assert (await accord(home, "reconcile", case.id, "--repair", "--as", "ops.hwang")).code == 0
