"""The embedded engine: the real Temporal server as a child process, one at a time on a home folder."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.temporal import folder, launch, server, taking
from runtime.temporal.engine import EngineError, prepare
from runtime.temporal.folder import State
from runtime.workers.plugin import plugin

_LAUNCHES = 4
"""So often a server that ends at once is launched."""
_LOOKS = 1200
"""So often, ten times a second, a server is asked whether it serves: a starved one needs half a minute."""


class Embedded:
    """The real Temporal server as a child process: SQLite file, loopback only, free ports.

    To be started in the main thread: the server ends with the thread that started it.
    """

    def __init__(self, home: Path, extra: Sequence[str] = (), pages: bool = False) -> None:
        self.home = home
        self.port = self.ui_port = 0
        self._pages = pages
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process
        return self._process.pid

    async def start(self) -> Client:
        """Start, wait until it serves, prepare the namespace. Returns a connected client."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = await taking.take(self.home)
        # a folder has ports of its own: whoever was waiting when all of it was killed finds it again
        self.port, self.ui_port = server.free_ports(folder.identity(self.home))
        try:
            folder.forget(self.home)
            client = await self._launch(move=True)
            await prepare(client)
        except BaseException:
            self.stop()
            raise
        self._tell(ready=True)
        return client

    async def restart(self) -> None:
        """Start the server process on the same port and state, also after it was killed."""
        await self._launch(move=False)
        self._tell(ready=True)

    @property
    def status(self) -> int | None:
        """How the server has ended; None: it runs."""
        assert self._process
        return self._process.poll()

    def stop(self) -> None:
        """Stop the server, if this one started it, and wait for it; its state stays in ``home``."""
        if self._lock is None:
            return
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
        folder.forget(self.home)
        os.close(self._lock)
        self._lock = None

    def kill(self) -> None:
        """SIGKILL: it loses nothing by that."""
        assert self._process
        self._process.kill()
        self._process.wait()

    async def _launch(self, move: bool) -> Client:
        """A client of a server that serves. ``move``: on other ports, if these have been taken meanwhile.

        A port can be taken by others between our look and the server's: the server ends then, and is launched
        again. It takes more ports of its own, with the same risk.
        """
        for again in reversed(range(_LAUNCHES)):
            self._spawn()
            if client := await self._serving():
                return client
            if move and again:
                self.port, self.ui_port = server.free_ports()
        raise EngineError(f"The server did not start; see {self.home / 'engine.log'}.")

    def _spawn(self) -> None:
        assert self._lock is not None
        command = server.command(self.home, self.port, self.ui_port if self._pages else None, self._extra)
        with (self.home / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(
                launch.bound(*command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[self._lock],
            )
        self._tell(ready=False)

    def _tell(self, ready: bool) -> None:
        web = f"http://127.0.0.1:{self.ui_port}" if self._pages else ""
        where = {"folder": folder.identity(self.home), "port": self.port, "ui": web}
        folder.write(self.home, State(owner=os.getpid(), pid=self.pid, ready=ready, **where))

    async def _serving(self) -> Client | None:
        """A client, once the server answers; None if it has ended. EngineError: it is silent, and ended."""
        for _ in range(_LOOKS):
            asked = asyncio.create_task(self._asked())
            while self.status is None and not asked.done():  # whoever has taken its port may hold us up
                await asyncio.wait({asked}, timeout=0.1)
            if self.status is not None:
                asked.cancel()
                return None
            if client := asked.result():
                return client
            await asyncio.sleep(0.1)
        self.kill()
        raise EngineError(f"The server did not answer in two minutes; see {self.home / 'engine.log'}.")

    async def _asked(self) -> Client | None:
        """A client, if the server answers."""
        with contextlib.suppress(RPCError, RuntimeError):
            client = await Client.connect(self.address, plugins=[plugin()])
            await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=client.namespace)
            )
            return client
        return None
