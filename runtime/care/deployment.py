"""Before a new version is rolled out, and the way back: `accord deploy check`, `accord db downgrade`."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy import Engine
from temporalio.client import Client

from adapters.database import head, known_revisions, migrate, unmigrate
from adapters.database_copy import for_once
from models.operations.backup import BackupProblem
from models.operations.deployment import Checked, DeployProblem
from models.operations.health import life
from runtime import logs
from runtime.care import needs
from runtime.care.migrating import back_up_before, entries, revision_of
from runtime.care.proving import proved
from runtime.care.replaying import replayed
from runtime.care.signing import cannot_sign
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.workers import signs

_CARRIED_SINCE = "0006"
"""The first schema whose cases are carried on (``tests/histories/FORMAT``)."""


class Deployment:
    """Of the code that is installed here, to the installation with these settings."""

    def __init__(self, settings: Settings, database: Engine) -> None:
        self._settings = settings
        self._database = database

    async def check(self) -> AsyncIterator[Checked]:
        """Run the open histories again, and on a copy the migrations and the proof; nothing is changed. A
        line for each thing that was tried, and for each that is to be read.

        DeployProblem: there is no installation.
        """
        there = revision_of(self._database)
        if there is None:
            raise DeployProblem(
                f"There is no installation in {self._settings.home}. Set ACCORD_HOME, and"
                " ACCORD_DATABASE_URL where it has one, as the installation does."
            )
        logs.configure(logging.CRITICAL)
        if there < _CARRIED_SINCE:
            how = "their histories are of format 1, which is carried on no more: start them again"
            yield Checked(f"open cases of schema {there}", is_good=False, detail=how)
        else:
            async with aclosing(self._replayed()) as lines:
                async for line in lines:
                    yield line
        for line in chain(self._migrated(), needs.needs(self._settings)):
            yield line

    async def _replayed(self) -> AsyncGenerator[Checked, None]:
        client = await self._client()
        if client is None:
            yield Checked("no engine is running", is_good=True, detail="what is archived is run again")
        async with aclosing(replayed(client, self._database, self._settings)) as lines:
            async for line in lines:
                yield line

    def downgrade(self, wanted: str) -> Iterator[str]:
        """Take the schema back to a revision, after a backup; a line for each thing that was done.

        DeployProblem: the program does not know it, it is no earlier one, or a worker is at work.
        """
        there = revision_of(self._database)
        self._check(there, wanted)
        yield from back_up_before(self._settings, self._database, f"downgrade-to-{wanted}")
        unmigrate(self._database, wanted)
        needs.forget(self._settings)
        yield f"schema: {there} -> {wanted}. Install the version that works with it before anything else."

    def _check(self, there: str | None, wanted: str) -> None:
        if wanted not in known_revisions():
            raise DeployProblem(f"This program knows no revision {wanted[:40]!r}. See migrations/versions.")
        if there is None or there not in known_revisions():
            raise DeployProblem(f"This program does not know the schema, {there}. Install the newer version.")
        if wanted >= there:
            raise DeployProblem(f"The schema is at {there}: that is no later one. accord setup goes forward.")
        if engine.running(self._settings.home) or self._works():
            raise DeployProblem("A worker is at work. Stop `accord up` and every worker first.")

    def _works(self) -> bool:
        known = signs.read(self._settings.health)
        return life(known, datetime.now(UTC)).is_ready

    async def _client(self) -> Client | None:
        if engine.configured() or engine.running(self._settings.home):
            return await engine.connect(self._settings)
        return None

    def _migrated(self) -> Iterator[Checked]:
        """Bring a copy to the schema of this program: every entry must still be there, and the proof of the
        record must find nothing, for it freezes funds. Who is named to sign must be able to.
        """
        there = revision_of(self._database)
        if there not in known_revisions():
            how = f"before this version is at work, with the newer one: accord db downgrade {head()}"
            yield Checked(
                f"the schema, {there}, is newer than {head()}", is_good=True, detail=how, word="read"
            )
            return
        what = f"migrations on a copy, {there} -> {head()}"
        try:
            with for_once(self._database, self._settings.home) as copy:
                before = entries(copy)
                migrate(copy)
                after = entries(copy)
                yield Checked(what, is_good=before == after, detail=f"{after} entries on record")
                yield proved(copy)
                yield from cannot_sign(copy)
        except BackupProblem as problem:
            yield Checked(what, is_good=False, detail=f"not tried: {problem}")
        except Exception as error:  # whatever a migration stumbles over would stop the installation
            yield Checked(what, is_good=False, detail=f"{type(error).__name__}: {error}"[:400])
