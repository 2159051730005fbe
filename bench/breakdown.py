"""Histories side by side: `python -m bench.breakdown`. One lifecycle of own shape and one of ours, by type of
event and by activity: whether own shape still has our shape, and what is biggest in it.
"""

import asyncio
import logging
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.history import History
from bench.measure import Latencies, carry
from bench.stand import Subject, standing

_CASE = "B-1"
_SUBJECTS = (Subject.SHAPE, Subject.SQLITE)


async def _history(subject: Subject) -> History:
    with tempfile.TemporaryDirectory(prefix="accord-bench-", ignore_cleanup_errors=True) as folder:
        async with standing(subject, Path(folder), None) as stand:
            await carry(stand.driver, _CASE, Latencies())
            found = await stand.driver.look(_CASE)
    assert found
    return found


def _table(title: str, counted: list[tuple[Counter[str], Counter[str]]]) -> Table:
    """Counts and bytes of every subject, the biggest of the last one first."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for subject in _SUBJECTS:
        table.add_column(subject, justify="right")
        table.add_column("bytes", justify="right")
    names = {name for counts, _ in counted for name in counts}
    for name in sorted(names, key=lambda name: -counted[-1][1][name]):
        cells = (f"{number:,}" for counts, sizes in counted for number in (counts[name], sizes[name]))
        table.add_row(name, *cells)
    total = (f"{number:,}" for counts, sizes in counted for number in (counts.total(), sizes.total()))
    table.add_row("together", *total, style="bold")
    return table


def main() -> None:
    """Print both histories."""
    logging.disable(logging.WARNING)
    found = [asyncio.run(_history(subject)) for subject in _SUBJECTS]
    console = Console(width=120)
    console.print(_table("Events of a lifecycle", [(each.events, each.bytes) for each in found]))
    console.print(_table("What activities are given", [(each.activities, each.given) for each in found]))
    console.print(_table("What they answer", [(each.activities, each.answered) for each in found]))


if __name__ == "__main__":
    main()
