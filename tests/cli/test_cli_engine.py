"""`accord up` and what becomes of it: stopped by Ctrl-C, started twice, killed."""

import asyncio
import signal
import socket
import sys
from pathlib import Path

import pytest

from runtime.settings import ROOT
from runtime.temporal.engine import running
from tests.support.command import STARTER, accord, environment
from tests.support.engine import servers, state, stop, up
from tests.support.house import House


@pytest.mark.engine
async def test_ctrl_c_ends_up_cleanly_and_leaves_no_server_behind(tmp_path: Path) -> None:
    async with up(tmp_path) as first:
        second, where = await asyncio.gather(accord(tmp_path, "up"), accord(tmp_path, "env"))
        assert second.code == 0
        assert "Running already" in second.err
        assert where.out == f"export TEMPORAL_ADDRESS={running(tmp_path)}\n"
        assert servers(tmp_path) == [state(tmp_path).pid]
        assert await stop(first) == 0
    assert servers(tmp_path) == []
    assert running(tmp_path) is None
    assert (await accord(tmp_path, "env")).code == 9


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
        call, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(mute), 30)
        with call:  # an engine that takes the call and never answers
            process.send_signal(signal.SIGINT)
            _, told = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 130
    assert b"Nothing is half done" in told
    assert b"Traceback" not in told
    await case.withdraw()
