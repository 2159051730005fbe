"""Processes and what they cost: CPU time from /proc, and a worker that can be killed."""

import os
import subprocess
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import Engine

from runtime.settings import ROOT

_TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu(pid: int) -> float:
    """Seconds of CPU that the process and everything it has started have used so far."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = _stat(int(entry.name))
            except OSError:  # it has just ended; its parent's fields have its time now
                continue
            children[int(fields[1])].append(int(entry.name))
            used[int(entry.name)] = sum(int(ticks) for ticks in fields[11:15])
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        total += used.get(one, 0)
        waiting += children[one]
    return total / _TICK


def machine() -> float:
    """Seconds of CPU that the whole machine has used so far."""
    fields = [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / _TICK  # all but idle and waiting for the disk


def postmaster(database: Engine) -> int | None:
    """The PostgreSQL server behind ``database``, where it runs on this machine."""
    if database.dialect.name != "postgresql":
        return None
    with database.connect() as connection:
        backend = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    try:
        name = Path(f"/proc/{backend}/comm").read_text()
        return int(_stat(backend)[1]) if name.startswith("postgres") else None
    except OSError:
        return None


class Meter:
    """CPU seconds by process, between ``start`` and ``read``."""

    def __init__(self, server: int | None, worker: int, database: int | None) -> None:
        pids = {"server": server, "worker": worker, "db": database}
        self._pids = {name: pid for name, pid in pids.items() if pid is not None}
        self._begun = self._now()
        self._machine, self._clock = machine(), time.perf_counter()

    def read(self) -> dict[str, float]:
        """Seconds of CPU so far: server, worker, driver, db; and noise, the cores that others used."""
        now = self._now()
        used = {name: now[name] - self._begun[name] for name in now}
        elapsed = time.perf_counter() - self._clock
        others = machine() - self._machine - sum(used.values())
        return used | {"noise": max(0.0, others / elapsed)}

    def _now(self) -> dict[str, float]:
        return {name: cpu(pid) for name, pid in self._pids.items()} | {"driver": time.process_time()}


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        ours = ("ACCORD_", "TEMPORAL_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self._command = command
        self._environment = clean | environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it; returns at once."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL: no goodbye to the server, nothing finished."""
        if self._process:
            self._process.kill()
            self._process.wait()
