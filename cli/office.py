"""What every command works with: the settings, the database, and the desk at which messages go in."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import Connection, Engine

from activities import partnership, person, record
from cli.exits import CommandError, Exit
from models.base import Message
from models.record import Answer
from models.rule import Rule
from runtime import engine
from runtime.database import connect
from runtime.desk import Desk, Refused
from runtime.settings import Settings

T = TypeVar("T")

LARGEST_DOCUMENT = 20 * 1024 * 1024

As = Annotated[
    str | None, typer.Option("--as", help="who is acting, by id in the directory; default $ACCORD_ACTOR")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, and change nothing")]


class Office:
    """One command's view of the installation. Nothing is opened before it is needed."""

    @cached_property
    def settings(self) -> Settings:
        """The settings of this installation."""
        return Settings()

    @cached_property
    def database(self) -> Engine:
        """The database."""
        return connect(self.settings.database)

    def actor(self, given: str | None) -> str:
        """Who is acting; they must be in the directory."""
        actor = given or self.settings.actor
        if not actor:
            raise CommandError(
                Exit.NOT_SIGNED_IN, "Nobody said who is acting.", "add --as PERSON, or set ACCORD_ACTOR"
            )
        known = self.read(lambda connection: person.find(connection, actor))
        if known is None:
            raise Refused(Rule.UNKNOWN_PERSON, f"({actor})")
        return actor

    def read(self, query: Callable[[Connection], T]) -> T:
        """The result of a query."""
        with self.database.connect().execution_options(readonly=True) as connection:
            return query(connection)

    def gate(self, gate_id: str) -> dict[str, object]:
        """A gate by its id."""
        found = self.read(lambda connection: record.find_gate(connection, gate_id))
        if found is None:
            raise Refused(Rule.UNKNOWN_GATE, f"({gate_id})")
        return found

    def case(self, number: str) -> dict[str, object]:
        """A case by its number."""
        found = self.read(lambda connection: partnership.find(connection, number))
        if found is None:
            raise Refused(Rule.UNKNOWN_CASE, f"({number})")
        return found

    def ask(self, work: Callable[[Desk], Awaitable[T]]) -> T:
        """Do ``work`` at the desk."""

        async def at_desk() -> T:
            return await work(Desk(await engine.connect(self.settings.home), self.database))

        return asyncio.run(at_desk())

    def ask_nobody(self) -> Desk:
        """A desk that only checks: it reads the database and never reaches the engine."""
        return Desk(None, self.database)

    def keep(self, file: Path) -> str:
        """Keep a document under its SHA-256, and return that."""
        content = file.read_bytes()
        if len(content) > LARGEST_DOCUMENT:
            raise CommandError(Exit.INVALID, f"{file.name} is larger than 20 MB", "hand in a smaller file")
        sha256 = hashlib.sha256(content).hexdigest()
        text = base64.b64encode(content).decode()
        with self.database.begin() as connection:
            partnership.store_document(connection, sha256, file.name[:200], text, datetime.now(UTC))
        return sha256

    def send(self, name: str, message: Message, dry_run: bool = False) -> None:
        """Hand in a message and say what became of it; a refusal is an error. A dry run prints the
        message as JSON, as the `temporal` command line takes it.
        """
        if dry_run:
            typer.echo(message.model_dump_json(exclude_none=True))
            return
        answer: Answer = self.ask(lambda desk: desk.send(name, message))
        if answer.rule:
            raise Refused(answer.rule, seq=answer.seq)
        typer.echo(f"{answer.message} (record {answer.seq}) Now at {answer.standing}.")
