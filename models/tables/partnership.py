"""The cases as they stand now: the list that coordinators read."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text, false

from models.tables import Instant, metadata

partnership = Table(
    "partnership",
    metadata,
    Column("case", String(40), primary_key=True),
    Column("programme", String(60), nullable=False, index=True),
    Column("rules", String(64), nullable=False),
    Column("title", String(200), nullable=False),
    Column("country", String(2), nullable=False, index=True),
    Column("city", String(200)),
    Column("area", String(30)),
    Column("applicant", String(200), nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("national_firm", Boolean, nullable=False, server_default=false()),
    Column("study", String(20), nullable=False),
    Column("requested", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("proposal", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("stage", String(20), nullable=False, index=True),
    Column("status", String(20), nullable=False, index=True),
    Column("decisions", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
)

programme = Table(
    "programme",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("id", String(60), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("registered_at", Instant, nullable=False),
)
"""Every version of every programme, so that the rules of an old case can be read for ever."""

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("content", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
)
"""The texts that were signed and delivered, by their digest (base64)."""
