"""The outbox and the log of what was tried."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, literal_column

from models.tables import Instant, metadata

notice = Table(
    "notice",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    Column("person", String(64), ForeignKey("person.id"), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("trace", String(100)),
    Index("ix_notice_created", "created_at", "key"),
)

"""``trace`` is the place of what it tells of in a trace (W3C's ``traceparent``), where traces are kept."""

IS_PENDING = notice.c.status == literal_column("'pending'")
IS_OVER = notice.c.status != literal_column("'pending'")
"""Written out, as in their indexes: a parameter would not match."""
Index("ix_notice_due", notice.c.due_at, sqlite_where=IS_PENDING, postgresql_where=IS_PENDING)
Index(
    "ix_notice_pending",
    *(notice.c.created_at, notice.c.key),
    sqlite_where=IS_PENDING,
    postgresql_where=IS_PENDING,
)
Index(
    "ix_notice_status",
    *(notice.c.status, notice.c.created_at, notice.c.key),
    sqlite_where=IS_OVER,
    postgresql_where=IS_OVER,
)

delivery = Table(
    "delivery",
    metadata,
    Column("notice", String(300), ForeignKey("notice.key"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
)
