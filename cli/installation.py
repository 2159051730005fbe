"""What commands need of the installation they work on. The composition root gives it to them.

Each part is made when a command first asks for it: ``accord --help`` opens and imports none of them.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cli.errors import CommandError
    from models.case.envelope import Belief, Mode
    from models.money.statement import StatementFile
    from models.operations.checkup import Finding
    from models.operations.deployment import Checked
    from models.operations.health import Check
    from services.case.cases import CaseService
    from services.case.details import AllDetails
    from services.case.events import Events
    from services.case.programme import AllProgrammes, Programme
    from services.case.sheet import Columns, Sheet
    from services.operations.operators import Operators
    from services.operations.reconciling import Differences
    from services.people.principal import Principal


class PublicKey(Protocol):
    """The public half of a key."""

    @property
    def kid(self) -> str: ...
    @property
    def public(self) -> str: ...
    @property
    def made_at(self) -> datetime: ...
    @property
    def until(self) -> datetime | None:
        """From when it is withdrawn; None: it is signed with."""
        ...

    def is_valid(self, at: datetime) -> bool:
        """Whether what is signed with it counts."""
        ...


class Ring(Protocol):
    """The keys that the services sign with."""

    def listed(self) -> tuple[PublicKey, ...]:
        """The public halves, the oldest first."""
        ...

    def rotate(self) -> PublicKey:
        """A new key to sign with from now on; the others are valid for a while."""
        ...

    def withdraw(self, kid: str) -> PublicKey | None:
        """Let nothing count any more that this key has signed. None: there is no such key."""
        ...


class CipherKey(Protocol):
    """What may be known of a key that payloads are encrypted with."""

    @property
    def kid(self) -> str: ...
    @property
    def public(self) -> str: ...
    @property
    def made_at(self) -> datetime: ...


class Ciphers(Protocol):
    """What payloads are encrypted with."""

    def listed(self) -> Sequence[CipherKey]:
        """The keys, the oldest first; none where nothing is encrypted."""
        ...

    def rotate(self) -> CipherKey:
        """A new key to encrypt with from now on; what older ones have encrypted stays readable."""
        ...


class Operations(Protocol):
    """Setting an installation up and running it."""

    def set_up(self, actor: str | None, belief: "Belief", attested: bool, encrypted: bool) -> Iterable[str]:
        """Bring everything up to date; a line for each thing that was done. ``actor`` is the registrar who
        asks for what takes two people, ``belief`` what is believed of them; None: the files alone do.
        """
        ...

    def up(self, demo_bank: bool, pages: bool, say: Callable[[str], None]) -> None:
        """Run engine, database and worker until they are told to stop; ``say`` tells people how far it is."""
        ...

    def address(self) -> str:
        """Where the embedded engine listens."""
        ...

    def demonstrate(self) -> None:
        """Carry the projects of the demonstration through their lives, and show them."""
        ...


class Backups(Protocol):
    """Backing an installation up and bringing it back. BackupProblem: why that cannot be done."""

    def back_up(self, folder: Path, signing_keys: bool) -> Iterable[str]:
        """Copy it to a new folder; a line for each thing that was done."""
        ...

    def restore(self, folder: Path) -> Iterable[str]:
        """Make it from a backup, all of it or nothing; a line for each thing that was done."""
        ...


class Deployment(Protocol):
    """A new version rolled out, and taken back."""

    def check(self) -> "AsyncIterator[Checked]":
        """Try the code that is installed here; nothing is changed."""
        ...

    def downgrade(self, wanted: str) -> Iterable[str]:
        """Take the schema back; a line for each thing that was done. DeployProblem: why it cannot be."""
        ...


class Suffered(NamedTuple):
    """What came of letting things happen to an installation."""

    rows: list[dict[str, Any]]
    """Each promise, and how often it did not hold."""
    details: list[str]
    """What did not, and where."""
    summary: str
    broken: int
    """How often a promise did not hold."""


class Chaos(Protocol):
    """Things happen to an installation of its own."""

    def scenarios(self) -> Iterable[dict[str, str]]:
        """Each, and what happens in it."""
        ...

    def run(
        self, scenario: str, seed: int, seconds: float, kind: str, folder: Path, say: Callable[[str], None]
    ) -> Suffered:
        """Let it happen. CommandError: there is no such scenario, or the folder is there already."""
        ...


class Files(Protocol):
    """Reads files as what they shall be. InvalidFile: why one cannot be read, and what to do."""

    def content(self, file: Path, limit: int) -> bytes:
        """What is in a file, or one byte more than ``limit`` of it."""
        ...

    def name(self, file: Path) -> str:
        """The name of a file as it may be kept."""
        ...

    def toml(self, file: Path, limit: int) -> dict[str, Any]:
        """A TOML file of at most ``limit`` bytes."""
        ...

    def sheet(self, file: Path, columns: "Columns") -> "Sheet":
        """A table with these columns."""
        ...

    def programme(self, file: Path) -> "Programme":
        """A programme of any kind."""
        ...

    def refuse_unwritable(self, file: Path) -> None:
        """InvalidFile: no new file of this name can be written."""
        ...

    def keep_secret(self, file: Path, secret: str) -> None:
        """Write a new file that its owner alone can read. InvalidFile: there is one of this name."""
        ...

    def statement(self, file: Path) -> "StatementFile":
        """A statement of a bank, with the file that it was read from."""
        ...


class Installation(Protocol):
    """One installation, as far as commands need it."""

    @property
    def actor(self) -> str | None:
        """Who acts where a command does not say (ACCORD_ACTOR)."""
        ...

    @property
    def token(self) -> str | None:
        """The access token of who is signed in (ACCORD_TOKEN)."""
        ...

    @property
    def mode(self) -> "Mode":
        """Whether names may be self-declared here."""
        ...

    @property
    def ring(self) -> "Ring":
        """The keys that the services sign with."""
        ...

    @property
    def ciphers(self) -> Ciphers:
        """What payloads are encrypted with."""
        ...

    @property
    def database(self) -> "Engine":
        """The database."""
        ...

    @property
    def operations(self) -> Operations:
        """What operators do."""
        ...

    def health(self) -> "Sequence[Check]":
        """Whether the worker lives; after that, where it does, how it found everything."""
        ...

    @property
    def backups(self) -> Backups:
        """Backing it up and bringing it back."""
        ...

    @property
    def deployment(self) -> Deployment:
        """A new version rolled out, and taken back."""
        ...

    @property
    def chaos(self) -> Chaos:
        """Chaos, elsewhere."""
        ...

    def checkup(self) -> "Iterable[Finding]":
        """What a check-up of it finds."""
        ...

    @property
    def details(self) -> "AllDetails":
        """What is particular to each kind of case."""
        ...

    @property
    def programmes(self) -> "AllProgrammes":
        """The programmes of every kind."""
        ...

    def principal(self, person: str | None) -> "Principal":
        """Who speaks through the services; ``person`` is who has proved who they are."""
        ...

    def checks(self) -> "CaseService":
        """The cases, to look at only: it never reaches the engine."""
        ...

    async def cases(self, principal: "Principal") -> "CaseService":
        """The cases, with the engine behind them."""
        ...

    async def reconciler(self, principal: "Principal", belief: "Belief") -> "Differences":
        """Engine, record and ledger held against each other."""
        ...

    async def events(self) -> "Events":
        """What the engine has written down of each workflow."""
        ...

    async def operators(self, belief: "Belief") -> "Operators":
        """Takes what operators say, with the engine behind it."""
        ...

    @property
    def files(self) -> Files:
        """Reads the files that people name."""
        ...

    def explain(self, error: Exception) -> "CommandError | None":
        """What people are told about an error of the engine; None where it is none."""
        ...
