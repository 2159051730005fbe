"""Backing this installation up, and bringing it back: what `accord backup` and `accord restore` do."""

from collections.abc import Iterator
from pathlib import Path

from adapters.database import connect
from runtime.care.backup import back_up
from runtime.care.restore import restore
from runtime.settings import Settings


class Backups:
    """Of the installation with these settings. Nothing is opened before it is needed: a home that is to be
    made must not be there yet.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def back_up(self, folder: Path, signing_keys: bool) -> Iterator[str]:
        """Copy it to a new folder; a line for each thing that was done."""
        database = connect(self._settings.database)
        try:
            yield from back_up(self._settings, database, folder, signing_keys)
        finally:
            database.dispose()

    def restore(self, folder: Path) -> Iterator[str]:
        """Make it from a backup, all of it or nothing; a line for each thing that was done."""
        yield from restore(self._settings, folder)
