"""The demonstration: real projects, illustrative decisions, the same messages that people send."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from activities.money import book as journal
from activities.partnership import partnership
from activities.partnership.partnership import PartnershipRow
from activities.payment import payment
from adapters.bank_statement import read_file
from adapters.documents import read_toml
from adapters.spreadsheet import read_sheet
from cli.output import Output, console, print_rows
from models.case.envelope import SELF_DECLARED
from models.money.transfer import HELD
from models.partnership.partnership import KIND, Proposal, Stage
from models.payment.payment import PaymentState
from runtime import keys
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from runtime.temporal.available import available
from runtime.workers.worker import working
from services.case.cases import CaseService
from services.partnership import intake
from services.partnership.partnerships import PartnershipService
from services.payment.comparing import LineResult
from services.payment.reconciliation import Reconciler
from services.training import cohorts, nominee_file
from services.training.cohorts import CohortService
from testing import fakebank
from testing.staff import PROPOSER, RECONCILER, Staff, opening_scene
from testing.trainers import COORDINATORS, Trainers

PROJECTS = ROOT / "data" / "kcity_projects.csv"
COHORT = ROOT / "data" / "training-cohort.toml"
NOMINEES = ROOT / "data" / "training-nominees.csv"
_AT_A_TIME = 8
_NOTE = (
    "The projects are those that the K-City Network selected in ASEAN from 2020 to 2025 (data/README.md).\n"
    "The people, amounts where none was published, and every decision below are illustrative."
)


async def demonstrate(settings: Settings, database: Engine) -> None:
    """Start what does not exist yet, let the staff work until every case is closed, show the result."""
    set_up(database, settings)
    terms = PartnershipService(CaseService(None, database)).programme("k-city-2020")
    say = console().print
    say(_NOTE)
    read = intake.read_rows(read_sheet(PROJECTS, intake.COLUMNS), PROPOSER, terms)
    proposals = [proposal for _, proposal in read.rows]
    say(f"{len(proposals)} projects in ASEAN; {len(read.problems)} elsewhere are left out.\n")
    began = time.monotonic()
    no_money = settings.model_copy(update={"bank_url": None})  # never through a bank that moves any
    with fakebank.open_for(no_money) as settings:
        async with available(settings) as client, working(client, database, settings):
            cases = CaseService(client, database, keys.principal(settings))
            await _carry(database, cases, proposals)
            await _reconcile(database, cases, settings)
            await _train(database, cases)
    _closing_table(database, {proposal.case for proposal in proposals})
    say(f"{len(proposals)} cases in {time.monotonic() - began:.0f} s.")


async def _train(database: Engine, cases: CaseService) -> None:
    """Carry a cohort of the real shape from its plan to the ex-post check."""
    plan = cohorts.read_plan(COHORT.name, read_toml(COHORT), COORDINATORS[0])
    sheet = read_sheet(NOMINEES, nominee_file.COLUMNS)
    nominees = [one for _, one in nominee_file.read_rows(sheet, None).rows]
    if not await CohortService(cases).start(plan):
        console().print(f"{plan.case} exists already; nothing is started twice.")
    trainers = Trainers(database, cases, plan, nominees, console().print)
    await trainers.work()
    columns = ("name", "latin", "country", "state", "certificate")
    title = f"{plan.case}: {plan.title}; everybody is invented"
    print_rows(trainers.listed(), columns, Output.TABLE, title=title)


async def _reconcile(database: Engine, cases: CaseService, settings: Settings) -> None:
    """Hold the bank's statement against the payments, as a reconciler would every morning."""
    with database.connect().execution_options(readonly=True) as connection:
        if not payment.listing(connection, state=PaymentState.PAID):
            return
    content = httpx2.get(f"{settings.bank_url}/statement", trust_env=False).content
    reconciler = Reconciler(database, cases, RECONCILER, SELF_DECLARED)
    done = await reconciler.reconcile("k-city", lambda: read_file("statement.xml", content))
    matched = sum(one.result is LineResult.MATCHED for one in done.lines)
    console().print(
        f"The bank's statement {done.statement}: {matched} of {len(done.lines)} lines are our payments."
    )


async def _carry(database: Engine, cases: CaseService, proposals: list[Proposal]) -> None:
    """Let the staff work on every case, eight at a time, and show how far they are."""
    proposals = opening_scene(proposals)
    slots = asyncio.Semaphore(_AT_A_TIME)
    screen = console()
    with _watching(screen, len(proposals)) as watch:

        async def carry(proposal: Proposal) -> None:
            async with slots:
                started = await PartnershipService(cases).propose(proposal)
                await Staff(database, cases, proposal, screen.print).work(existed=not started)

        lives = [asyncio.create_task(carry(proposal)) for proposal in proposals]
        while not all(life.done() for life in lives):
            watch(_listing(database))
            await asyncio.wait(lives, timeout=0.3)
        for life in lives:
            await life
        watch(_listing(database))


def _listing(database: Engine) -> list[PartnershipRow]:
    with database.connect().execution_options(readonly=True) as connection:
        return partnership.listing(connection)


@contextmanager
def _watching(screen: Console, total: int) -> Iterator[Any]:
    """Show how far the cases are: live on a terminal, a line now and then elsewhere."""
    progress = Progress(
        TextColumn("{task.description:<11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
    )
    tasks = {stage: progress.add_task(stage, total=total) for stage in (*Stage, "closed")}
    last = ""

    def watch(rows: list[PartnershipRow]) -> None:
        nonlocal last
        reached = Counter(
            stage for row in rows for stage in Stage if not KIND.is_before(row["stage"], stage)
        ) + Counter({"closed": sum(row["closed_at"] is not None for row in rows)})
        for stage, task in tasks.items():
            progress.update(task, completed=reached[stage])
        line = ", ".join(f"{stage} {reached[stage]}" for stage in tasks)
        if not screen.is_terminal and line != last and reached["closed"] * 4 // total != _quarter(last):
            last = f"{line}|{reached['closed'] * 4 // total}"
            screen.print(line)

    if not screen.is_terminal:
        yield watch
        return
    with Live(progress, console=screen, refresh_per_second=8):
        yield watch


def _quarter(last: str) -> int:
    return int(last.rpartition("|")[2] or -1)


def _closing_table(database: Engine, cases: set[str]) -> None:
    with database.connect().execution_options(readonly=True) as connection:
        money = journal.by_case(connection)
    rows = [row for row in _listing(database) if row["case"] in cases]
    shown = (_summary(row, money.get(row["case"], {})) for row in rows)
    columns = ("case", "city", "country", "area", "reached", "decisions", *HELD, "elapsed")
    print_rows(shown, columns, Output.TABLE, title="Where the partnerships got to (money in million KRW)")


def _summary(row: PartnershipRow, held: dict[str, int]) -> dict[str, Any]:
    ended = row["closed_at"] or row["updated_at"]
    return row | {
        "reached": f"{row['stage']}/{row['status']}",
        "elapsed": f"{(ended - row['started_at']).total_seconds():.1f} s",
        **{str(name): f"{held.get(name, 0) / 1_000_000:g}" for name in HELD},
    }
