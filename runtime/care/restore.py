"""Brings an installation back from a backup: all of it, or nothing."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import inspect

from activities.operations.position import position
from adapters import postgres_dump, sqlite_copy
from adapters.database import connect, copied, known_revisions
from adapters.keys import Ring
from models.operations.backup import (
    ENGINE_FILE,
    MANIFEST,
    RECORD_FILES,
    BackupProblem,
    Kept,
    Manifest,
    Restored,
    problems,
)
from runtime.care.restored import RESTORED
from runtime.care.whole import kept, made_whole
from runtime.settings import Settings
from runtime.temporal import folder as homes

LARGEST_LIST = 10_000_000
"""Bytes. A list has a line for each file of a backup: two, and the keys."""
_HOME_NAMES = {ENGINE_FILE: "temporal.db", RECORD_FILES["sqlite"]: "accord.db"}


def restore(settings: Settings, source: Path) -> Iterator[str]:
    """Make the home folder, and the database, from a backup; a line for each thing that was done.

    BackupProblem: why nothing was restored.
    """
    manifest = _read(source)
    _refuse_home(settings, source)
    if found := tuple(problems(manifest, _found(source, manifest), known_revisions())):
        raise BackupProblem(f"{source} is not restored. {' '.join(found)}")
    yield f"Backup {manifest.id[:12]} of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC is whole."
    with made_whole(settings.home) as made:
        _fill(made, source, manifest)
        restored = _settled(settings, made, manifest)
        _bring_database(settings, made, source, manifest)
    yield f"{settings.home}: as it was at record {manifest.record.last}."
    yield from _remarks(settings, manifest, restored)


def _read(source: Path) -> Manifest:
    path = source / MANIFEST
    if not _is_own(path):
        raise BackupProblem(f"{source} has no {MANIFEST}. Name the folder of a backup.")
    try:
        if path.stat().st_size > LARGEST_LIST:
            raise BackupProblem(f"{path} is too large for a list of a backup. Take the folder anew.")
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BackupProblem(f"{path} cannot be read: {error.strerror}. Take the folder anew.") from error
    except ValidationError as error:
        raise BackupProblem(f"{path} is no list of a backup. Take the folder anew.") from error


def _is_own(place: Path) -> bool:
    """Whether this is a file of its own folder. Whatever else has its name, a pipe, say, may never end."""
    return place.is_file() and not place.is_symlink()


def _refuse_home(settings: Settings, source: Path) -> None:
    """BackupProblem: there is an installation already, or something else."""
    home = settings.home
    if home.resolve().is_relative_to(source.resolve()):
        raise BackupProblem(f"{home} is in the backup itself. Name another home: ACCORD_HOME.")
    if not home.exists():
        return
    if homes.is_locked(home):
        raise BackupProblem(f"An engine runs on {home}. Name another home: ACCORD_HOME.")
    if not home.is_dir() or any(home.iterdir()):
        raise BackupProblem(f"{home} is not empty. Move it away, or name another home: ACCORD_HOME.")


def _found(source: Path, manifest: Manifest) -> dict[str, Kept | None]:
    """What the folder has under the names of the list; a file that is none of its own folder's is missing."""
    return {file.name: _as_found(source, file) for file in manifest.files}


def _as_found(source: Path, file: Kept) -> Kept | None:
    place = source / file.name
    if not _is_own(place):
        return None
    size = place.stat().st_size
    return kept(source, file.name) if size == file.size else file.model_copy(update={"size": size})


def _fill(made: Path, source: Path, manifest: Manifest) -> None:
    """Copy every file to where a home has it, and look once more at what was copied."""
    for file in manifest.files:
        target = made / _HOME_NAMES.get(file.name, file.name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.touch(mode=0o600)
        shutil.copyfile(source / file.name, target)
        there = kept(made, str(target.relative_to(made)))
        if (there.sha256, there.size) != (file.sha256, file.size):
            raise BackupProblem(f"{file.name} changed while it was copied. Run this again.")
    for name in ("temporal.db", "accord.db"):
        if (made / name).exists():
            sqlite_copy.check(made / name)


def _settled(settings: Settings, made: Path, manifest: Manifest) -> Restored:
    """Write down where this home comes from. Without the private keys it signs with a new one: it is an
    installation of its own.
    """
    key = None if manifest.signing_keys else Ring(made / "keys", made / "signing").rotate().kid
    said = Restored(
        backup=manifest.id,
        taken_at=manifest.taken_at,
        restored_at=datetime.now(UTC),
        last=manifest.record.last,
        key=key,
    )
    (made / RESTORED).touch(mode=0o600)
    (made / RESTORED).write_text(said.model_dump_json(indent=1))
    return said


def _bring_database(settings: Settings, made: Path, source: Path, manifest: Manifest) -> None:
    """See that the record is the one of the list; bring it into PostgreSQL, where it lives there."""
    dumped = made / RECORD_FILES["postgresql"]
    if manifest.record.kind == "sqlite":
        if settings.database_url:
            raise BackupProblem(
                "This backup is of SQLite. Take ACCORD_DATABASE_URL away, and run this again."
            )
        with copied(made / "accord.db").connect() as connection:
            there = position(connection)
        if (there.installation, there.last) != (manifest.installation, manifest.record.last):
            raise BackupProblem("The record is not the one of this backup. Take the folder anew.")
        return
    if settings.database_url is None:
        raise BackupProblem("This backup is of PostgreSQL. Set ACCORD_DATABASE_URL to an empty database.")
    url = settings.database_url.get_secret_value()
    database = connect(url)
    try:
        if inspect(database).get_table_names():
            raise BackupProblem("The database is not empty. Name another: ACCORD_DATABASE_URL.")
        postgres_dump.restore(dumped, url)
    finally:
        database.dispose()
    dumped.unlink()


def _remarks(settings: Settings, manifest: Manifest, restored: Restored) -> Iterator[str]:
    """What whoever restores has to know."""
    if restored.key:
        yield f"Signed with a new key from now on: {restored.key}; what the old one signed counts for a day."
    if settings.keys or settings.signing_keys:
        yield f"The keys are in {settings.home}: copy them to ACCORD_KEYS and ACCORD_SIGNING_KEYS."
    if manifest.engine is None:
        yield "The engine is not in this backup: restore its database, as it was BEFORE this record."
    yield "What people were told later than that is not on record: say so to them."
    yield "Next: `accord up`. It holds engine, record and ledger against each other, and names what differs."
