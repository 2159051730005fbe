"""What this installation believes: a trial, or whoever acts must be signed in. There is no way back."""

import os
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from activities.case import mode
from models.case.envelope import Mode
from runtime.settings import Settings
from runtime.temporal.engine import EngineError

_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


def write_down(settings: Settings) -> None:
    """Let this installation be attested from now on, also where the environment does not say so."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = settings.home / "mode.new"
    made.write_text(f"{Mode.ATTESTED}\n", encoding="ascii")
    os.replace(made, settings.home / "mode")


def put_on_record(connection: Connection, settings: Settings, at: datetime) -> None:
    """The entry from which on whoever acts must be signed in; once."""
    if settings.mode_in_force is Mode.ATTESTED:
        mode.attest(connection, at)


def check(database: Engine, settings: Settings) -> None:
    """EngineError: the settings believe more than this installation may, or pay through a bank in a trial."""
    if settings.mode_in_force is Mode.ATTESTED:
        with database.begin() as connection:
            put_on_record(connection, settings, datetime.now(UTC))
        return
    with database.connect().execution_options(readonly=True) as connection:
        if mode.in_force(connection) is Mode.ATTESTED:
            raise EngineError("This installation is attested, and stays so. Set ACCORD_MODE=attested.")
    if settings.bank_url and urlsplit(settings.bank_url).hostname not in _LOOPBACK:
        what = "A trial pays through no bank but a fake one on this machine"
        raise EngineError(f"{what}. Take ACCORD_BANK_URL away, or set up anew: accord setup --attested")
