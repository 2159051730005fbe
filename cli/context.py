"""What every command works with: who is acting, the record to read, the cases that take messages."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Engine

from activities.case import cases, document
from activities.case import gate as gates
from activities.people import person, token
from cli.errors import CommandError, Exit, refusal
from cli.installation import Installation
from cli.output import tell
from cli.rules import RULES
from models.base import Message, PersonId
from models.case.envelope import Belief
from models.case.record import Answer
from models.case.rule import CaseRule
from models.text import json_escaped

if TYPE_CHECKING:  # what only reads does without: these bring the engine's client with them
    from services.case.cases import CaseService
    from services.operations.reconciling import Mended

T = TypeVar("T")

LARGEST_DOCUMENT = 20 * 1024 * 1024

As = Annotated[
    str | None, typer.Option("--as", help="who is acting, by id in the directory; default $ACCORD_ACTOR")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, and change nothing")]

_PERSON: TypeAdapter[str] = TypeAdapter(PersonId)


class Context:
    """One command's view of the installation. Nothing is opened before it is needed."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @property
    def database(self) -> Engine:
        """The database."""
        return self.installation.database

    def actor(self, named: str | None) -> str:
        """Who is acting: somebody in the directory, who is signed in where names are not enough."""
        actor = self._named(named)
        self._check_belief()
        if not self.knows(actor):
            raise refusal(CaseRule.UNKNOWN_PERSON, f"({actor})")
        return actor

    def sender(self, named: str | None) -> str:
        """Who sends a message, or wants something done. Strangers, and who only says who they are where names
        are not enough, are refused by the case or service itself: then it is on record.
        """
        sender = self._named(named)
        try:
            return str(_PERSON.validate_python(sender))
        except ValidationError as error:
            raise refusal(CaseRule.UNKNOWN_PERSON, f"({sender[:60]!r})") from error

    def _check_belief(self) -> None:
        if rule := self.belief.refused:
            raise refusal(rule)

    def _named(self, named: str | None) -> str:
        signed_in = self.signed_in
        name = named or signed_in or self.installation.actor
        if signed_in and name != signed_in:
            hint = "leave --as out, or unset ACCORD_TOKEN"
            raise CommandError(Exit.NOT_ALLOWED, f"You are signed in as {signed_in}, not {name}.", hint)
        if name:
            return name
        raise CommandError(
            Exit.NOT_SIGNED_IN, "Nobody said who is acting.", "add --as PERSON, or set ACCORD_ACTOR"
        )

    @cached_property
    def signed_in(self) -> str | None:
        """Who is signed in by ACCORD_TOKEN; None: nobody, names are self-declared."""
        secret = self.installation.token
        if secret is None:
            return None
        holder = self.read(lambda connection: token.holder(connection, secret, datetime.now(UTC)))
        if holder is None:
            hint = "unset it, or ask two registrars for a new one: accord token issue PERSON"
            raise CommandError(Exit.NOT_SIGNED_IN, "ACCORD_TOKEN is unknown, expired or revoked.", hint)
        return holder

    @property
    def belief(self) -> Belief:
        """What is believed of who types: they are signed in, or their name is self-declared."""
        typed = Belief(attested=self.signed_in is not None)
        return typed._replace(refused=typed.breaks(self.installation.mode))

    def somebody(self, named: str | None) -> bool:
        """Whether anybody is said to be acting, in whatever way."""
        return bool(named or self.signed_in or self.installation.actor)

    def knows(self, somebody: str) -> bool:
        """Whether this person is in the directory."""
        return self.read(lambda connection: person.find(connection, somebody)) is not None

    def read(self, query: Callable[[Connection], T]) -> T:
        """The result of a query."""
        with self.database.connect().execution_options(readonly=True) as connection:
            return query(connection)

    def gate(self, gate_id: str) -> gates.GateRow:
        """A gate by its id."""
        found = self.read(lambda connection: gates.find_gate(connection, gate_id))
        if found is None:
            raise refusal(CaseRule.UNKNOWN_GATE, f"({gate_id})")
        return found

    def case(self, number: str) -> cases.CaseRow:
        """A case by its number."""
        found = self.read(lambda connection: cases.find(connection, number))
        if found is None:
            raise refusal(CaseRule.UNKNOWN_CASE, f"({number})")
        return found

    def ask(self, work: Callable[["CaseService"], Awaitable[T]]) -> T:
        """What ``work`` comes to, with the engine behind the cases."""
        principal = self.installation.principal(self.signed_in)

        async def connected() -> T:
            return await work(await self.installation.cases(principal))

        return asyncio.run(connected())

    def reconcile(self, actor: str | None, case: str | None) -> "list[Mended]":
        """What differs, and what was done about it: nothing, where nobody is the ``actor``."""

        principal = self.installation.principal(self.signed_in)

        async def connected() -> "list[Mended]":
            reconciler = await self.installation.reconciler(principal, self.belief)
            return await reconciler.repair(actor, case) if actor else await reconciler.named(case)

        return asyncio.run(connected())

    def keep(self, file: Path) -> str:
        """Keep a document under its SHA-256, and return that: of nobody whose message could not count."""
        self._check_belief()
        content, name = self._content(file), self.installation.files.name(file)
        sha256 = hashlib.sha256(content).hexdigest()
        text = base64.b64encode(content).decode()
        with self.database.begin() as connection:
            document.store_document(connection, sha256, name, text, datetime.now(UTC))
        return sha256

    def sha256_of(self, file: Path) -> str:
        """The digest of a document that is not kept: whoever signs names the text on the table."""
        return hashlib.sha256(self._content(file)).hexdigest()

    def _content(self, file: Path) -> bytes:
        content = self.installation.files.content(file, LARGEST_DOCUMENT)
        if len(content) > LARGEST_DOCUMENT:
            raise CommandError(Exit.INVALID, f"{file.name} is larger than 20 MB", "hand in a smaller file")
        return content

    def send(self, name: str, message: Message, dry_run: bool = False) -> None:
        """Hand in a message and say what became of it; a refusal is an error. A dry run prints the
        message as JSON, as the `temporal` command line takes it.
        """
        if dry_run:
            tell(json_escaped(message.model_dump_json(exclude_none=True)))
            return
        answer: Answer = self.ask(lambda cases: cases.send(name, message))
        if answer.rule:
            rule = RULES[answer.rule]
            actor = str(getattr(message, "actor", ""))
            detail = answer.message.removeprefix(rule.text).strip()
            unknown = "" if self.knows(actor) else f"{actor} is not in the directory."
            raise refusal(rule, detail or unknown, answer.seq)
        proof = "" if answer.attested else ", self-declared"
        tell(f"{answer.message} (record {answer.seq}{proof}) Now at {answer.standing}.")
