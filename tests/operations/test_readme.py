"""What the README says is what happens: its command blocks are run, word for word."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from activities.case import audit
from adapters.database import connect
from runtime.settings import ROOT, Settings
from tests.support.command import surroundings
from tests.support.patience import patience

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
]


async def run(script: str, home: Path) -> str:
    """Run a script as a newcomer would, in the repository, with a home of the test's own."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        env=surroundings() | {"ACCORD_HOME": str(home), "PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_the_two_commands_come_first() -> None:
    assert BLOCKS[0] == ["make demo", "make test"]


@pytest.mark.engine
async def test_make_demo_carries_all_and_adds_nothing_twice(tmp_path: Path) -> None:
    told = await run(BLOCKS[0][0], tmp_path)
    assert "decision below are illustrative" in told
    assert "Nobody approves what they proposed" in told
    closing = told[told.index("Where the partnerships got to") :]
    statuses = re.findall(r"/(launched|withdrawn|infeasible)", closing)
    assert sorted(set(statuses)) == ["infeasible", "launched", "withdrawn"]
    assert len(statuses) == 23
    database = connect(Settings(home=tmp_path).database)
    with database.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM record"))
    again = await run(BLOCKS[0][0], tmp_path)
    assert again.count("exists already; nothing is started twice") == 24, "23 partnerships and a cohort"
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM record")) == before
    database.dispose()


@pytest.mark.engine
async def test_the_first_minutes_word_for_word(tmp_path: Path) -> None:
    up, *rest = BLOCKS[1:]
    assert up == ["make up"]
    environment = os.environ | {"ACCORD_HOME": str(tmp_path)}
    running = await asyncio.create_subprocess_exec(
        *up[0].split(), cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert running.stderr
    try:
        while b"Ready" not in await asyncio.wait_for(running.stderr.readline(), patience()):
            pass
        told = await run("\n".join(line for block in rest for line in block), tmp_path)
    finally:
        os.killpg(running.pid, signal.SIGINT)
        await asyncio.wait_for(running.wait(), patience())
    assert "HUE-2026: started." in told
    assert "own-proposal" in told
    assert "review ≠ approve" in told
    database = connect(Settings(home=tmp_path).database)
    with database.connect() as connection:
        rows = audit.history(connection, audit.Question(case="HUE-2026"))
    database.dispose()
    votes = [(row["actor"], row["stage"]) for row in rows if row["action"] == "vote approve"]
    assert votes[-2:] == [("treasury.cho", "funding"), ("molit.park", "funding")]
    assert rows[-1]["stage"] == "study"
