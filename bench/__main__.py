"""The benchmark: `python -m bench`, `python -m bench --quick`, `python -m bench --json FILE`.

In one run, interleaved, on the embedded engine as the product configures it: two skeletons, a skeleton of our
own shape, ours on SQLite and on PostgreSQL; and a peer, DBOS, where it is installed (`pip install .[bench]`).
Absolute figures belong to the machine; compare the ratios.
"""

import argparse
import asyncio
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.aims import Cells, judge
from bench.cell import Plan, measure
from bench.peer import installed
from bench.report import report, row
from bench.sql import count_statements
from bench.stand import ON_POSTGRES, Subject
from testing.postgres import PostgresMissing, temporary_postgres

_QUICK = {"rounds": 1, "seconds": 1.0, "lifecycles": 8}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="arrivals in each open loop")
    parser.add_argument("--lifecycles", type=int, default=48, help="lifecycles in each closed loop")
    parser.add_argument("--quick", action="store_true", help=f"as {_QUICK}: a look, not a measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    arguments = parser.parse_args()
    if arguments.quick:
        vars(arguments).update(_QUICK)
    return arguments


@contextmanager
def _postgres(console: Console) -> Iterator[str | None]:
    with ExitStack() as stack:
        url = None
        try:
            url = stack.enter_context(temporary_postgres())
        except PostgresMissing as error:
            console.print(f"Without PostgreSQL: {error}", style="yellow")
        yield url


def _possible(postgres: str | None, console: Console) -> list[Subject]:
    """The subjects that can be measured here."""
    left_out = set() if postgres else set(ON_POSTGRES)
    if not installed():
        console.print("DBOS is not installed, left out: pip install .[bench]", style="yellow")
        left_out.add(Subject.DBOS)
    return [subject for subject in Subject if subject not in left_out]


async def _run(
    rounds: int, plan: Plan, postgres: str | None, console: Console
) -> tuple[Cells, dict[str, int]]:
    subjects = _possible(postgres, console)
    cells: Cells = {subject: [] for subject in subjects}
    statements = await count_statements()
    for round_ in range(1, rounds + 1):
        turn = round_ % len(subjects)  # nobody always goes first
        for subject in subjects[turn:] + subjects[:turn]:
            begun = time.perf_counter()
            figures = await measure(subject, round_, plan, postgres if subject in ON_POSTGRES else None)
            cells[subject].append(row(figures))
            took = time.perf_counter() - begun
            console.print(f"round {round_}: {subject}, {took:.0f} s", style="dim")
    return cells, statements


def main() -> None:
    """Measure, print, and write the figures where asked."""
    arguments, console = _arguments(), Console(stderr=True)
    logging.disable(logging.WARNING)
    plan = Plan(arguments.lifecycles, arguments.seconds)
    with _postgres(console) as postgres:
        cells, statements = asyncio.run(_run(arguments.rounds, plan, postgres, console))
    report(cells, statements)
    if arguments.json:
        aims = [judged._asdict() | {"aim": judged.aim._asdict()} for judged in judge(cells)]
        written: dict[str, Any] = {"cores": os.cpu_count(), "plan": plan._asdict(), "rounds": cells}
        written |= {"statements": statements, "aims": aims}
        arguments.json.write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
