"""Payments as they stand, and what was handed to the bank."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from models.tables import Instant, metadata

payment = Table(
    "payment",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("workflow_id", String(200), nullable=False),
    Column("gate", String(120), nullable=False),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False),
    Column("reservation", String(200), nullable=False),
    Column("payee", String(200), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(20), nullable=False),
    Column("invoice", String(64)),
    Column("reference", String(100)),
    Column("held", Text),
    Column("statement", String(200)),
    Column("not_before", Instant),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_payment_state", "state", "key"),
)
"""``record`` is the newest entry about it; ``held`` says why it is held, ``reference`` is the bank's.
``not_before`` is the date that releases it."""

statement = Table(
    "statement",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False),
    Column("account", String(140), nullable=False, server_default=""),
    Column("id", String(140), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    UniqueConstraint("fund", "account", "id", name="uq_statement_number"),
)
"""Statements of banks that were handed in, by the SHA-256 of the file, which is kept (``document``). A number
of the bank counts for its account (empty: the file does not say). ``record`` is the entry that has it."""

statement_line = Table(
    "statement_line",
    metadata,
    Column("statement", String(64), ForeignKey("statement.sha256"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("account", String(140), nullable=False),
    Column("number", String(140), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("end_to_end_id", String(140), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("back", Boolean, nullable=False),
    Column("booked", Date, nullable=False),
    Column("result", String(30)),
    Column("payment", String(120), ForeignKey("payment.key"), index=True),
    Column("record", BigInteger, ForeignKey("record.seq")),
)
"""The lines of statements, the first of a file being ``row`` 1. ``back`` says whether money came in,
``result`` what it was found to be, ``payment`` which payment it is of, by the entry ``record``."""

dispatch = Table(
    "dispatch",
    metadata,
    Column("instruction", String(140), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("payment", String(120), ForeignKey("payment.key"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    Column("account", String(64)),
)
"""Written, and committed, before an instruction leaves the house: while one is ``sending``, it is never sent
again. An attempt found not to have left is ``fenced``, so that whoever still meant to make it cannot. Answers
of the bank are compared with ``amount``, ``currency`` and ``account`` (its digest)."""
