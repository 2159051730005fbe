"""Earlier versions of this program, with the same packages: their workers, beside ours."""

import asyncio
import io
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.settings import ROOT
from runtime.workers import signs
from tests.support.command import environment
from tests.support.patience import eventually


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
async def worker(program: Path, home: Path, bank_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The worker of a version, once it asks for work; told to stop when the block is left."""
    said = home / f"worker-{program.name}.json"
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
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
