"""Operating the installation: set it up, keep it running, show it off."""

import asyncio
import fcntl
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.context import Office
from cli.operations.demo import demonstrate
from runtime import engine
from runtime.settings import Settings
from runtime.setup import set_up
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
    home = settings.home
    if not engine.configured() and _attended(home) and (address := engine.running(home)):
        console.print(f"Running already at {address}; nothing to do.")
        return
    set_up(office.database, settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with engine.available(home) as client, working(client, office.database, settings):
        console.print(f"[bold]Ready.[/bold] Temporal at {client.service_client.config.target_host}.")
        if ui := engine.ui(home):
            console.print(f"Temporal UI: {ui}")
        console.print("Try `accord list`, `accord inbox --all`. Ctrl-C stops; nothing is lost.")
        await stop.wait()
        console.print("Stopping: what was begun is finished first.")


def _attended(home: Path) -> bool:
    """Whether a living process looks after the engine on ``home``: an engine alone does no work."""
    try:
        with (home / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
