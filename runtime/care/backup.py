"""Takes a backup of an installation while everything runs."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import AwareDatetime
from sqlalchemy import Engine, text

from activities.operations.position import Position, newest, position
from adapters import postgres_dump, sqlite_copy
from adapters.database import copied
from models.base import Message, Sha256
from models.operations.backup import (
    ENGINE_FILE,
    MANIFEST,
    RECORD_FILES,
    BackupProblem,
    EnginePart,
    Manifest,
    RecordPart,
)
from runtime.care.whole import kept, made_whole
from runtime.settings import Settings
from runtime.temporal.engine import configured

LAST = "last-backup.json"
"""In the home folder: which backup was the last."""


class LastBackup(Message):
    """What the home folder says of the newest backup."""

    id: Sha256
    folder: str
    taken_at: AwareDatetime
    last: int


def back_up(settings: Settings, database: Engine, folder: Path, signing_keys: bool) -> Iterator[str]:
    """Copy an installation to a new folder; a line for each thing that was done.

    The engine comes first, the record after it: what is on record and unknown to the engine is absorbed by
    business keys; the other way round somebody would have been told what is on no record.

    BackupProblem: the folder exists, its place cannot be written to, or a part cannot be copied.
    """
    if folder.exists() or folder.is_symlink():
        raise BackupProblem(f"{folder} exists already. Name a new folder: a backup is never written over.")
    with made_whole(folder) as made:
        engine = _engine(settings, database, made)
        yield _said_of(engine)
        kind, found = _record(database, made)
        yield f"record: up to number {found.last}, schema {found.revision}"
        _keys(settings, made, signing_keys)
        yield "keys: with the private ones" if signing_keys else "keys: without the private ones"
        manifest = Manifest(
            id=secrets.token_hex(32),
            installation=found.installation,
            taken_at=datetime.now(UTC),
            program=version("accord"),
            record=RecordPart(kind=kind, revision=found.revision, last=found.last),
            engine=engine,
            signing_keys=signing_keys,
            files=tuple(kept(made, name) for name in names(made)),
        )
        _write(made / MANIFEST, manifest)
    _remember(settings, folder, manifest)
    yield f"Backup {manifest.id[:12]} in {folder}: {len(manifest.files)} files, all of them checked."


def names(folder: Path) -> list[str]:
    """The files below a folder, but for the list of them."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(name) for name in found if str(name) != MANIFEST)


def _engine(settings: Settings, database: Engine, made: Path) -> EnginePart | None:
    """Copy the engine's file, where it is ours."""
    source = settings.home / "temporal.db"
    if configured() or not source.exists():
        return None
    sqlite_copy.copy(source, made / ENGINE_FILE)
    with database.connect().execution_options(readonly=True) as connection:
        return EnginePart(position=newest(connection))


def _said_of(engine: EnginePart | None) -> str:
    if engine:
        return f"engine: knows of nothing beyond record {engine.position}"
    return (
        "engine: not in this backup. Its cluster is backed up with its own database, BEFORE the record:"
        " docs/operations.md"
    )


def _record(database: Engine, made: Path) -> tuple[str, Position]:
    """Copy our database: of which kind it is, and how far it had come."""
    kind = database.dialect.name
    target = made / RECORD_FILES[kind]
    if kind == "sqlite":
        sqlite_copy.copy(Path(str(database.url.database)), target)
        with copied(target).connect() as connection:
            return kind, position(connection)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        found = position(connection)
        postgres_dump.dump(database.url.render_as_string(hide_password=False), target, str(snapshot))
        return kind, found


def _keys(settings: Settings, made: Path, signing_keys: bool) -> None:
    """Copy what verifies and what workers seal with; the private keys where they are wanted; the mode."""
    wanted = {"keys": settings.keys_folder} | ({"signing": settings.signing_folder} if signing_keys else {})
    for name, source in wanted.items():
        for file in sorted(source.glob("[!.]*")):
            _copy(file, made / name / file.name)
    if (mode := settings.home / "mode").exists():
        _copy(mode, made / "mode")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    target.touch(mode=0o600)
    target.write_bytes(source.read_bytes())


def _write(target: Path, message: Message) -> None:
    target.touch(mode=0o600)
    target.write_text(message.model_dump_json(indent=1))


def _remember(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Let the home folder say when the last backup was taken."""
    last = manifest.record.last
    said = LastBackup(id=manifest.id, folder=str(folder.absolute()), taken_at=manifest.taken_at, last=last)
    made = settings.home / f"{LAST}.new"
    _write(made, said)
    made.replace(settings.home / LAST)
