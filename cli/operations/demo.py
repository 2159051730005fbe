"""The demonstration: real projects, illustrative decisions, the same messages that people send."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from activities.money import book as journal
from activities.partnership import partnership
from activities.payment import payment
from adapters.bank_statement import read_statement
from cli.context import Office
from cli.operations.script import CONTROLLER, PROPOSER, Staff, opening_scene
from cli.output import Output, console, show
from models.money.transfer import HELD
from models.partnership.partnership import Proposal, Stage, Status
from models.payment.payment import PaymentState
from runtime import engine
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from runtime.worker import working
from services.case.cases import Desk
from services.money.reconciliation import LineResult, Reconciler
from services.partnership import intake
from testing import fakebank

PROJECTS = ROOT / "data" / "kcity_projects.csv"
_AT_A_TIME = 8
_NOTE = (
    "The projects are those that the K-City Network selected in ASEAN from 2020 to 2025 (data/README.md).\n"
    "The people, amounts where none was published, and every decision below are illustrative."
)


async def demonstrate(office: Office) -> None:
    """Start what does not exist yet, let the staff work until every case is closed, show the result."""
    programmes = {terms.id: terms for terms in set_up(office.database, office.settings)}
    console.print(_NOTE)
    read = intake.read_csv(PROJECTS, PROPOSER, programmes["k-city-2020"])
    proposals = [proposal for _, proposal in read.rows]
    console.print(f"{len(proposals)} projects in ASEAN; {len(read.problems)} elsewhere are left out.\n")
    began = time.monotonic()
    no_money = office.settings.model_copy(update={"bank_url": None})  # never through a bank that moves any
    with fakebank.open_for(no_money) as settings:
        async with engine.available(settings.home) as client, working(client, office.database, settings):
            desk = Desk(client, office.database)
            await _carry(office, desk, proposals)
            await _reconcile(office, desk, settings)
    _closing_table(office, {proposal.case for proposal in proposals})
    console.print(f"{len(proposals)} cases in {time.monotonic() - began:.0f} s.")


async def _reconcile(office: Office, desk: Desk, settings: Settings) -> None:
    """Hold the bank's statement against the payments, as the controller would every morning."""
    if not office.read(lambda c: payment.listing(c, state=PaymentState.PAID)):
        return
    content = httpx2.get(f"{settings.bank_url}/statement", trust_env=False).content
    statement = read_statement("statement.xml", content)
    done = await Reconciler(office.database, desk, CONTROLLER).reconcile("k-city", statement)
    matched = sum(one.result is LineResult.MATCHED for one in done.lines)
    console.print(
        f"The bank's statement {statement.id}: {matched} of {len(done.lines)} lines are our payments."
    )


async def _carry(office: Office, desk: Desk, proposals: list[Proposal]) -> None:
    proposals = opening_scene(proposals)
    slots = asyncio.Semaphore(_AT_A_TIME)
    with _watching(len(proposals)) as watch:

        async def carry(proposal: Proposal) -> None:
            async with slots:
                started = await desk.propose(proposal)
                await Staff(office, desk, proposal, console.print).work(existed=not started)

        lives = [asyncio.create_task(carry(proposal)) for proposal in proposals]
        while not all(life.done() for life in lives):
            watch(office.read(partnership.listing))
            await asyncio.wait(lives, timeout=0.3)
        for life in lives:
            await life
        watch(office.read(partnership.listing))


@contextmanager
def _watching(total: int) -> Iterator[Any]:
    """Show how far the cases are: live on a terminal, a line now and then elsewhere."""
    progress = Progress(
        TextColumn("{task.description:<11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    tasks = {stage: progress.add_task(stage, total=total) for stage in (*Stage, "closed")}
    last = ""

    def watch(rows: list[dict[str, Any]]) -> None:
        nonlocal last
        reached = Counter(
            stage for row in rows for stage in Stage if not Stage(row["stage"]).before(stage)
        ) + Counter({"closed": sum(Status(row["status"]).closed for row in rows)})
        for stage, task in tasks.items():
            progress.update(task, completed=reached[stage])
        line = ", ".join(f"{stage} {reached[stage]}" for stage in tasks)
        if not console.is_terminal and line != last and reached["closed"] * 4 // total != _quarter(last):
            last = f"{line}|{reached['closed'] * 4 // total}"
            console.print(line)

    if not console.is_terminal:
        yield watch
        return
    with Live(progress, console=console, refresh_per_second=8):
        yield watch


def _quarter(last: str) -> int:
    return int(last.rpartition("|")[2] or -1)


def _closing_table(office: Office, cases: set[str]) -> None:
    money = office.read(journal.by_case)
    rows = [row for row in office.read(partnership.listing) if row["case"] in cases]
    shown = [_summary(row, money.get(row["case"], {})) for row in rows]
    columns = ("case", "city", "country", "area", "reached", "decisions", *HELD, "elapsed")
    show(shown, columns, Output.TABLE, title="Where the partnerships got to (money in million KRW)")


def _summary(row: dict[str, Any], held: dict[str, int]) -> dict[str, Any]:
    ended = row["closed_at"] or row["updated_at"]
    return row | {
        "reached": f"{row['stage']}/{row['status']}",
        "elapsed": f"{(ended - row['started_at']).total_seconds():.1f} s",
        **{str(name): f"{held.get(name, 0) / 1_000_000:g}" for name in HELD},
    }
