"""The report: one table of figures, the aims with what became of them, and where the time goes."""

from statistics import median

from rich.console import Console
from rich.table import Table

from bench.aims import Cells, Judgement, Row, judge
from bench.cell import Figures
from bench.measure import AT_A_TIME
from bench.stand import BARE, Subject

_PROCESSES = ("server", "worker", "driver", "db")
_NOISY = 0.3
"""Cores that other work may use before rates and latencies say nothing."""


def row(figures: Figures) -> Row:
    """The figures of one cell, by the names they have in the report."""
    done, seen, kept = figures.throughput, figures.latencies, figures.kept
    spent = {name: 1000 * done.cpu.get(name, 0.0) / done.decisions for name in _PROCESSES}
    made: Row = {
        "lifecycles/s": done.lifecycles / done.seconds,
        "decisions/s": done.decisions / done.seconds,
        "CPU-ms per decision": sum(spent.values()),
        **{f"of it {name}": spent[name] for name in _PROCESSES},
        "acknowledged p50 ms": percentile(seen.acknowledged, 50),
        "acknowledged p99 ms": percentile(seen.acknowledged, 99),
        "next stage open p50 ms": percentile(seen.opened, 50),
        "next stage open p99 ms": percentile(seen.opened, 99),
        "first answer after SIGKILL s": figures.after_kill,
        "noise, cores": done.cpu["noise"],
    }
    if history := figures.history:
        made |= {
            "events per lifecycle": history.events.total(),
            "bytes of history": history.bytes.total(),
            "activities per lifecycle": history.activities.total(),
            "workflow tasks per lifecycle": history.events["workflow_task_completed"],
        }
    if figures.letters is not None:
        made["letters per lifecycle"] = figures.letters
    if kept.lost is not None:
        made |= {"acknowledged": kept.acknowledged, "lost": kept.lost}
    return made


def percentile(values: list[float], percent: int) -> float:
    """The value that ``percent`` of 100 do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def report(cells: Cells, statements: dict[str, int]) -> None:
    """Print everything."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(_figures(cells, statements))
    console.print(_shares(cells))
    console.print(_aims(judge(cells)))
    for line in _remarks(cells, statements):
        console.print(line, style="dim")


def _figures(cells: Cells, statements: dict[str, int]) -> Table:
    table = Table(title="Median over the rounds [lowest - highest]", title_justify="left")
    table.add_column("")
    for subject in cells:
        table.add_column(subject, justify="right")
    for name in dict.fromkeys(name for rows in cells.values() for each in rows for name in each):
        values = [[each[name] for each in rows if name in each] for rows in cells.values()]
        if any(any(each) for each in values) or name == "lost":
            table.add_row(name, *(_spread(each) for each in values))
    counted = [str(sum(statements.values())) if s is Subject.SQLITE else "" for s in cells]
    table.add_row("SQL statements per lifecycle", *counted)
    return table


def _spread(values: list[float]) -> str:
    if not values:
        return ""
    middle = _number(median(values))
    if len(values) == 1 or min(values) == max(values):
        return middle
    return f"{middle} [{_number(min(values))} - {_number(max(values))}]"


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _shares(cells: Cells) -> Table:
    title = "Where the CPU of a decision goes (SQLite: in worker and driver)"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for subject in cells:
        table.add_column(subject, justify="right")
    for name in _PROCESSES:
        parts = [
            median(r[f"of it {name}"] / r["CPU-ms per decision"] for r in rows) for rows in cells.values()
        ]
        table.add_row(name, *(f"{part:.0%}" if part else "" for part in parts))
    return table


def _aims(judgements: list[Judgement]) -> Table:
    table = Table(title="Aims", title_justify="left")
    for heading in ("aim", "bound", "this run", "rounds", ""):
        table.add_column(heading)
    for aim, value, lowest, highest, short in judgements:
        name = f"{aim.figure}: {aim.subject}" + (f" / {aim.per}" if aim.per else "")
        bound = f"{'≥' if aim.at_least else '≤'} {aim.bound:g}"
        missed = f"[red]{'short' if aim.at_least else 'over'} by {_number(short)}"
        verdict = missed + (f" ({short / aim.bound:.0%})" if aim.bound else "")
        table.add_row(
            name,
            bound,
            _number(value),
            f"{_number(lowest)} - {_number(highest)}",
            verdict if short else "[green]met",
        )
    return table


def _remarks(cells: Cells, statements: dict[str, int]) -> list[str]:
    middle = {s: {name: median(each[name] for each in rows) for name in rows[0]} for s, rows in cells.items()}
    cost, others = "CPU-ms per decision", "noise, cores"
    noisy = [f"{s} {each[others]:.2f}" for s, each in middle.items() if each[others] > _NOISY]
    ratios = [f"{middle[Subject.SQLITE][cost] / middle[s][cost]:.2f} x {s}" for s in BARE]
    told = ", ".join(f"{name} {number}" for name, number in sorted(statements.items()))
    return [
        f"Rates and CPU: up to {AT_A_TIME} lifecycles at a time, closed loop.",
        "Latencies: 1 lifecycle/s arriving at random, open loop.",
        f"CPU of a decision, ours on SQLite: {' and '.join(ratios)}. Noise moves this far less than rates.",
        f"SQL statements by sender: {told}.",
        f"Noisy, judge by CPU-ms; cores that others used: {', '.join(noisy)}." if noisy else "Quiet: valid.",
    ]
