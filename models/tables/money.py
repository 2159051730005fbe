"""The levels of every fund with their balances, and the transfers (append-only) that made them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from models.money.transfer import Account
from models.tables import Instant, metadata

fund = Table(
    "fund",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("root", String(40), nullable=False, index=True),
    Column("parent", String(40), ForeignKey("fund.id")),
    Column("level", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cap", BigInteger, nullable=False),
    Column("managers", Text),
    Column("limits", Text),
    Column("frozen", Text),
    *(Column(account, BigInteger, nullable=False, default=0) for account in Account),
    CheckConstraint(
        "paid_in + returned + exchanged_in"
        " = available + reserved + committed + ordered + disbursed + exchanged_out",
        name="adds_up",
    ),
    CheckConstraint("memo = pledged + called + receivable", name="memo_adds_up"),
    CheckConstraint(" AND ".join(f"{account} >= 0" for account in Account), name="no_overdraft"),
    CheckConstraint("paid_in + exchanged_in <= cap", name="capped"),
)
"""``managers`` (of a fund: roles that act on it) and ``limits`` are JSON. ``frozen`` says why nothing is
reserved or paid any more; empty while all is well."""

transfer = Table(
    "transfer",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("case", String(40), nullable=False, index=True),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False, index=True),
    Column("reservation", String(200), nullable=False, index=True),
    Column("resolves", String(200), unique=True),
    Column("debit", String(20), nullable=False),
    Column("credit", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
)
"""``resolves`` is the transfer that this one resolves or corrects: unique, so that happens once.
``record`` is the decision behind it. It moves the level ``fund`` and all above it; what a part may
use (ALLOT, MOVE_OUT, MOVE_IN) moves that level only."""

waitlist = Table(
    "waitlist",
    metadata,
    Column("reservation", String(200), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("workflow_id", String(200), nullable=False),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("told_at", Instant),
    Index("ix_waitlist_turn", "state", "rank", "record"),
)
"""Reservations that did not fit. Whose turn it is goes by ``rank``, then by ``record``, the number
of the wish on record; ``told_at`` is when the case heard of its offer."""
