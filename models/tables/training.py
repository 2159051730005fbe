"""What is particular to cohorts: plans, the register of nominees, enrolments, attendance, certificates."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from models.tables import Instant, metadata

cohort = Table(
    "cohort",
    metadata,
    Column("case", String(40), ForeignKey("case.id"), primary_key=True),
    Column("institute", String(64), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Column("plan", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
)
"""``plan`` is the current one, as JSON."""

nominee = Table(
    "nominee",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("country", String(2), nullable=False),
    Column("identity", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("latin", String(200), nullable=False),
    Column("language", String(3), nullable=False),
    Column("position", String(200), nullable=False),
    Column("employer", String(200), nullable=False),
    Column("registered_by", String(64), nullable=False),
    Column("registered_at", Instant, nullable=False),
    UniqueConstraint("country", "identity"),
)
"""The only place with names and identity numbers: workflows and the record know the ``id``."""

enrolment = Table(
    "enrolment",
    metadata,
    Column("case", String(40), ForeignKey("case.id"), nullable=False),
    Column("nominee", String(20), ForeignKey("nominee.id"), nullable=False),
    Column("country", String(2), nullable=False),
    Column("authority", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("dossier", String(64), nullable=False),
    Column("rank", Integer),
    Column("round", Integer, nullable=False),
    Column("remote", Boolean, nullable=False),
    Column("certificate", String(60)),
    Column("nominations", Integer, nullable=False),
    Column("withdrawals", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("case", "nominee"),
    Index("ix_enrolment_nominee", "nominee", "state"),
)

attendance = Table(
    "attendance",
    metadata,
    Column("case", String(40), ForeignKey("case.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("nominee", String(20), nullable=False),
    Column("present", Boolean, nullable=False),
    PrimaryKeyConstraint("case", "day", "nominee"),
)

certificate = Table(
    "certificate",
    metadata,
    Column("number", String(60), primary_key=True),
    Column("case", String(40), ForeignKey("case.id"), nullable=False, index=True),
    Column("nominee", String(20), nullable=False),
    Column("document", String(64), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""``document`` is the SHA-256 of the PDF."""
