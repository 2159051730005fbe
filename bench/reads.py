"""The read side: `python -m bench.reads --cases 20000`. What reading commands cost where many cases are.

An installation with so many cases is made in bulk (or taken from `--home`, where one was made before); then
each command runs as a process, its output thrown away, and is held against `accord --help`. A command that
takes longer than the limit is ended. This process stays small: the system counts the peak of whoever starts
a process as its own.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

_LAST = "BULK-{:06}"
_LIMIT = 120.0
_RUNS = 3
"""How often a command runs that takes less than a second."""
_MOST = {"--help": 0.3}
_MOST_OF_OTHERS = 0.6
"""CPU seconds that a command may take."""
_MOST_MEGABYTES = 200.0
_ROOT = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """What a process took: CPU and wall-clock seconds, megabytes at its peak; ``code`` None: it was ended."""

    cpu: float
    wall: float
    megabytes: float
    code: int | None


def commands(cases: int) -> list[str]:
    """What is run, in the order of the report."""
    case, fund = _LAST.format(cases // 2), "asean-studies"
    since = f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%d}"
    return [
        "--help",
        "list",
        "list -o json",
        "list --country VN --status open",
        f"show {case}",
        f"history {case}",
        "history",
        f"history --since {since}",
        "history --refused",
        "history --overrides",
        "history --country VN",
        "history --actor sec.han",
        f"history --actor sec.han --since {since}",
        "inbox",
        "inbox --as sec.han",
        "notices",
        "notices --status dead",
        "payment list",
        "delegations",
        "duties",
        "duties -o jsonl",
        f"duties {case}",
        "fund show",
        f"fund ledger {case}",
        f"fund ledger {fund}",
        f"fund ledger {fund} -o jsonl",
        "fund check",
        "fund check --all",
    ]


def run(command: str, home: Path, limit: float) -> Cost:
    """Run one command of the product over the installation in ``home``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(_ROOT / "starter.py"), *command.split()],
        env=environment | {"ACCORD_HOME": str(home), "ACCORD_ACTOR": "coord.seo"},
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    alarm = threading.Timer(limit, process.kill)
    alarm.start()
    _, status, used = os.wait4(process.pid, 0)
    alarm.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    code = None if process.returncode == -signal.SIGKILL else process.returncode
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024, code)


def _usual(command: str, home: Path, limit: float) -> Cost:
    """What a command takes; a quick one is run again, and the least counts: noise only adds."""
    costs = [run(command, home, limit)]
    while len(costs) < _RUNS and costs[0].wall < 1:
        costs.append(run(command, home, limit))
    return min(costs, key=lambda cost: cost.cpu)


@contextmanager
def _installation(home: Path | None, cases: int, console: Console) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-", ignore_cleanup_errors=True) as folder:
        at = home or Path(folder)
        if not (at / "accord.db").exists():
            begun = time.perf_counter()
            at.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "bench.installation", str(at.resolve()), str(cases)]
            subprocess.run(command, cwd=_ROOT, check=True)
            console.print(f"{cases:,} cases made in {time.perf_counter() - begun:.0f} s", style="dim")
        yield at


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument(
        "--home", type=Path, help="keep the installation there, or take the one that is there"
    )
    parser.add_argument("--limit", type=float, default=_LIMIT, help="seconds after which a command is ended")
    wish = parser.parse_args()
    console = Console(width=110)
    table = Table(title=f"Reading with {wish.cases:,} cases", title_justify="left")
    for heading in ("accord", "CPU s", "x --help", "wall s", "peak MB", ""):
        table.add_column(heading, justify="left" if heading in ("accord", "") else "right")
    with _installation(wish.home, wish.cases, console) as home:
        help_ = 0.0
        for command in commands(wish.cases):
            cost = _usual(command, home, wish.limit)
            help_ = help_ or cost.cpu
            table.add_row(command, *_row(command, cost, help_))
    console.print(table)
    aim = f"at most {_MOST_OF_OTHERS} CPU seconds (--help {_MOST['--help']}) and {_MOST_MEGABYTES:.0f} MB"
    console.print(f"Aim: {aim}.", style="dim")


def _row(command: str, cost: Cost, help_: float) -> tuple[str, ...]:
    over = cost.cpu > _MOST.get(command, _MOST_OF_OTHERS) or cost.megabytes > _MOST_MEGABYTES
    said = "[red]ended" if cost.code is None else "[red]over" if over else "[green]met"
    failed = f" (exit code {cost.code})" if cost.code not in (0, None) else ""
    return (
        f"{cost.cpu:.2f}",
        f"{cost.cpu / help_:.1f}",
        f"{cost.wall:.2f}",
        f"{cost.megabytes:.0f}",
        said + failed,
    )


if __name__ == "__main__":
    main()
