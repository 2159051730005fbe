"""E10 and E2: the engine is killed, orphaned, doubled, copied; `accord up` is stopped, whatever is stuck."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.temporal import folder, server
from runtime.temporal.embedded import Embedded
from runtime.temporal.engine import EngineError, running
from runtime.temporal.folder import State
from runtime.temporal.taking import EngineBusy
from services.case.queue import TASK_QUEUE
from tests.support.command import Done, accord
from tests.support.engine import says, servers, started, state, stop, until, up
from tests.support.patience import eventually_async

pytestmark = pytest.mark.engine

PROPOSAL = ("--title", "T", "--country", "VN", "--applicant", "hue", "--amount", "5", "--as", "coord.seo")


async def shown(home: Path, *words: str) -> Done:
    """What a command answers, once it has something to show."""

    async def there() -> Done | None:
        done = await accord(home, *words, "-o", "json")
        return done if done.code == 0 and done.data() else None

    return await eventually_async(there, " ".join(words))


async def test_a_server_that_is_killed_alone_comes_back_and_nobody_has_to_do_anything(tmp_path: Path) -> None:
    async with up(tmp_path) as process:
        address = running(tmp_path)
        assert (await accord(tmp_path, "propose", "UP-1", *PROPOSAL)).code == 0
        await shown(tmp_path, "inbox", "--gate", "UP-1:review:1")
        for voter in ("expert.lim", "sec.han"):
            os.kill(state(tmp_path).pid, signal.SIGKILL)
            decided = await accord(tmp_path, "decide", "UP-1:review:1", "approve", "--as", voter)
            assert (decided.code, decided.err) == (0, "")
            await says(process, b"the engine serves again")
        await shown(tmp_path, "inbox", "--gate", "UP-1:funding:1")  # the worker is back, too
        assert running(tmp_path) == address
        assert servers(tmp_path) == [state(tmp_path).pid]
        assert await stop(process) == 0
    assert servers(tmp_path) == []


def locked(home: Path) -> bool:
    return home.exists() and folder.is_locked(home)


def launched(home: Path) -> bool:
    return bool(servers(home))


def listening(home: Path) -> bool:
    known = folder.read(home) if home.exists() else None
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", known.port if known else 0)):
        return True
    return False


def ready(home: Path) -> bool:
    return running(home) is not None


@pytest.mark.parametrize("moment", [locked, launched, listening, ready])
async def test_no_server_stays_behind_whenever_up_is_killed(
    tmp_path: Path, moment: Callable[[Path], bool]
) -> None:
    async with started(tmp_path) as process:
        await until(lambda: moment(tmp_path))
        process.kill()
        await process.wait()
    await until(lambda: not folder.is_locked(tmp_path))
    assert servers(tmp_path) == []
    assert running(tmp_path) is None
    again = Embedded(tmp_path)
    await again.start()
    again.stop()


async def test_many_start_at_once_and_one_server_works_on_the_file(tmp_path: Path) -> None:
    async with (
        started(tmp_path) as one,
        started(tmp_path) as two,
        started(tmp_path) as three,
    ):
        ends = {process: asyncio.create_task(process.wait()) for process in (one, two, three)}
        await asyncio.wait(ends.values(), return_when="FIRST_COMPLETED", timeout=60)
        await until(lambda: sum(end.done() for end in ends.values()) == 2)
        assert [process.returncode for process in ends if process.returncode is not None] == [0, 0]
        assert servers(tmp_path) == [state(tmp_path).pid]


@pytest.mark.parametrize("taken", ["port", "ui_port"])
async def test_a_port_taken_meanwhile_is_left_to_who_has_it(tmp_path: Path, taken: str) -> None:
    engine = Embedded(tmp_path)
    with socket.create_server(("127.0.0.1", getattr(engine, taken))):
        await engine.start()
        try:
            assert servers(tmp_path) == [engine.pid]
            assert state(tmp_path).port == engine.port
        finally:
            engine.stop()


async def test_a_server_that_cannot_start_is_reported(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").write_text("no database")
    with pytest.raises(EngineError, match=r"did not start; see .*engine\.log"):
        await Embedded(tmp_path).start()
    assert servers(tmp_path) == []
    assert not folder.is_locked(tmp_path)


async def test_whatever_is_deleted_there_is_no_second_server(tmp_path: Path) -> None:
    first = Embedded(tmp_path)
    await first.start()
    try:
        kept = state(tmp_path)
        for known in (kept, kept.model_copy(update={"ready": False}), None):
            folder.forget(tmp_path)
            if known:
                folder.write(tmp_path, known)
            with pytest.raises(EngineBusy):
                await Embedded(tmp_path).start()
            assert servers(tmp_path) == [first.pid]
    finally:
        first.stop()


@contextmanager
def standing_still(*processes: int) -> Iterator[None]:
    """Nothing changes while it lasts."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def test_a_copy_is_an_installation_of_its_own(tmp_path: Path) -> None:
    home, copy = tmp_path / "original", tmp_path / "copy"
    async with up(home) as original:
        assert (await accord(home, "propose", "UP-1", *PROPOSAL)).code == 0
        await shown(home, "inbox", "--gate", "UP-1:review:1")
        kept = state(home)
        with standing_still(original.pid, kept.pid):  # so that the copied databases are whole
            shutil.copytree(home, copy)
        assert (await accord(copy, "env")).code == 9  # it has the file, and no engine
        told = await accord(copy, "propose", "UP-2", *PROPOSAL)
        assert (told.code, "No engine is running" in told.err) == (9, True)
        async with up(copy) as other:
            assert state(home) == kept
            assert servers(home) == [kept.pid]
            assert running(copy) not in (None, running(home))
            assert (await accord(copy, "propose", "UP-3", *PROPOSAL)).code == 0
            await shown(copy, "show", "UP-3")
            assert (await accord(home, "show", "UP-3")).code == 3
            decided = await accord(copy, "decide", "UP-1:review:1", "approve", "--as", "expert.lim")
            assert (decided.code, decided.err) == (0, "")
            assert len((await shown(home, "history", "UP-1")).data()) < len(
                (await shown(copy, "history", "UP-1")).data()
            )
            assert await stop(other) == 0
        assert servers(copy) == []
        assert servers(home) == [kept.pid]
        assert await stop(original) == 0


def orphan(home: Path) -> None:
    """A server whose owner is gone, on a system that does not end it with its owner."""
    lock = folder.lock(home)
    assert lock is not None
    port, pages = server.free_ports()
    command = server.command(home, port, pages)
    process = subprocess.Popen(command, pass_fds=[lock], stdout=subprocess.DEVNULL)
    fields = {"folder": folder.identity(home), "port": port, "ui": "", "ready": True}
    folder.write(home, State(owner=1, pid=process.pid, **fields))
    os.close(lock)
    Thread(target=process.wait).start()


async def test_an_orphan_is_ended_by_the_next_start(tmp_path: Path) -> None:
    orphan(tmp_path)
    await until(lambda: running(tmp_path))
    (left,) = servers(tmp_path)
    async with up(tmp_path) as process:
        assert servers(tmp_path) == [state(tmp_path).pid] != [left]
        assert await stop(process) == 0


async def test_a_process_that_only_has_the_number_of_a_server_is_left_alone(tmp_path: Path) -> None:
    bystander = await asyncio.create_subprocess_exec("sleep", "600")
    lock = folder.lock(tmp_path)
    assert lock is not None
    fields = {"folder": folder.identity(tmp_path), "port": 1, "ui": "", "ready": True}
    said = State(owner=1, pid=bystander.pid, **fields)
    try:
        folder.write(tmp_path, said)
        with pytest.raises(EngineBusy):
            await Embedded(tmp_path).start()
        os.close(lock)
        folder.write(tmp_path, said)
        engine = Embedded(tmp_path)
        await engine.start()
        engine.stop()
        assert bystander.returncode is None
    finally:
        bystander.kill()
        assert await bystander.wait() == -9


@contextmanager
def endless_mail_server() -> Iterator[int]:
    """A mail server that never finishes its greeting; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    Thread(target=_drawl, args=[listener.accept()[0]], daemon=True).start()

        Thread(target=greet, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _drawl(call: socket.socket) -> None:
    with contextlib.suppress(OSError), call:
        while True:
            call.sendall(b"220-and\r\n")
            time.sleep(0.2)


async def test_whatever_is_stuck_ctrl_c_ends_up(tmp_path: Path) -> None:
    """A workflow that loops for ever, and an activity whose mail server never comes to an end."""
    with endless_mail_server() as port:
        mail = {"ACCORD_SMTP_HOST": "127.0.0.1", "ACCORD_SMTP_PORT": str(port)}
        async with up(tmp_path, "-m", "tests.support.stuck", "up", **mail) as process:
            assert (await accord(tmp_path, "propose", "UP-1", *PROPOSAL)).code == 0
            client = await Client.connect(str(running(tmp_path)))
            await client.start_workflow("stuck", id="stuck", task_queue=TASK_QUEUE)
            await failed(client, "stuck")
            await pending(client, "notice/outbox")
            assert await stop(process) == 1  # not in good order, but it ended
    await until(lambda: servers(tmp_path) == [])


async def failed(client: Client, workflow_id: str) -> None:
    """Wait until the SDK has found out that this workflow does not give way."""
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    async for event in client.get_workflow_handle(workflow_id).fetch_history_events(wait_new_event=True):
        if event.event_type == kind:
            return


async def pending(client: Client, workflow_id: str) -> None:
    """Wait until an activity of this workflow has begun."""

    async def begun() -> bool:
        with contextlib.suppress(RPCError):
            found = (await client.get_workflow_handle(workflow_id).describe()).raw_description
            return any(one.HasField("last_started_time") for one in found.pending_activities)
        return False

    await eventually_async(begun, f"{workflow_id} has begun")
