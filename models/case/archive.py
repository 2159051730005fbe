"""The archive: what the engine wrote down of each run of a workflow, kept where the record is."""

from datetime import datetime
from typing import Literal

from models.base import Message, Sha256
from models.case.effects import Effect

ARCHIVE = "archive"
"""What entries about the archive are recorded under: `accord history archive`."""


class ArchivedRun(Message):
    """One run of a workflow, as far as it had come when it was archived."""

    workflow_id: str
    run_id: str
    case: str
    """The number of the case."""
    started_at: datetime
    events: int
    ended: bool
    """Whether the run was over, or continued by another: nothing is added to it any more."""
    sha256: Sha256
    """Of its history as it is kept: the engine's own protobuf, deflated."""
    size: int
    """Bytes, as they are kept."""


class Archives(Effect):
    """These runs are in the archive from now on; of a run that was there, this takes the place."""

    effect: Literal["archives"] = "archives"
    upto: int
    """The number up to which the record was looked through for workflows that had gone on."""
    runs: tuple[ArchivedRun, ...]


class Archived(Message):
    """What one pass came to."""

    runs: int
    size: int
    """Bytes that were written."""
    upto: int
