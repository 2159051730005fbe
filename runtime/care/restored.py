"""A home that came from a backup says so on record, once, before anything else goes on there."""

from datetime import datetime

from sqlalchemy import Connection

from activities.case import record
from models.case.effects import Tells
from models.case.record import Batch, Entry, Source
from models.operations.backup import Restored, came_back
from models.operations.difference import RECONCILING
from models.operations.operation import OPERATIONS
from runtime.settings import Settings

RESTORED = "restored.json"
"""In the home folder: which backup it came from, until that is on record."""


def put_on_record(connection: Connection, settings: Settings, at: datetime) -> None:
    """The entry that says up to where this record is that of the backup, and that operators are told."""
    if (said := read(settings)) is None:
        return
    entry = Entry(
        key=f"{RECONCILING}:restored:{said.backup[:24]}:{said.restored_at:%Y%m%dT%H%M%S}",
        stage=OPERATIONS,
        action="restored from a backup",
        at=at,
        reason=f"Of {said.taken_at:%Y-%m-%d %H:%M:%S} UTC. What people were told later is not on record.",
        facts={"restored": said.content()},
        effects=(Tells(notice=came_back(said)),),
    )
    source = Source(case=RECONCILING, workflow_id="", run_id="", rules="")
    record.write(connection, Batch(source=source, entries=(entry,)))


def read(settings: Settings) -> Restored | None:
    """What the home folder says of where it came from; None: nothing that is not on record."""
    try:
        return Restored.model_validate_json((settings.home / RESTORED).read_bytes())
    except FileNotFoundError:
        return None


def forget(settings: Settings) -> None:
    """It is on record."""
    (settings.home / RESTORED).unlink(missing_ok=True)
