"""`accord up` and its children: whichever ends, is wedged or deaf is started again; the others go on."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from cli.errors import Exit
from runtime.temporal import folder
from runtime.temporal.engine import running
from runtime.watching.notify import Word
from runtime.watching.stopping import AT_ONCE
from runtime.workers.launched import LOOK, Launched
from tests.support.command import accord
from tests.support.engine import processes, says, servers, started, state, stop, until, up, workers

pytestmark = pytest.mark.engine

PROVING = "ACCORD_PROVE" in os.environ
STARTS = 50 if PROVING else 5
SEED = int(os.environ.get("ACCORD_SEED") or random.randrange(10**6))
PROPOSAL = ("--title", "T", "--country", "VN", "--applicant", "hue", "--amount", "5", "--as", "coord.seo")
HASTY = ("-m", "tests.support.hasty", "up")
DIES_AT_ONCE = "import sys; sys.exit('a key is missing')"
HANGS_UP = "import os, time; os.close(int(os.environ['ACCORD_NOTIFY'])); time.sleep(600)"
DIES_SOON = "import os; os.write(int(os.environ['ACCORD_NOTIFY']), b'READY=1\\n'); os._exit(3)"


async def test_a_worker_that_ends_alone_comes_back_and_the_engine_has_not_stopped(
    tmp_path: Path,
) -> None:
    async with up(tmp_path) as process:
        engine, (worker,) = state(tmp_path), workers(tmp_path)
        os.kill(worker, signal.SIGKILL)
        assert (await accord(tmp_path, "propose", "UP-1", *PROPOSAL)).code == Exit.DONE
        await says(process, b"the worker serves again")
        assert state(tmp_path) == engine
        (other,) = workers(tmp_path)
        assert other != worker
        os.kill(other, signal.SIGTERM)  # somebody has told it to end, and it does so in good order
        await says(process, b"the worker serves again")
        assert workers(tmp_path) not in ([], [other])
        assert (await accord(tmp_path, "health", "--ready")).code == Exit.DONE
        assert await stop(process) == 0
    assert processes(tmp_path) == []


async def test_what_is_wedged_is_started_again(tmp_path: Path) -> None:
    """First the worker says nothing any more, then the engine: their processes are there all the time."""
    async with up(tmp_path, *HASTY) as process:
        (worker,), engine = workers(tmp_path), state(tmp_path)
        os.kill(worker, signal.SIGSTOP)
        await says(process, b"no sign of life")
        await says(process, b"the worker serves again")
        assert worker not in workers(tmp_path)
        os.kill(engine.pid, signal.SIGSTOP)
        await says(process, b"no answer to")
        await says(process, b"the engine serves again")
        assert servers(tmp_path) == [state(tmp_path).pid] != [engine.pid]
        assert state(tmp_path).port == engine.port
        assert (await accord(tmp_path, "propose", "UP-1", *PROPOSAL)).code == Exit.DONE
        assert await stop(process) == 0


@pytest.mark.parametrize(
    ("program", "told"), [(DIES_AT_ONCE, b"has ended at once (status 1)"), (DIES_SOON, b"does not stay")]
)
async def test_a_worker_that_does_not_stay_is_given_up_in_the_end(
    tmp_path: Path, program: str, told: bytes
) -> None:
    async with started(tmp_path, *HASTY, HASTY_WORKER=program) as process:
        await says(process, told)
        await process.communicate()
        assert process.returncode == Exit.UNREACHABLE
    assert processes(tmp_path) == []
    assert not folder.is_locked(tmp_path)


async def test_a_look_at_one_that_has_hung_up_is_no_shorter_than_it_takes_to_end() -> None:
    """Else a hundred looks would be over before anybody could know how it ended."""
    one = Launched([sys.executable, "-c", HANGS_UP], {})
    try:
        assert await asyncio.to_thread(one._ours.recv, 1) == b""
        await one.begin()
        began = asyncio.get_running_loop().time()
        assert [await one.says(Word.READY) for _ in range(10)] == [False] * 10
        assert asyncio.get_running_loop().time() - began >= 10 * LOOK / 20
        assert one.status is None
    finally:
        one.kill()


async def test_a_second_ctrl_c_ends_at_once_whatever_is_under_way(tmp_path: Path) -> None:
    async with up(tmp_path) as process:
        os.kill(workers(tmp_path)[0], signal.SIGSTOP)  # it would get its grace
        process.send_signal(signal.SIGINT)
        await says(process, b"Stopping")
        assert await stop(process) == AT_ONCE
    await until(lambda: processes(tmp_path) == [])


async def test_whenever_up_is_killed_one_engine_starts_and_none_is_left(tmp_path: Path) -> None:
    """kill -9 in the first second after it has the lock, again and again; two begin at the same time."""
    print(f"ACCORD_SEED={SEED}")
    chance = random.Random(SEED)
    for _ in range(STARTS):
        async with started(tmp_path) as one, started(tmp_path) as two:
            await until(lambda: tmp_path.exists() and folder.is_locked(tmp_path))
            await asyncio.sleep(chance.random())
            assert len(servers(tmp_path)) <= 1
            await killed(one)
            await asyncio.sleep(chance.random() / 10)
            assert len(servers(tmp_path)) <= 1
            await killed(two)
        await until(lambda: processes(tmp_path) == [])
        await until(lambda: not folder.is_locked(tmp_path))  # a process gives it back in its last moment
    async with up(tmp_path) as process:
        assert servers(tmp_path) == [state(tmp_path).pid]
        assert len(workers(tmp_path)) == 1
        assert running(tmp_path)
        await killed(process)
    await until(lambda: processes(tmp_path) == [])


async def killed(process: asyncio.subprocess.Process) -> None:
    """kill -9, unless it has found that another was there before."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
