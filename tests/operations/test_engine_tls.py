"""The parts of the compose file and the engine know each other by certificates: here, through a door that
asks for them as the engine does there, before an engine that cannot (the one for tests knows no TLS).
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.errors import Exit
from runtime.settings import ROOT, Settings
from runtime.temporal import engine
from runtime.temporal.embedded import Embedded
from runtime.workers import signs
from tests.support.command import accord, environment
from tests.support.patience import eventually, patience
from tests.support.tls import context, door

pytestmark = pytest.mark.engine


EVERYTHING: Mapping[str, str | None] = {}


class Behind(NamedTuple):
    """An engine behind a door."""

    port: int
    secrets: Path
    others: Path
    """What compose/prepare.sh has made, and the same of somebody else."""

    def told(self, name: str = "worker", changes: Mapping[str, str | None] = EVERYTHING) -> dict[str, str]:
        """What compose tells a part; None takes something away."""
        said: dict[str, str | None] = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.port}",
            "TEMPORAL_NAMESPACE": "default",
            "TEMPORAL_TLS_SERVER_NAME": "temporal",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(self.secrets / "ca.crt"),
            "TEMPORAL_TLS_CLIENT_CERT_PATH": str(self.secrets / f"{name}.crt"),
            "TEMPORAL_TLS_CLIENT_KEY_PATH": str(self.secrets / f"{name}.key"),
        }
        return {key: value for key, value in (said | dict(changes)).items() if value is not None}


@pytest.fixture(scope="module")
async def behind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Behind]:
    """An engine behind a door that asks for certificates."""
    made = [tmp_path_factory.mktemp(name) for name in ("ours", "others")]
    for place in made:
        script = ["/bin/sh", str(ROOT / "compose" / "prepare.sh")]
        subprocess.run(script, cwd=place, check=True, timeout=patience())  # noqa: ASYNC221
    secrets, others = (place / "secrets" for place in made)
    embedded = Embedded(tmp_path_factory.mktemp("engine"))
    await embedded.start()
    async with door(embedded.address, context(secrets, "temporal")) as port:
        yield Behind(port, secrets, others)
    embedded.stop()


async def _served(told: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    try:
        client = await engine.connect(Settings(home=home))
    except RuntimeError:
        return False
    return await engine.answers(client)


@pytest.mark.parametrize("name", ["worker", "setup", "namespace", "pages"])
async def test_each_part_is_let_in(
    behind: Behind, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _served(behind.told(name), tmp_path, monkeypatch)


NOTHING: dict[str, str | None] = {"TEMPORAL_TLS_CLIENT_CERT_PATH": None, "TEMPORAL_TLS_CLIENT_KEY_PATH": None}
IN_CLEAR = dict.fromkeys(("TEMPORAL_TLS_SERVER_NAME", "TEMPORAL_TLS_SERVER_CA_CERT_PATH", *NOTHING))


WITHOUT: dict[str, dict[str, str | None]] = {
    "no certificate": NOTHING,
    "no TLS": IN_CLEAR,
    "not the engine": {"TEMPORAL_TLS_SERVER_NAME": "postgresql"},
    "an authority that nobody knows": {"TEMPORAL_TLS_SERVER_CA_CERT_PATH": None},
}


@pytest.mark.parametrize("without", WITHOUT.values(), ids=WITHOUT)
async def test_who_shows_none_or_is_not_the_engine_is_not_spoken_with(
    behind: Behind, without: dict[str, str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await _served(behind.told(changes=without), tmp_path, monkeypatch)


async def test_a_certificate_of_somebody_else_opens_nothing(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = behind._replace(secrets=behind.others)
    told = theirs.told(changes={"TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(behind.secrets / "ca.crt")})
    assert not await _served(told, tmp_path, monkeypatch)


async def test_a_command_and_a_worker_work_with_one_and_not_without(behind: Behind, tmp_path: Path) -> None:
    home = tmp_path / "home"
    refused = await accord(home, "setup", **behind.told(changes=NOTHING))
    assert refused.code == Exit.UNREACHABLE
    done = await accord(home, "setup", **behind.told("setup"))
    assert "namespace prepared" in done.out
    told = environment(home, **behind.told())
    worker = await asyncio.create_subprocess_exec(sys.executable, "worker.py", cwd=ROOT, env=told)

    def is_ready() -> bool:
        said = signs.read(home / "worker.json")
        return bool(said and said.checks and all(check.is_ready for check in said.checks))

    try:
        await eventually(is_ready, "the worker is ready")
    finally:
        worker.terminate()
        assert await worker.wait() == 0
