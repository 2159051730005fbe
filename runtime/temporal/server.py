"""The program of the embedded engine: where it is, and how it is called."""

import secrets
import shutil
import socket
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from random import Random, SystemRandom

from runtime.temporal.engine import EngineError

_TUNING = (
    *(
        f"history.{queue}ProcessorMaxPollRPS=2000"
        for queue in ("transfer", "visibility", "timer", "outbound")
    ),
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # a case goes on in a new run before its history takes long to be read again (``TASKS``)
    "limit.historyCount.suggestContinueAsNew=1000",
    # no programme waits until all that another has waiting is done
    "matching.enableFairness=true",
    # a workflow whose task has failed twice can be looked up (``activities/operations/engine.py``)
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
)


def binary() -> str:
    """The `temporal` program that came with the installation."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if not found:
        raise EngineError("The `temporal` program is missing; install again with `make install`.")
    return found


def command(home: Path, port: int, pages: int | None, extra: Sequence[str] = ()) -> list[str]:
    """The real Temporal server: on loopback, with its state in a SQLite file in ``home``. Its own pages can
    end cases: it shows them at the port ``pages``, or not at all.
    """
    words = [binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    words += ["--ui-port", str(pages)] if pages else ["--headless"]
    words += ["--db-filename", str(home / "temporal.db"), "--log-level", "error"]
    for pragma in ("journal_mode=wal", "synchronous=full"):
        words += ["--sqlite-pragma", pragma]
    for value in (*_TUNING, *_door()):
        words += ["--dynamic-config-value", value]
    return [*words, *extra]


def _door() -> tuple[str, ...]:
    """Shuts what nobody here needs: activities without a workflow, and the HTTP port, which any page in a
    browser of this machine could post to: it answers one host only, whose name nobody knows.
    """
    nobody = secrets.token_hex(16)
    return "activity.enableStandalone=false", f'frontend.httpAllowedHosts=["{nobody}"]'


def free_ports(whose: tuple[int, int] | None = None) -> tuple[int, int]:
    """Two ports of loopback that nobody listens at: the engine's, and its pages'. A folder (``whose``) has
    the same two every time, unless somebody has taken them.

    They are below those which systems give to outgoing connections (from 32768): one of these would otherwise
    now and then have the port of a server that is being restarted, or even be connected to itself there.
    """
    chance = Random(str(whose)) if whose else SystemRandom()  # noqa: S311 - no secret
    drawn = chance.sample(range(20_000, 32_000), 12_000)
    engine, pages = islice(filter(_is_free, drawn), 2)
    return engine, pages


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that ended do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
