"""Payments as they stand, and what was handed to the bank."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

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
    Column("id", String(140), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    UniqueConstraint("fund", "id", name="uq_statement_id"),
)
"""Statements of banks that were reconciled, by the SHA-256 of the file and by the number of the bank."""

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
