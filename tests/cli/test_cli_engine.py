"""`accord up` and what becomes of it: stopped by Ctrl-C, started twice, killed."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.engine import running
from runtime.settings import ROOT
from tests.support.command import STARTER, accord, environment
from tests.support.house import House
from tests.support.patience import patience


def server(home: Path) -> int:
    """The process of the embedded server."""
    return int(json.loads((home / "engine.json").read_text())["pid"])


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def up(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`accord up`, once it is ready; it is dead afterwards, however the test went."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, STARTER, "up"),
        cwd=ROOT,
        env=environment(home),
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr
    try:
        while b"Ready" not in (line := await asyncio.wait_for(process.stderr.readline(), patience())):
            assert line, "it ended before it was ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def stop(process: asyncio.subprocess.Process) -> int:
    """Press Ctrl-C, and say how it ended."""
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), patience())
    assert process.returncode is not None
    return process.returncode


async def test_ctrl_c_ends_up_cleanly_and_leaves_no_server_behind(tmp_path: Path) -> None:
    async with up(tmp_path) as first:
        pid = server(tmp_path)
        second, where = await asyncio.gather(accord(tmp_path, "up"), accord(tmp_path, "env"))
        assert second.code == 0
        assert "Running already" in second.err
        assert where.out == f"export TEMPORAL_ADDRESS={running(tmp_path)}\n"
        assert alive(pid)
        assert await stop(first) == 0
    assert not alive(pid)
    assert running(tmp_path) is None
    assert (await accord(tmp_path, "env")).code == 9


async def test_up_works_again_after_it_was_killed_beside_its_server(tmp_path: Path) -> None:
    async with up(tmp_path) as killed:
        orphan = server(tmp_path)
        killed.kill()
        await killed.wait()
    try:
        async with up(tmp_path) as again:
            assert server(tmp_path) != orphan  # a server that nobody looked after was ended
            words = (
                "propose",
                "UP-1",
                "--title",
                "T",
                "--country",
                "VN",
                "--applicant",
                "A",
                "--amount",
                "5",
            )
            assert (await accord(tmp_path, *words, "--as", "coord.seo")).code == 0
            for _ in range(20):
                shown = await accord(tmp_path, "show", "UP-1", "-o", "json")
                if shown.code == 0:
                    break
            assert shown.data()[0]["status"] == "open"
            assert await stop(again) == 0
    finally:
        if alive(orphan):
            os.kill(orphan, signal.SIGTERM)


async def test_ctrl_c_in_the_middle_of_a_command_says_that_nothing_is_half_done(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.setblocking(False)
        port = mute.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, STARTER, "decide", gate["id"], "approve", "--as", "expert.lim"),
            cwd=ROOT,
            env=environment(house.settings.home, TEMPORAL_ADDRESS=f"127.0.0.1:{port}"),
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's `&` has it ignored
        )
        call, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(mute), patience())
        with call:  # an engine that takes the call and never answers
            process.send_signal(signal.SIGINT)
            _, told = await asyncio.wait_for(process.communicate(), patience())
    assert process.returncode == 130
    assert b"Nothing is half done" in told
    assert b"Traceback" not in told
    await case.withdraw()
