"""The command line put together: each thing a command needs is made, and imported, when it first asks for it.

Importing everything takes four times as long as a command that only reads.
"""

import gc
import logging
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from cli import app
from cli.errors import CommandError, Exit
from runtime.home import PRIVATE
from runtime.measuring import telemetry
from runtime.watching.leaving import leave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from temporalio.client import Client

    from adapters.ciphers import Ciphers
    from adapters.keys import Ring
    from models.case.envelope import Belief, Mode
    from models.operations.checkup import Finding
    from models.operations.health import Check
    from runtime.care.backups import Backups
    from runtime.care.chaos import Chaos
    from runtime.care.deployment import Deployment
    from runtime.files import Files
    from runtime.operations import Operations
    from runtime.settings import Settings
    from services.case.cases import CaseService
    from services.case.details import AllDetails
    from services.case.events import Events
    from services.case.programme import AllProgrammes
    from services.operations.operators import Operators
    from services.operations.reconciling import Differences
    from services.people.principal import Principal


class ThisInstallation:
    """The installation that the environment of this process names."""

    @cached_property
    def settings(self) -> "Settings":
        """Its settings. CommandError: others can look into its home folder."""
        from runtime import home
        from runtime.settings import Settings

        settings = Settings()
        try:
            home.guard(settings.home)
        except home.HomeProblem as problem:
            what, _, how = str(problem).partition(". ")
            raise CommandError(Exit.NOT_ALLOWED, what, how) from problem
        return settings

    @property
    def actor(self) -> str | None:
        """ACCORD_ACTOR."""
        return self.settings.actor

    @property
    def token(self) -> str | None:
        """ACCORD_TOKEN."""
        token = self.settings.token
        return token.get_secret_value() if token else None

    @property
    def mode(self) -> "Mode":
        """Whether names may be self-declared here."""
        return self.settings.mode_in_force

    @property
    def ring(self) -> "Ring":
        """The keys that the services sign with."""
        from runtime import keys

        return keys.ring(self.settings)

    @property
    def ciphers(self) -> "Ciphers":
        """What payloads are encrypted with."""
        from runtime import keys

        return keys.ciphers(self.settings)

    @cached_property
    def database(self) -> "Engine":
        """The database; nothing is opened yet."""
        from adapters.database import connect

        return connect(self.settings.database)

    @property
    def operations(self) -> "Operations":
        """What operators do with it."""
        from runtime.operations import Operations

        return Operations(self.settings, self.database)

    def health(self) -> "tuple[Check, ...]":
        """Whether the worker lives; after that, where it does, how it found everything."""
        from datetime import UTC, datetime

        from models.operations.health import life
        from runtime.workers import signs

        known = signs.read(self.settings.health)
        alive = life(known, datetime.now(UTC))
        return (alive, *known.checks) if known and alive.is_ready else (alive,)

    @property
    def backups(self) -> "Backups":
        """Backing it up and bringing it back."""
        from runtime.care.backups import Backups

        return Backups(self.settings)

    @property
    def deployment(self) -> "Deployment":
        """A new version rolled out, and taken back."""
        from runtime.care.deployment import Deployment

        return Deployment(self.settings, self.database)

    @property
    def chaos(self) -> "Chaos":
        """Chaos, on an installation of its own."""
        from runtime.care.chaos import Chaos

        return Chaos()

    def checkup(self) -> "Iterator[Finding]":
        """What a check-up of it finds."""
        from runtime.care.checkup import checkup
        from runtime.settings import Settings

        return checkup(Settings(), lambda: self.database)

    @property
    def details(self) -> "AllDetails":
        """What is particular to each kind of case."""
        from services.details import DETAILS

        return DETAILS

    @property
    def programmes(self) -> "AllProgrammes":
        """The programmes of every kind."""
        from services.programmes import PROGRAMMES

        return PROGRAMMES

    def principal(self, person: str | None) -> "Principal":
        """Who speaks through the services; ``person`` is who has proved who they are."""
        from runtime import keys

        return keys.principal(self.settings, person)

    def checks(self) -> "CaseService":
        """The cases without the engine: to look at, only."""
        from services.case.cases import CaseService

        return CaseService(None, self.database)

    async def cases(self, principal: "Principal") -> "CaseService":
        """The cases, with a connection to the engine."""
        from services.case.cases import CaseService

        return CaseService(await self._client(), self.database, principal)

    async def reconciler(self, principal: "Principal", belief: "Belief") -> "Differences":
        """Engine, record and ledger held against each other."""
        from services.operations.reconciling import Differences

        return Differences(await self._client(), self.database, principal, belief)

    async def events(self) -> "Events":
        """What the engine has written down of each workflow, and what of that is archived."""
        from services.case.events import Events

        return Events(await self._client(), self.database)

    async def operators(self, belief: "Belief") -> "Operators":
        """Takes what operators say; ``belief`` is what is believed of who says it."""
        from services.operations.engine import Engine
        from services.operations.operators import Operators

        return Operators(self.database, belief, Engine(await self._client()))

    async def _client(self) -> "Client":
        from runtime import logs
        from runtime.temporal import engine

        logs.configure(logging.WARNING)
        return await engine.connect(self.settings)

    @property
    def files(self) -> "Files":
        """Reads the files that people name."""
        from runtime.files import Files

        return Files()

    def explain(self, error: Exception) -> CommandError | None:
        """What people are told about an error of the engine; None where it is none."""
        from temporalio.service import RPCError

        from runtime.temporal.engine import EngineError, configured
        from runtime.watching.stopping import Unfinished
        from services.case.updates import Unreachable

        look = "see whether TEMPORAL_ADDRESS is right" if configured() else "start it with `make up`"
        hint = f"{look}, then run this again"
        match error:
            case EngineError():
                what, _, how = str(error).partition(". ")
                return CommandError(Exit.UNREACHABLE, what, how or "put this right, then run this again")
            case Unfinished():
                return CommandError(
                    Exit.UNEXPECTED, f"{error}.", "what it was doing stands above; nothing is lost"
                )
            case Unreachable() | RPCError():
                return CommandError(Exit.UNREACHABLE, f"The engine does not answer: {error}", hint)
            case RuntimeError() if "client connect" in str(error):
                return CommandError(Exit.UNREACHABLE, "The engine cannot be reached.", hint)
        return None


_ALLOCATIONS = 100_000
"""So many new objects before Python looks for garbage. By default it is 700, and looking while all is
imported is a tenth of what a short command costs."""


def main() -> None:
    """Run one command and end the process."""
    os.umask(PRIVATE)
    gc.set_threshold(_ALLOCATIONS)
    arguments = sys.argv[1:] or ["--help"]
    with telemetry.command(arguments[0]):
        status = app.run(arguments, ThisInstallation())
    leave(status)
