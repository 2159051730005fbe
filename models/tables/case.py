"""All cases as they stand now, whatever their kind; and the programmes and documents that they refer to."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from models.tables import Instant, metadata

case = Table(
    "case",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("number", String(40), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("parent", String(120), index=True),
    Column("workflow_id", String(200), nullable=False),
    Column("title", String(200), nullable=False),
    Column("country", String(2)),
    Column("countries", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("programme", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("rules", String(64), nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    Column("stage", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("outcome", Text),
    Column("reason", Text),
    Column("decisions", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index("ix_case_open", "kind", "closed_at", "number"),
    Index("ix_case_country", "country", "id"),
    Index("ix_case_programme", "programme", "id"),
    Index("ix_case_stage", "stage", "id"),
    Index("ix_case_status", "status", "id"),
)
"""``number`` is what people know it by; a part of a case has the number of the one at the top, and says in
``parent`` which it belongs to. ``country`` is the host; ``countries`` (whose holidays count) and ``parties``
(who benefits) are JSON. ``outcome`` is what a part came to, as JSON, once it is over."""

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
