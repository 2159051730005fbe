"""Funds, sleeves with their balances, and the transfers (append-only) that made them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, String, Table

from models.tables import Instant, metadata

fund = Table(
    "fund",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cap", BigInteger, nullable=False),
)

sleeve = Table(
    "sleeve",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("committed", BigInteger, nullable=False),
    Column("disbursed", BigInteger, nullable=False),
    CheckConstraint("available + reserved + committed + disbursed = cap", name="adds_up"),
    CheckConstraint(
        "available >= 0 AND reserved >= 0 AND committed >= 0 AND disbursed >= 0", name="no_overdraft"
    ),
)

transfer = Table(
    "transfer",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("case", String(40), nullable=False, index=True),
    Column("sleeve", String(40), ForeignKey("sleeve.id"), nullable=False, index=True),
    Column("reservation", String(200), nullable=False, index=True),
    Column("resolves", String(200), unique=True),
    Column("debit", String(20), nullable=False),
    Column("credit", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
)
"""``resolves`` is the pending transfer that this one posts or voids: unique, so resolved once.
``record`` is the decision behind it."""
