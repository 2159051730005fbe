"""Runs the real command line, and Temporal's own, as people do: as processes of their own."""

import asyncio
import contextlib
import csv
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from cli.app import run
from runtime.command_line import ThisInstallation
from runtime.settings import ROOT
from runtime.temporal.engine import running
from runtime.temporal.server import binary
from tests.support import forks
from tests.support.patience import patience

STARTER = str(ROOT / "starter.py")
_at_a_time = asyncio.Semaphore(2)


class Done(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    def data(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        """What it printed as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def cells(self) -> list[dict[str, str]]:
        """What it printed as CSV."""
        return list(csv.DictReader(io.StringIO(self.out, newline="")))

    def error(self) -> dict[str, str]:
        """Its error, where errors were asked for as JSON: one object, and nothing else."""
        body = json.loads(self.err)
        assert list(body) == ["error"]
        assert set(body["error"]) == {"code", "message", "hint", "ref"}
        return {str(key): str(value) for key, value in body["error"].items()}


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of somebody who works on the installation in ``home``."""
    return surroundings() | {"ACCORD_HOME": str(home)} | more


def surroundings() -> dict[str, str]:
    """Our own environment, without what would say where the installation is or how wide the screen."""
    said = ("ACCORD_", "TEMPORAL_", "COLUMNS", "LINES")
    return {key: value for key, value in os.environ.items() if not key.startswith(said)}


async def accord(home: Path, *words: str, **more: str) -> Done:
    """Run a command to its end, as a process of its own."""
    async with _at_a_time:
        return Done(*await forks.run([STARTER, *words], environment(home, **more)))


def inside(home: Path, *words: str, **more: str) -> Done:
    """Run a command in this process, which is quicker. Not two at a time: it takes standard output."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment(home, **more), clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run([*words], ThisInstallation())
    return Done(code, out.getvalue(), err.getvalue())


async def temporal(home: Path, *words: str) -> Done:
    """Run Temporal's own command line against the engine of ``home``; its answer is JSON."""
    address = running(home)
    assert address
    command = [binary(), "workflow", *words, "--address", address, "--output", "json"]
    return await _run(command, environment(home))


async def _run(command: list[str], environment: dict[str, str]) -> Done:
    async with _at_a_time:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), patience())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())
