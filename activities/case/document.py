"""Documents, kept under their digest."""

import contextlib
from datetime import datetime

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from models.tables.case import document


def store_document(connection: Connection, sha256: str, name: str, content: str, at: datetime) -> None:
    """Keep a document (base64) under its digest; the same content is kept once."""
    row = {"sha256": sha256, "name": name, "content": content, "added_at": at}
    with contextlib.suppress(IntegrityError), connection.begin_nested():
        connection.execute(insert(document).values(row))
