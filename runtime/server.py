"""The program of the embedded engine: where it is, and how it is called."""

import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.engine import EngineError

_TUNING = (
    *(
        f"history.{queue}ProcessorMaxPollRPS=2000"
        for queue in ("transfer", "visibility", "timer", "outbound")
    ),
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)


def binary() -> str:
    """The `temporal` program that came with the installation."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise EngineError("The `temporal` program is missing; install again with `make install`.")
    return found


def command(home: Path, port: int, ui_port: int, extra: Sequence[str] = ()) -> list[str]:
    """The real Temporal server: on loopback, with its state in a SQLite file in ``home``."""
    words = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    words += ["--ui-port", str(ui_port), "--db-filename", str(home / "temporal.db"), "--log-level", "error"]
    for pragma in ("journal_mode=wal", "synchronous=full"):
        words += ["--sqlite-pragma", pragma]
    for value in _TUNING:
        words += ["--dynamic-config-value", value]
    return [*words, *extra]


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
