"""The engine: a Temporal cluster given by the environment, or the embedded one from the wheel."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from runtime.plugin import plugin

RETENTION = timedelta(days=3650)
"""Ten years. The development server deletes finished histories after 24 hours unless told otherwise."""

SEARCH_ATTRIBUTES = ("AccordStage", "AccordStatus", "AccordProgramme", "AccordCountry", "AccordArea")

_TUNING = (
    *(
        f"history.{queue}ProcessorMaxPollRPS=2000"
        for queue in ("transfer", "visibility", "timer", "outbound")
    ),
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)


class EngineError(RuntimeError):
    """The engine cannot be started or reached; the text says what to do."""


def configured() -> bool:
    """Whether the environment names a cluster, by TEMPORAL_ADDRESS or a Temporal profile."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))


async def connect(home: Path, *, lazy: bool = False) -> Client:
    """A client for the cluster of the environment, else for the embedded engine running on ``home``."""
    if configured():
        config = ClientConfig.load_client_connect_config()
        return await Client.connect(**config, plugins=[plugin()], lazy=lazy)
    address = running(home)
    if address is None:
        raise EngineError("No engine is running. Start it with `make up`, or set TEMPORAL_ADDRESS.")
    return await Client.connect(address, plugins=[plugin()], lazy=lazy)


def running(home: Path) -> str | None:
    """The address of the embedded engine on ``home``, if it is running."""
    try:
        state = json.loads((home / "engine.json").read_text())
        os.kill(int(state["pid"]), 0)
        with socket.create_connection(("127.0.0.1", int(state["port"])), timeout=1):
            return f"127.0.0.1:{state['port']}"
    except (OSError, ValueError, KeyError):
        return None


def ui(home: Path) -> str | None:
    """Where the embedded engine shows its web pages, if it is running."""
    if configured() or running(home) is None:
        return None
    return str(json.loads((home / "engine.json").read_text())["ui"])


async def prepare(client: Client) -> None:
    """Give the namespace its search attributes and its retention. Safe to repeat."""
    namespace = client.namespace
    operator = client.operator_service
    there = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    missing = {name: keyword for name in SEARCH_ATTRIBUTES if name not in there.custom_attributes}
    if missing:
        await operator.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        )
    kept = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=int(RETENTION.total_seconds())))
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=namespace, config=kept))


async def check(client: Client) -> None:
    """Fail early, with what to do, where the namespace is not prepared."""
    there = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = [name for name in SEARCH_ATTRIBUTES if name not in there.custom_attributes]
    if missing:
        raise EngineError(f"The namespace lacks {', '.join(missing)}. Run `accord setup` once.")


@asynccontextmanager
async def available(home: Path) -> AsyncIterator[Client]:
    """The cluster of the environment, or the embedded engine: the running one, else one of our own."""
    embedded = Embedded(home)
    try:
        client = await (connect(home) if configured() else embedded.start())
    except EngineBusy:
        client = await connect(home)
    try:
        await prepare(client)
        yield client
    finally:
        embedded.stop()


class EngineBusy(EngineError):
    """Somebody else runs the embedded engine on this home."""


class Embedded:
    """The real Temporal server as a child process: SQLite file, loopback only, free ports."""

    def __init__(self, home: Path, port: int | None = None, extra: Sequence[str] = ()) -> None:
        self.home = home
        self.port = port or _free_port()
        self.ui_port = _free_port()
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

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
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = (self.home / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise EngineBusy(f"Another process is starting or running the engine on {self.home}.") from error
        _end_orphan(self.home)
        try:
            client = await self.restart()
            await prepare(client)
        except BaseException:
            self.stop()
            raise
        state = {"pid": self.pid, "port": self.port, "ui": f"http://127.0.0.1:{self.ui_port}"}
        written = self.home / "engine.json.tmp"
        written.write_text(json.dumps(state))
        written.replace(self.home / "engine.json")
        return client

    async def restart(self) -> Client:
        """Start the server process on the same port and state, also after it was killed."""
        with (self.home / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, start_new_session=True)
        return await self._serving()

    def stop(self) -> None:
        """Stop the server, if this one started it, and wait for it; its state stays in ``home``."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        with contextlib.suppress(FileNotFoundError):
            (self.home / "engine.json").unlink()
        if self._lock:
            self._lock.close()

    def kill(self) -> None:
        """SIGKILL, for crash tests."""
        assert self._process
        self._process.kill()
        self._process.wait()

    async def _serving(self) -> Client:
        assert self._process
        for _ in range(300):
            if self._process.poll() is not None:
                raise EngineError(f"The server did not start; see {self.home / 'engine.log'}.")
            with contextlib.suppress(RPCError, RuntimeError):
                client = await Client.connect(self.address, plugins=[plugin()])
                await client.operator_service.list_search_attributes(
                    ListSearchAttributesRequest(namespace=client.namespace)
                )
                return client
            await asyncio.sleep(0.1)
        raise EngineError(f"The server did not answer in 30 s; see {self.home / 'engine.log'}.")

    def _command(self) -> list[str]:
        command = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        command += ["--ui-port", str(self.ui_port), "--db-filename", str(self.home / "temporal.db")]
        command += ["--log-level", "error"]
        for pragma in ("journal_mode=wal", "synchronous=full"):
            command += ["--sqlite-pragma", pragma]
        for value in _TUNING:
            command += ["--dynamic-config-value", value]
        return [*command, *self._extra]


def _end_orphan(home: Path) -> None:
    """End a server whose owner was killed: the lock is ours, so nobody looks after it."""
    address = running(home)
    if address is None:
        return
    os.kill(int(json.loads((home / "engine.json").read_text())["pid"]), signal.SIGTERM)
    for _ in range(100):
        if running(home) is None:
            return
        time.sleep(0.1)
    raise EngineError(f"A server that nobody looks after still runs at {address}; end it by hand.")


def binary() -> str:
    """The `temporal` program that came with the installation."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise EngineError("The `temporal` program is missing; install again with `make install`.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
