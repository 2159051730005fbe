"""Earlier versions of this program, with the same packages: as whole installations, and their workers beside
ours.
"""

import asyncio
import io
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.settings import ROOT
from runtime.workers import signs
from tests.support.command import Done, environment
from tests.support.patience import eventually, patience


def git(*words: str) -> bytes:
    """What git says of this repository; nothing where there is no history."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""


def earlier() -> str:
    """The newest release before this commit, else the commit before workflows were last changed; empty: there
    is no history here.
    """
    if released := git("describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^").decode().strip():
        return released
    changed = git("log", "-1", "--format=%H", "--", "workflows").decode().strip()
    return git("rev-parse", "--verify", "--quiet", f"{changed}^").decode().strip() if changed else ""


def checked_out(commit: str, folder: Path) -> Path:
    """The files of a commit."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit))) as files:
        files.extractall(folder, filter="data")
    return folder


@asynccontextmanager
async def begun(program: Path, home: Path, bank_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The worker of a version, once it asks for work; it is dead when the block is left."""
    said = home / f"worker-{program.name}.json"
    said.unlink(missing_ok=True)  # one that was killed has left it
    more = {"ACCORD_HEALTH_FILE": str(said), "ACCORD_BANK_URL": bank_url, "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program / "worker.py")),
        cwd=program,
        env=environment(home, **more),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: signs.read(said), f"{program} works")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def worker(program: Path, home: Path, bank_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The same; told to stop when the block is left, and ended in good order."""
    async with begun(program, home, bank_url) as process:
        yield process
        process.terminate()
        assert await process.wait() == 0


class Version:
    """A version that serves a home folder: this one, or one that was checked out."""

    def __init__(self, program: Path, home: Path, bank_url: str) -> None:
        self._program = program
        self._environment = environment(home, PYTHONPATH=str(program), ACCORD_BANK_URL=bank_url)
        self._log = home.parent / f"{program.name}.log"

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """`accord up`, from when it is ready until the block is left; it ends in good order."""
        with self._log.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(self._program / "starter.py"), "up"),
                cwd=self._program,
                env=self._environment,
                stderr=log,
                stdout=log,
            )
        try:
            await eventually(lambda: self._is_ready(process), f"{self._program} is up")
            yield
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), patience()) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def accord(self, *words: str) -> Done:
        """A command of this version."""
        return await self._run(str(self._program / "starter.py"), *words)

    async def people(self, what: str, *words: str) -> dict[str, str]:
        """What its people do (``earlier_cases.py``): where each case waits then."""
        done = await self._run("-P", str(ROOT / "tests" / "support" / "earlier_cases.py"), what, *words)
        assert done.code == 0, done.err
        return {line["case"]: line["stop"] for line in done.lines()}

    def _is_ready(self, process: asyncio.subprocess.Process) -> bool:
        said = self._log.read_bytes()
        assert process.returncode is None, said.decode()[-2000:]
        return b"Ready" in said

    async def _run(self, *words: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *words),
            cwd=self._program,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), patience())
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())
