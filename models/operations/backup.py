"""A backup: what it holds, and whether that is all of it and fits together. Pure."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from models.base import Message, Sha256
from models.case.notice import Draft
from models.people.guard import OPERATOR

FORMAT = 1
"""Rises when an older program can no longer read a backup."""
MANIFEST = "manifest.json"
ENGINE_FILE = "engine.db"
RECORD_FILES = {"sqlite": "record.db", "postgresql": "record.dump"}

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")]
"""Of a file in the folder of a backup: no way leads out of it."""


class BackupProblem(RuntimeError):
    """Something cannot be backed up or restored: a sentence, and in the last one what to do."""


class Kept(Message):
    """A file of a backup."""

    name: Name
    sha256: Sha256
    size: int


class RecordPart(Message):
    """The copy of our database."""

    kind: Literal["sqlite", "postgresql"]
    revision: str
    """Of its schema."""
    last: int
    """The number of the newest entry that it has."""


class EnginePart(Message):
    """The copy of the embedded engine's file, taken before that of the record."""

    position: int
    """The last number on record at the moment after it was copied: it knows of none beyond."""


class Manifest(Message):
    """What a backup says of itself."""

    format: int = FORMAT
    id: Sha256
    """A number that no other backup has."""
    installation: str
    """The id of the installation that it was taken of."""
    taken_at: AwareDatetime
    program: str
    """The version that took it."""
    record: RecordPart
    engine: EnginePart | None = None
    """None: the engine keeps its state elsewhere, and is backed up there."""
    signing_keys: bool
    """Whether the private keys are in it."""
    files: tuple[Kept, ...]


class Restored(Message):
    """What a home says that came from a backup, until that is on record."""

    backup: Sha256
    taken_at: AwareDatetime
    restored_at: AwareDatetime
    last: int
    """The number of the newest entry that came with it."""
    key: str | None = None
    """The new key that is signed with from now on; None: the private keys came along."""


def came_back(said: Restored) -> Draft:
    """Operators are told that this installation came from a backup, and what that means."""
    return Draft(
        subject=f"Restored from the backup of {said.taken_at:%Y-%m-%d %H:%M} UTC",
        body=f"The record ends with {said.last} as it was then. What people were told later is not on record:"
        " tell them, and have it done again.\n\naccord reconcile",
        roles=(OPERATOR,),
    )


def problems(manifest: Manifest, found: Mapping[str, Kept | None], known: frozenset[str]) -> Iterator[str]:
    """Why a backup cannot be restored: each in a sentence that says what to do.

    ``found`` is what the folder has under each name; ``known``: the revisions of the schema that this program
    knows.
    """
    if manifest.format > FORMAT:
        yield f"It is of format {manifest.format}, this program reads {FORMAT}: restore it with a newer one."
    for file in manifest.files:
        there = found.get(file.name)
        if there is None:
            yield f"{file.name} is missing: take the whole folder from where it was kept."
        elif there != file:
            yield f"{file.name} was altered, or is of another backup: take the folder from where it was kept."
    if manifest.record.revision not in known:
        what = f"Its schema ({manifest.record.revision}) is newer than this program"
        yield f"{what}: restore it with the version that took it ({manifest.program}), or a newer one."
    yield from _pair(manifest)


def _pair(manifest: Manifest) -> Iterator[str]:
    """Whether engine and record are of one backup: the record may be ahead, the engine never."""
    names = {file.name for file in manifest.files}
    if RECORD_FILES[manifest.record.kind] not in names:
        yield "The copy of the record is not in its list: this is no backup of Accord."
    if manifest.engine and ENGINE_FILE not in names:
        yield "The copy of the engine is not in its list: this is no whole backup."
    if manifest.engine and manifest.engine.position > manifest.record.last:
        yield (
            f"The engine knows of record {manifest.engine.position}, the record ends with"
            f" {manifest.record.last}: people were told what it does not have. Take a newer backup."
        )
