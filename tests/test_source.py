"""What can be read off the source: workflow code is deterministic; tests stand alone, in the rooms of
what they test; the package has its licence.
"""

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runtime.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BANNED = frozenset(PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])
BUILTINS = frozenset(
    ("open", "input", "print", "hash", "exec", "eval", "compile", "__import__", "breakpoint")
)
"""Files, terminals, what differs from process to process, and the ways around this test."""

REPLAYED = sorted(
    path
    for room in ("models", "workflows")
    for path in (ROOT / room).rglob("*.py")
    if not path.is_relative_to(ROOT / "models" / "tables")
)
"""What runs inside workflows: the procedures, and the messages and rules that they use."""


def banned(source: str) -> list[str]:
    """What this source uses that workflow code must not: names as ``line: module.name``."""
    tree = ast.parse(source)
    names = dict(_imported(tree))
    used = [(line, name) for line, name in _mentioned(tree, names) if _is_banned(name)]
    builtins = [
        (node.lineno, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in BUILTINS - names.keys()
    ]
    return [f"{line}: {name}" for line, name in sorted({*used, *builtins})]


def _is_banned(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in BANNED for end in range(1, len(parts) + 1))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _mentioned(tree: ast.Module, names: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Every imported thing, and every attribute of one, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute) and (path := _path(node)) and path[0] in names:
            yield node.lineno, ".".join((names[path[0]], *path[1:]))


def _path(node: ast.expr) -> tuple[str, ...]:
    """``a.b.c`` as its parts; empty where it does not begin with a name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (before := _path(node.value)):
        return (*before, node.attr)
    return ()


@pytest.mark.parametrize("path", REPLAYED, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_that_is_replayed_reads_no_clock_chance_file_or_network(path: Path) -> None:
    assert banned(path.read_text()) == []


SAMPLE = """\
import datetime as dt, os.path
from datetime import date, datetime as moment, timedelta
from uuid import uuid4
import time, urllib.parse, urllib.request
import asyncio

class Clock:
    def open(self): return timedelta(dt.timezone.utc, urllib.parse.quote("x"))
    def read(self): return self.open(), moment.now, dt.datetime.now(), date.today()
    def keep(self, path): return open(path), hash(path), path.open(), asyncio.sleep(1)
    def aside(self): return asyncio.to_thread(self.read)
"""
FOUND = {
    1: {"os.path"},
    3: {"uuid.uuid4"},
    4: {"time", "urllib.request"},
    9: {"datetime.datetime.now", "datetime.date.today"},
    10: {"open", "hash"},
    11: {"asyncio.to_thread"},
}


def test_the_rule_bites() -> None:
    found: dict[int, set[str]] = {}
    for told in banned(SAMPLE):
        line, _, name = told.partition(": ")
        found.setdefault(int(line), set()).add(name)
    assert found == FOUND


@pytest.mark.database
@pytest.mark.parametrize("room", ["workflows/case", "models/money"])
def test_the_linter_holds_the_same_rule_in_these_rooms_only(room: str) -> None:
    lines = {int(line.split(":")[1]) for line in _ruff(f"{room}/sample.py").splitlines() if "TID251" in line}
    assert lines == FOUND.keys() - {10}  # builtins are held by the test above
    for elsewhere in ("activities/case", "models/tables", "tests"):
        assert "TID251" not in _ruff(f"{elsewhere}/sample.py")


def _ruff(name: str) -> str:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename", name]
    return subprocess.run([*command, "-"], cwd=ROOT, input=SAMPLE, capture_output=True, text=True).stdout


@pytest.mark.database
def test_the_licence_is_in_the_package(tmp_path: Path) -> None:
    for name in ("LICENSE", "README.md", "pyproject.toml", "starter.py", "worker.py"):
        shutil.copy(ROOT / name, tmp_path)
    build = "from setuptools.build_meta import prepare_metadata_for_build_wheel as build; build('.')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.dist-info/licenses/LICENSE")
    # the text as apache.org publishes it
    published = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert hashlib.sha256(packed.read_bytes()).hexdigest() == published
    assert "License-Expression: Apache-2.0" in (packed.parent.parent / "METADATA").read_text()


def classes(room: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class of a room, with its file."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield str(path.relative_to(ROOT)), node


OURS = {node.name for room in ("workflows", "activities", "services") for _, node in classes(room)}


def inherits(node: ast.ClassDef) -> list[str]:
    """The bases of a class that are ours."""
    return [ast.unparse(base) for base in node.bases if ast.unparse(base).partition("[")[0] in OURS]


def test_a_case_is_composed_not_inherited() -> None:
    assert [f"{file} {node.name}" for file, node in classes("workflows") if inherits(node)] == []
    tower = ast.parse("class Study(CaseFile[Rules]): ...").body[0]
    assert isinstance(tower, ast.ClassDef)
    assert inherits(tower) == ["CaseFile[Rules]"], "it would be found"


SHAPELESS = ("dict[str, Any]", "dict[str, object]")


def shapeless(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a public function takes or returns rows that nobody knows the shape of."""
    if node.name.startswith("_"):
        return False
    hints = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs)]
    return any(word in ast.unparse(hint) for hint in (*hints, node.returns) if hint for word in SHAPELESS)


def test_services_have_shapes() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "services").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and shapeless(node)
    ]
    assert found == []
    bad = ast.parse("def rows() -> list[dict[str, Any]]: ...").body[0]
    assert isinstance(bad, ast.FunctionDef) and shapeless(bad), "it would be found"


def test_hooks_call_what_make_check_calls_and_fetch_nothing() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    (recipe,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    hooks = [hook["entry"].removeprefix(".venv/bin/").split() for hook in repositories[0]["hooks"]]
    checks = [line.strip().removeprefix("$(BIN)/").split() for line in recipe.splitlines()]
    assert [words[:2] for words in hooks] == [words[:2] for words in checks]
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}


DECISIONS = ROOT / "docs" / "decisions"
PARTS = ("Decided", "Why", "What else", "What it costs")


def test_every_decision_has_its_number_its_parts_and_its_line() -> None:
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    index = (DECISIONS / "README.md").read_text()
    assert [page.name[:5] for page in pages] == [f"{number:04}-" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {page.name[:4]}: ")
        assert [text.count(f"**{part}.**") for part in PARTS] == [1, 1, 1, 1], page.name
        assert index.count(f"[{page.name[:4]}]({page.name})") == 1


TESTS = ROOT / "tests"
BESIDE = {"attacks", "cli", "histories", "operations", "support"}
"""Folders of tests/ that are no sub-room of models/."""


def leaning(source: str) -> list[str]:
    """The modules of tests/ that this source imports, but for those of tests/support."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = "tests." if node.level else ""  # a neighbour is a test, too
            modules += [f"{start}{node.module or ''}.{alias.name}" for alias in node.names]
    return [name for name in modules if name.startswith("tests.") and name.split(".")[1] != "support"]


def test_no_test_needs_another() -> None:
    """What two of them use is in tests/support: then a test can be read, moved and deleted alone."""
    found = {str(path.relative_to(ROOT)): leaning(path.read_text()) for path in TESTS.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}
    bad = "from tests.case.test_a import b\nimport tests.case\nfrom . import c\nfrom tests.support import d"
    assert len(leaning(bad)) == 3, "they would be found"


def folders(room: Path) -> set[str]:
    """The folders in a room that have anything in them but what Python has left there."""
    files = (path.relative_to(room).parts for path in room.rglob("*") if path.is_file())
    return {parts[0] for parts in files if len(parts) > 1 and "__pycache__" not in parts}


def test_tests_mirror_the_rooms() -> None:
    rooms = folders(ROOT / "models") - {"tables"}
    assert folders(TESTS) == rooms | BESIDE
    assert [room for room in rooms if not any((TESTS / room).glob("test_*.py"))] == []


OUTWARD = {
    "cli/output.py": "lists, lines and errors of every command",
    "runtime/logs.py": "log lines",
    "runtime/watching/leaving.py": "empties both streams at the end",
    "runtime/demonstration.py": "a bar that moves; it shows the projects of data/ and decisions of its own",
    "testing/fakebank.py": "says where it listens",
}
"""Files that write to a terminal, a log or a table by themselves, and what."""
_MODULES = (
    "rich",
    "csv.writer",
    "csv.DictWriter",
    "logging.StreamHandler",
    "traceback.print_",
    "warnings.warn",
)
_STREAMS = ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "sys.excepthook")
_WRITERS = ("typer.echo", "typer.secho", "click.", *_MODULES, *_STREAMS)


def outward(source: str) -> list[str]:
    """How this source writes to a terminal, a log or a table: names as ``line: module.name``."""
    tree = ast.parse(source)
    names = dict(_imported(tree))
    used = [(line, name) for line, name in _mentioned(tree, names) if name.startswith(_WRITERS)]
    printed = [
        (node.lineno, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "print" and "print" not in names
    ]
    return [f"{line}: {name}" for line, name in sorted({*used, *printed})]


def test_there_is_one_way_out() -> None:
    rooms = ("models", "activities", "workflows", "services", "adapters", "cli", "runtime", "testing")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    files += [ROOT / "worker.py", ROOT / "starter.py"]
    found = {str(path.relative_to(ROOT)): outward(path.read_text()) for path in files}
    assert {name for name, ways in found.items() if ways} == OUTWARD.keys()
    sample = (
        "import sys, typer\nfrom rich import print as say\nprint(1)\ntyper.echo(2)\nsys.stderr.write('3')"
    )
    assert {way.partition(": ")[0] for way in outward(sample)} == {"2", "3", "4", "5"}, "they would be found"


ASVS = (ROOT / "docs" / "asvs.md").read_text()
NAMED = re.findall(r"`([\w.-]+(?:/[\w.-]+)+|[\w-]+\.(?:yml|lock))`", ASVS)


def test_every_file_that_answers_for_asvs_is_there() -> None:
    assert len(NAMED) > 80
    assert [name for name in NAMED if not (ROOT / name).is_file()] == []


def test_every_item_of_asvs_is_answered_and_shown_or_says_why_not() -> None:
    rows = [line.split(" | ") for line in ASVS.splitlines() if re.match(r"\| \**\d", line)]
    assert len(rows) > 35
    excused = ("**not yet**", "**not applicable**")
    silent = [row for row in rows if "`tests/" not in row[3] and not row[2].lower().startswith(excused)]
    assert silent == []
