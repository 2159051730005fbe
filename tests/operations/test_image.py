"""What is in the image is enough to set an installation up, to work, and for the first people to sign in."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path
from typing import NamedTuple

import pytest

from runtime.settings import ROOT
from runtime.temporal.embedded import Embedded
from tests.support.command import surroundings
from tests.support.compose import load
from tests.support.image import USER, as_another, built, folder, installed, locked, packages
from tests.support.patience import eventually_async, patience
from tests.support.roles import Parted, unprepared

PLACES = ("home", "keys", "signing")


class Box(NamedTuple):
    """The image in folders: its program, its Python, and what is mounted."""

    program: Path
    python: Path
    mounted: Path

    def words(self, *command: str) -> list[str]:
        """A command of the compose file, as the user of the image."""
        return as_another(str(self.python), *command[1:])

    def run(self, told: Mapping[str, str], *command: str) -> str:
        """Carry a command out; what it says. It has to succeed."""
        words, wait = self.words(*command), patience(60)
        done = subprocess.run(words, cwd=self.program, env=told, capture_output=True, text=True, timeout=wait)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def accord(self, told: Mapping[str, str], *words: str, token: str = "") -> str:
        """`docker compose exec worker python starter.py …`, signed in with a token."""
        return self.run({**told, "ACCORD_TOKEN": token} if token else told, "python", "starter.py", *words)

    def secrets(self, name: str, **files: str) -> Path:
        """The folder /run/secrets of a service."""
        folder = self.mounted / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_text(content)
        return folder


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """The image, and the volumes, which belong to its user."""
    with folder() as place:
        box = Box(built(place / "program"), packages(place / "opt"), place / "mounted")
        for name in PLACES:
            (box.mounted / name).mkdir(parents=True)
            if os.geteuid() == 0:
                os.chown(box.mounted / name, USER, USER)
            (box.mounted / name).chmod(0o700)
        shutil.copy(ROOT / "data" / "people.toml", box.mounted / "people.toml")
        yield box
        for path in (box.program, *box.program.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture
def on_roles(postgres_url: str) -> Iterator[Parted]:
    """An empty database with its three roles."""
    with unprepared(postgres_url) as there:
        yield there


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[str]:
    """The address of an engine."""
    embedded = Embedded(tmp_path / "engine")
    await embedded.start()
    yield embedded.address
    embedded.stop()


def _told(box: Box, service: str, engine: str, **more: str) -> dict[str, str]:
    """What compose tells a service, of the parts that are here; places are those of the test."""
    said = load()["services"][service]["environment"]
    places = {"ACCORD_HOME": "home", "ACCORD_KEYS": "keys", "ACCORD_SIGNING_KEYS": "signing"}
    kept = {"ACCORD_MODE": said["ACCORD_MODE"]}
    kept |= {name: str(box.mounted / place) for name, place in places.items()}
    kept |= {"TEMPORAL_ADDRESS": engine, "TEMPORAL_NAMESPACE": "default", "PYTHONDONTWRITEBYTECODE": "1"}
    surrounding = {name: value for name, value in surroundings().items() if not name.startswith("PYTHON")}
    return surrounding | kept | more


@pytest.mark.database
def test_nothing_is_in_it_that_is_for_tests_or_git(box: Box) -> None:
    tops = {path.name for path in box.program.iterdir()}
    assert not tops & {"tests", ".git", "bench", ".venv", "docs", "compose", "secrets", ".env"}
    assert {path.name for path in (box.program / "data").iterdir()} == {"pis-fund.toml"}
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in box.program.rglob("*"))


@pytest.mark.database
def test_it_has_the_packages_that_it_needs_and_no_others(box: Box) -> None:
    names = "import importlib.metadata as m; print(*(d.metadata['Name'].lower() for d in m.distributions()))"
    found = {name.replace("_", "-") for name in box.run(surroundings(), "python", "-c", names).split()}
    assert found - {"pip", "setuptools"} <= {name.lower() for name in locked()}
    assert not found & {"pytest", "mypy", "ruff", "hypothesis", "pre-commit"}


LICENCES = re.compile(r"MIT|BSD|Apache|ISC|PSF|OFL|LGPL|Dual License")
"""What may be in an image that is handed on. Packages under the LGPL are used unaltered."""


@pytest.mark.parametrize("package", list(installed()), ids=lambda package: package.metadata["Name"])
def test_each_package_says_under_which_licence_it_is(package: Distribution) -> None:
    said = package.metadata
    named = [str(said[key]) for key in ("License-Expression", "License") if key in said]
    named += said.get_all("Classifier") or []
    assert LICENCES.search(" ".join(named))
    assert not re.search(r"(?<!L)GPL", " ".join(named))


@pytest.mark.engine
async def test_an_installation_is_set_up_and_its_first_people_decide(
    box: Box, engine: str, on_roles: Parted
) -> None:
    owner = box.secrets("setup", accord_database_url=on_roles.owner)
    told = _told(box, "accord-setup", engine, ACCORD_SECRETS=str(owner))
    told |= {"ACCORD_PEOPLE": str(box.mounted / "people.toml")}
    told |= {"ACCORD_DATABASE_ROLE": on_roles.role, "ACCORD_DATABASE_READER": on_roles.reader}
    for _ in range(2):  # it runs at every `up`
        said = box.run(told, *load()["services"]["accord-setup"]["command"])
        assert "payloads are encrypted" in said and "namespace prepared" in said

    works = box.secrets("worker", accord_database_url=on_roles.works)
    told = _told(box, "worker", engine, ACCORD_SECRETS=str(works))
    workers = [_worker(box, told, n) for n in range(2)]
    try:
        for n in range(2):
            await _ready(box, told, n)
        _first_decision(box, told)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
    assert [worker.wait(timeout=patience(40)) for worker in workers] == [0, 0]


def _worker(box: Box, told: Mapping[str, str], number: int) -> "subprocess.Popen[bytes]":
    """One of several, as `--scale worker=2` makes them: each with a sign of life; volumes are shared."""
    more = {"ACCORD_HEALTH_FILE": str(box.mounted / "home" / f"alive-{number}")}
    return subprocess.Popen(box.words("python", "worker.py"), cwd=box.program, env={**told, **more})


async def _ready(box: Box, told: Mapping[str, str], number: int) -> None:
    more = {"ACCORD_HEALTH_FILE": str(box.mounted / "home" / f"alive-{number}")}
    words = box.words(*load()["services"]["worker"]["healthcheck"]["test"][1:])

    async def healthy() -> bool:
        asked = await asyncio.create_subprocess_exec(*words, cwd=box.program, env={**told, **more})
        return await asked.wait() == 0

    await eventually_async(healthy, "the worker is healthy")


def _first_decision(box: Box, told: Mapping[str, str]) -> None:
    """As docs/operations.md says: who runs it lets the registrars in, they let in the others."""
    first = ("reg.eom", "reg.pyo")
    registrars = [box.accord(told, "token", "issue", who, "--print").strip() for who in first]

    def let_in(person: str) -> str:
        said = [box.accord(told, "token", "issue", person, "--print", token=one) for one in registrars]
        return said[-1].strip()

    proposer, expert = let_in("coord.seo"), let_in("expert.lim")
    box.accord(told, *PROPOSED, token=proposer)
    box.accord(told, "decide", "HUE-2026:review:1", "approve", token=expert)
    history = box.accord(told, "history", "HUE-2026", "--output", "csv", token=expert)
    assert "expert.lim" in history
    assert "self-declared" not in history


PROPOSED = ["propose", "HUE-2026", "--title", "Flood", "--country", "VN", "--city", "Hue"]
PROPOSED += ["--area", "water_management", "--applicant", "Hue People's Committee"]
PROPOSED += ["--study", "pre_feasibility", "--amount", "300000000"]
