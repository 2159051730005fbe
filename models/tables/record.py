"""The audit record (append-only; triggers refuse update and delete) and its counter."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    literal_column,
)

from models.tables import Instant, metadata

record = Table(
    "record",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("case", String(40), nullable=False),
    Column("workflow_id", String(200), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("rules", String(64), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("action", String(60), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("on_behalf_of", String(64)),
    Column("act", String(20)),
    Column("role", String(40)),
    Column("at", Instant, nullable=False),
    Column("rule", String(40)),
    Column("reason", Text, nullable=False),
    Column("before", String(40)),
    Column("after", String(40)),
    Column("content_hash", String(64)),
    Column("seal", String(64), index=True),
    Column("nonce", String(32)),
    Column("attested", Boolean),
    Column("payload", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Index("ix_record_case", "case", "seq"),
    Index("ix_record_actor", "actor", "seq"),
    Index("ix_record_stage", "stage", "seq"),
    Index("ix_record_at", "at", "seq"),
)
"""``seal`` says which message was accepted: the same one again gets this entry for an answer. ``payload`` is
the canonical JSON (RFC 8785) of the whole entry, ``answer`` what its writer got back."""

IS_REFUSED = record.c.rule.is_not(None)
IS_OVERRIDE = and_(
    record.c.action >= literal_column("'overrid'"), record.c.action < literal_column("'overrie'")
)
"""``override asked for: …`` and ``overridden: …``; written out, for a parameter would not match its index."""
Index("ix_record_refused", record.c.seq, sqlite_where=IS_REFUSED, postgresql_where=IS_REFUSED)
Index("ix_record_override", record.c.seq, sqlite_where=IS_OVERRIDE, postgresql_where=IS_OVERRIDE)

IS_SELF_DECLARED = record.c.attested.is_(False)
Index(
    "ix_record_self_declared",
    record.c.seq,
    sqlite_where=IS_SELF_DECLARED,
    postgresql_where=IS_SELF_DECLARED,
)
IS_SIGNED = record.c.nonce.is_not(None)
Index("ix_record_nonce", record.c.nonce, sqlite_where=IS_SIGNED, postgresql_where=IS_SIGNED)

IS_DEED = and_(record.c.act.is_not(None), record.c.rule.is_(None))
IS_DEED_FOR = and_(record.c.on_behalf_of.is_not(None), IS_DEED)
"""An act that counts as far as duties are concerned; for somebody else."""
_READ = ("act", "seq", "case")
Index(
    "ix_record_deed",
    *(record.c[name] for name in ("actor", *_READ)),
    sqlite_where=IS_DEED,
    postgresql_where=IS_DEED,
)
Index(
    "ix_record_deed_for",
    *(record.c[name] for name in ("on_behalf_of", *_READ)),
    sqlite_where=IS_DEED_FOR,
    postgresql_where=IS_DEED_FOR,
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The last number given to a record. Locked by every writer, so numbers have no gaps."""

request = Table(
    "request",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
)
"""What one person has asked for and no second has confirmed, outside of any workflow, by what was asked
(SHA-256). Who asked, and when, is on record under this number."""

gate = Table(
    "gate",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("workflow_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("question", Text, nullable=False),
    Column("panel", Text),
    Column("subject", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ladder", Text, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", String(20)),
    Column("claims", Text),
    Column("organisations", Text),
)
"""Every gate ever opened; the open ones are the inbox. ``claims`` is the JSON of who has claimed a seat,
``organisations`` (a list; NULL: any) of whose members are asked by their roles."""

IS_OPEN = gate.c.closed_at.is_(None)
Index("ix_gate_open", gate.c.due_at, gate.c.id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_gate_open_of", gate.c.workflow_id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)

seat = Table(
    "seat",
    metadata,
    Column("gate", String(120), ForeignKey("gate.id"), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("since", Instant, nullable=False),
)
"""Which role, or which person, may act at a gate (the other is empty), and since when: those whom its
deadline calls in may only then. Who holds a role is asked when the inbox is read.
"""
