"""Days that are on record beside the holidays by law, and the workflows that are still to be told."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, String, Table

from models.tables import Instant, metadata

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("country", String(2), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("name", String(200), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
)
"""The newest word on each day; earlier ones are on record."""

calendar_nudge = Table(
    "calendar_nudge",
    metadata,
    Column("record", BigInteger, ForeignKey("record.seq"), primary_key=True),
    Column("workflow_id", String(200), primary_key=True),
    Column("told_at", Instant),
)
"""Who has open gates that the day may concern: each is told until the engine has taken it."""
