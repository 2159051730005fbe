"""The outbox and the log of what was tried."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

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
    Column("status", String(20), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
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
