"""The table of commands is what the commands are, and a command imports no more than it uses."""

import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from cli import explanation
from cli.app import OnDemand, build
from runtime.command_line import ThisInstallation
from runtime.settings import ROOT
from tests.support.command import accord, environment
from tests.support.house import House

SLOW = {"temporalio", "alembic", "lxml", "holidays", "pycountry", "workflows", "structlog", "httpx2"}
"""Packages that take long to import, and that nothing needs which only reads the database."""

READING = (
    "list",
    "list -o csv",
    "history",
    "history --refused -o jsonl",
    "inbox --all",
    "inbox --as sec.han -o json",
    "fund show",
    "fund ledger",
    "fund trial-balance",
    "fund forecast k-city",
    "fund check",
    "fund waitlist",
    "notices",
    "payment list",
    "duties",
    "delegations",
)

_RUN = """
import json, sys
from cli.app import run
from runtime.command_line import ThisInstallation
code = run(sys.argv[1:], ThisInstallation())
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


def on_demand(group: TyperGroup) -> Iterator[OnDemand]:
    """Every command, also of groups within groups."""
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            yield from on_demand(command)
        else:
            assert isinstance(command, OnDemand)
            yield command


COMMANDS = list(on_demand(build(ThisInstallation())))


def imported(home: Path, command: str) -> set[str]:
    """The packages that a process has imported once it has run a command."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *command.split()],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, packages = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(packages)


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 50


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_a_command_is_what_the_table_says_of_it(command: OnDemand) -> None:
    function, loaded = command.function(), command.load()
    first, *_ = (inspect.getdoc(function) or "").split("\n\n")
    assert command.help == " ".join(first.split())
    assert loaded.name == command.name
    assert not inspect.iscoroutinefunction(function)  # Typer would never await it


SHARED = {
    ("cli.money.fund", "known"),
    ("cli.case.bulk", "decide_all"),
    ("cli.training.nomination_file", "nominate_all"),
    ("cli.training.named", "open_gate"),
}
"""What takes a context as commands do, and is no command."""


def test_no_command_is_forgotten_in_the_table() -> None:
    found = set()
    for path in (ROOT / "cli").glob("*/*.py"):
        name = f"cli.{path.parent.name}.{path.stem}"
        for called, function in inspect.getmembers(importlib.import_module(name), inspect.isfunction):
            takes_context = "context" in inspect.signature(function).parameters
            if function.__module__ == name and takes_context and not called.startswith("_"):
                found.add((name, called))
    listed = {(command.function().__module__, command.function().__name__) for command in COMMANDS}
    assert found == listed | SHARED


@pytest.mark.database
def test_help_of_all_commands_imports_neither_database_nor_models(tmp_path: Path) -> None:
    assert not imported(tmp_path, "--help") & (SLOW | {"sqlalchemy", "pydantic", "activities", "services"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", READING)
def test_a_command_that_reads_does_not_import_what_it_does_not_use(house: House, command: str) -> None:
    assert not imported(house.settings.home, command) & SLOW


def test_only_a_table_imports_what_draws_tables(house: House) -> None:
    assert "rich" in imported(house.settings.home, "fund show")
    assert "rich" not in imported(house.settings.home, "fund show -o json")


@pytest.mark.parametrize(("module", "name"), explanation.EXPLAINED)
def test_an_error_that_is_explained_exists(module: str, name: str) -> None:
    assert issubclass(getattr(importlib.import_module(module), name), Exception)


async def test_the_help_of_one_command_says_all_of_it(house: House) -> None:
    done = await accord(house.settings.home, "fund", "check", "--help", COLUMNS="200")
    assert done.code == 0
    assert "Usage: accord fund check [OPTIONS] [fund]" in done.out
    assert "the nightly check freezes a fund whose books are wrong" in done.out
