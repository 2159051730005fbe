"""What the engine has written down of workflows, kept beyond the engine: which runs, and their histories."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from models.tables import Instant, metadata

archived_run = Table(
    "archived_run",
    metadata,
    Column("workflow_id", String(200), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("started_at", Instant, nullable=False),
    Column("events", Integer, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
)
"""Every run that is in the archive, as its newest export has it; ``record`` has its digest."""

GOES_ON = archived_run.c.ended.is_(False)
Index("ix_archived_run_goes_on", archived_run.c.workflow_id, sqlite_where=GOES_ON, postgresql_where=GOES_ON)

archived_history = Table(
    "archived_history",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The histories, under the digest of what is kept: deflated (zlib), payloads as the engine has them."""
