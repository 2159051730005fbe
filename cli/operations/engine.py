"""Operating the installation: set it up, keep it running, show it off."""

import asyncio
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console

from cli.context import Office
from cli.operations.demo import demonstrate
from runtime import engine
from runtime.available import available, owned
from runtime.embedded import EngineBusy
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.stopping import LONGEST, told_to_stop
from runtime.worker import working
from testing import fakebank

console = Console(stderr=True)

_DEMO_BANK = "pay through a bank that moves no money, unless ACCORD_BANK_URL names one that does"


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this room."""

    @app.command()
    def setup() -> None:
        """Bring schema, programmes, people and namespace up to date. Safe to repeat."""
        asyncio.run(_set_up(office))

    @app.command()
    def up(
        demo_bank: Annotated[bool, typer.Option("--demo-bank", help=_DEMO_BANK)] = False,
    ) -> None:
        """Run engine, database and worker until Ctrl-C. State stays in the home folder."""
        with fakebank.open_for(office.settings) if demo_bank else nullcontext(office.settings) as settings:
            asyncio.run(_up(office, settings))

    @app.command()
    def env() -> None:
        """Where the engine is, for the `temporal` command line: eval "$(accord env)"."""
        address = engine.running(office.settings.home)
        if address is None:
            raise engine.EngineError("No engine is running. Start it with `make up`.")
        typer.echo(f"export TEMPORAL_ADDRESS={address}")

    @app.command()
    def demo() -> None:
        """Carry the 23 ASEAN projects of the K-City Network through their lives."""
        asyncio.run(demonstrate(office))


async def _set_up(office: Office) -> None:
    for terms in set_up(office.database, office.settings):
        typer.echo(f"programme {terms.id} version {terms.version} ({terms.digest()[:12]})")
    if engine.configured() or engine.running(office.settings.home):
        await engine.prepare(await engine.connect(office.settings.home))
        typer.echo("namespace prepared: search attributes, ten years of retention")


async def _up(office: Office, settings: Settings) -> None:
    stop = told_to_stop()
    try:
        async with (available if engine.configured() else owned)(settings.home) as client:
            set_up(office.database, settings)
            async with working(client, office.database, settings):
                console.print(f"[bold]Ready.[/bold] Temporal at {client.service_client.config.target_host}.")
                if ui := engine.ui(settings.home):
                    console.print(f"Temporal UI: {ui}")
                console.print("Try `accord list`, `accord inbox --all`. Ctrl-C stops; nothing is lost.")
                await stop.wait()
                console.print(f"Stopping: what was begun is finished first, for {LONGEST:.0f} s at most.")
    except EngineBusy:
        console.print(f"Running already at {await engine.awaited(settings.home)}; nothing to do.")
