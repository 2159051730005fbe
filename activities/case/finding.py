"""What a proof by the record finds."""

from typing import Any, NamedTuple

SIZE = 500
"""Rows that are read, or written again, at a time."""


class Finding(NamedTuple):
    """Something in the database that is not what its record says."""

    table: str
    key: str
    detail: str
    record: int | None = None
    """The number of the entry that says what it should be; None: no entry does."""
    row: dict[str, Any] = {}  # noqa: RUF012  # never changed
    """The row that it is about, as far as there is one."""
