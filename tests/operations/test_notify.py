"""What systemd hears of `accord up` and of a worker: ready, alive, stopping; nothing where it is not so."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run
from types import SimpleNamespace
from typing import Any, cast

import pytest

from models.operations.health import Health, Part, not_ready, ready
from runtime.settings import ROOT
from runtime.temporal import engine
from runtime.watching import reporting
from runtime.watching.notify import Supervisor, Word
from runtime.watching.stopping import CLOSING, LONGEST
from runtime.workers import launched, worker_process
from runtime.workers.signs import Signs
from tests.support.engine import started, stop, until, up
from tests.support.patience import patience

UNITS = ("accord", "accord-worker")
ALL = (*UNITS, "accord-backup")


class Listener:
    """A socket as systemd binds one, and what was said to it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def heard(self) -> list[str]:
        """All that was said since the last time."""
        words: list[str] = []
        while True:
            try:
                words += self._line.recv(4096).decode().split()
            except BlockingIOError:
                return words

    async def hears(self, word: Word) -> list[str]:
        """Wait until this is said; all that was said until then."""
        words: list[str] = []

        def said() -> bool:
            words.extend(self.heard())
            return word in words

        await until(said)
        return words


@contextmanager
def listening(address: str) -> Iterator[Listener]:
    """Listen there; ``@…`` is a name that is no file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        line.setblocking(False)
        yield Listener(line)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: that of a socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="accord-") as folder:
        yield Path(folder)


@pytest.mark.database
@pytest.mark.parametrize("name", ["notify", "@accord-{}"])
def test_words_arrive_one_a_line_in_one_message(place: Path, name: str) -> None:
    address = name.format(place.name) if name.startswith("@") else str(place / name)
    with listening(address) as systemd:
        with closing(Supervisor({"NOTIFY_SOCKET": address})) as supervisor:
            supervisor.tell(Word.READY, Word.ALIVE)
        assert systemd.heard() == ["READY=1", "WATCHDOG=1"]


@pytest.mark.database
@pytest.mark.parametrize(
    "told", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}, {"ACCORD_NOTIFY": "999"}, {"ACCORD_NOTIFY": "x"}]
)
def test_where_nobody_listens_nothing_is_said(told: dict[str, str]) -> None:
    Supervisor(told).tell(Word.READY)


@pytest.mark.engine
async def test_systemd_hears_when_all_serves_and_when_it_stops(tmp_path: Path, place: Path) -> None:
    with listening(str(place / "up")) as of_up, listening(str(place / "worker")) as of_worker:
        async with up(tmp_path, NOTIFY_SOCKET=str(place / "up")) as process:
            assert (await of_up.hears(Word.ALIVE)).count(Word.READY) == 1  # its own, not that of its worker
            apart = {"NOTIFY_SOCKET": str(place / "worker"), "ACCORD_HEALTH_FILE": str(place / "sign")}
            async with started(tmp_path, "worker.py", **apart) as worker:
                assert (await of_worker.hears(Word.ALIVE))[0] == Word.READY
                assert (place / "sign").exists()
                worker.send_signal(signal.SIGTERM)
                assert (await of_worker.hears(Word.STOPPING))[-1] == Word.STOPPING
                await asyncio.wait_for(worker.communicate(), patience())
                assert worker.returncode == 0
            assert await stop(process) == 0
            assert of_up.heard()[-1] == Word.STOPPING


class Told:
    """A supervisor that remembers."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.has_gone = False

    def tell(self, *words: str) -> None:
        """Remember."""
        self.words += words

    def close(self) -> None:
        """Nobody says more."""


class Found:
    """Finds one after the other, and tells the worker to stop when there is no more."""

    def __init__(self, stop: asyncio.Event, *polls: bool) -> None:
        self._stop = stop
        self._polls = list(polls)

    async def look(self) -> Health:
        """The next."""
        well = self._polls.pop(0)
        if not self._polls:
            self._stop.set()
        polling = ready(Part.POLLING, "") if well else not_ready(Part.POLLING, "", "")
        return Health(at=datetime.now(UTC), pid=os.getpid(), checks=(ready(Part.ENGINE, ""), polling))


async def test_a_worker_is_ready_once_it_asks_for_work_and_alive_while_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.workers.signs._EVERY", 0.01)
    stop, told = asyncio.Event(), Told()
    found = Found(stop, False, True, True, False, False)
    await Signs(tmp_path / "sign", cast(Supervisor, told)).give(cast(Any, found), stop)
    assert told.words == [Word.READY, Word.ALIVE, Word.ALIVE, Word.STOPPING]
    assert not (tmp_path / "sign").exists()


async def test_a_worker_whose_owner_has_gone_ends(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with closing(Supervisor({"ACCORD_NOTIFY": str(theirs.detach())})) as supervisor:
        found = Found(asyncio.Event(), *[True] * 3)
        async with asyncio.timeout(10):
            await Signs(tmp_path / "sign", supervisor).give(cast(Any, found), asyncio.Event())
    assert supervisor.has_gone


@pytest.mark.parametrize(
    ("well", "answers", "alive"), [(True, True, True), (False, True, False), (True, False, False)]
)
async def test_up_is_alive_while_its_worker_is_and_its_engine_answers(
    monkeypatch: pytest.MonkeyPatch, well: bool, answers: bool, alive: bool
) -> None:
    async def answered(_: Any) -> bool:
        return answers

    told, worker = Told(), cast(Any, SimpleNamespace(is_well=well))
    monkeypatch.setattr(reporting, "Supervisor", lambda: told)
    monkeypatch.setattr(engine, "answers", answered)
    monkeypatch.setattr(engine, "configured", lambda: False)
    async with reporting.reported(worker, cast(Any, None)):
        await asyncio.sleep(0.01)
    assert told.words == [Word.READY, *([Word.ALIVE] if alive else []), Word.STOPPING]


def unit(name: str) -> ConfigParser:
    """A unit of systemd."""
    parsed = ConfigParser(strict=False, interpolation=None, delimiters="=")
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(ROOT / "deploy" / f"{name}.service")
    return parsed


@pytest.mark.parametrize("name", UNITS)
def test_the_units_keep_what_they_are_for(name: str) -> None:
    service = unit(name)["Service"]
    assert service["Type"] == "notify"
    assert service["UMask"] == "0077"
    assert (service["StateDirectory"], service["StateDirectoryMode"]) == ("accord", "0700")
    assert service["KillMode"] == "mixed"  # `accord up` must not find its engine ended by somebody else
    assert service["Restart"] == "always"
    assert int(service["TimeoutStopSec"]) > LONGEST + (CLOSING if name == "accord" else 0)
    patience = worker_process.SILENT * launched.LOOK + worker_process.START
    assert int(service["WatchdogSec"]) > (patience if name == "accord" else 30)


def test_the_units_live_in_the_same_place_and_hide_nothing_that_they_read() -> None:
    ours = [unit(name)["Service"] for name in ALL]
    for key in ("User", "WorkingDirectory", "Environment", "EnvironmentFile", "UMask"):
        assert len({service[key] for service in ours}) == 1
    # the engine's client reads /proc/meminfo, and panics where it is hidden
    assert {service.get("ProcSubset", "all") for service in ours} == {"all"}


@pytest.mark.database
@pytest.mark.parametrize("name", ALL)
def test_systemd_takes_the_units_and_finds_them_confined(tmp_path: Path, name: str) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = (ROOT / "deploy" / f"{name}.service").read_text()
    file = tmp_path / f"{name}.service"
    file.write_text(text.replace("/opt/accord/bin", str(Path(sys.executable).parent)))
    verified = run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert (verified.stderr, verified.returncode) == ("", 0)
    exposed = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)]
    assert run(exposed, capture_output=True, check=False).returncode == 0
