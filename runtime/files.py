"""Files that people name, read by the adapter for each."""

import os
from pathlib import Path
from typing import Any

from adapters import bank_statement, documents, spreadsheet
from models.files import InvalidFile
from models.money.statement import StatementFile
from services.case.programme import Programme
from services.case.sheet import Columns, Sheet
from services.programmes import PROGRAMMES


class Files:
    """Reads files as what they shall be. InvalidFile: why one cannot be read, and what to do."""

    def content(self, file: Path, limit: int) -> bytes:
        """What is in a file, or one byte more than ``limit`` of it."""
        return documents.read_bytes(file, limit)

    def name(self, file: Path) -> str:
        """The name of a file as it may be kept."""
        return documents.file_name(file)

    def toml(self, file: Path, limit: int) -> dict[str, Any]:
        """A TOML file of at most ``limit`` bytes."""
        return documents.read_toml(file, limit)

    def sheet(self, file: Path, columns: Columns) -> Sheet:
        """A table in CSV."""
        return spreadsheet.read_sheet(file, columns)

    def programme(self, file: Path) -> Programme:
        """A programme of any kind."""
        return documents.load(file, PROGRAMMES.read)

    def refuse_unwritable(self, file: Path) -> None:
        """InvalidFile: no new file of this name can be written."""
        os.close(_new(file))
        file.unlink()

    def keep_secret(self, file: Path, secret: str) -> None:
        """Write a new file that its owner alone can read. InvalidFile: it cannot be written."""
        with os.fdopen(_new(file), "w") as written:
            written.write(f"{secret}\n")

    def statement(self, file: Path) -> StatementFile:
        """A statement of a bank, camt.053 or CSV."""
        content = documents.read_bytes(file, bank_statement.LARGEST_FILE)
        return bank_statement.read_file(documents.file_name(file), content)


def _new(file: Path) -> int:
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        name = documents.file_name(file)
        raise InvalidFile(f"{name} cannot be written: {error.strerror}; name another.") from error
