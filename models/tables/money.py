"""The levels of every fund with balances, the transfers (append-only) that made them, running totals."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text, text

from models.money.transfer import Account
from models.tables import Instant, metadata

_ADDS_UP = (
    "paid_in + returned + exchanged_in"
    " = available + reserved + committed + ordered + disbursed + exchanged_out"
)
_OPEN = text("committed > 0")
_MEMO_ADDS_UP = "memo = pledged + called + receivable"

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
    CheckConstraint(_ADDS_UP, name="adds_up"),
    CheckConstraint(_MEMO_ADDS_UP, name="memo_adds_up"),
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
    Column("case", String(40), nullable=False),
    Column("fund", String(40), ForeignKey("fund.id"), nullable=False),
    Column("reservation", String(200), nullable=False, index=True),
    Column("resolves", String(200), unique=True),
    Column("debit", String(20), nullable=False),
    Column("credit", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
    Index("ix_transfer_case", "case", "record", "key"),
    Index("ix_transfer_fund", "fund", "record", "key"),
    Index("ix_transfer_record", "record", "key"),
)
"""``resolves`` is the transfer that this one resolves or corrects: unique, so that happens once.
``record`` is the decision behind it. It moves the level ``fund`` and all above it; what a part may
use (ALLOT, MOVE_OUT, MOVE_IN, SUPPLEMENT, CUT) moves that level only."""

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
    Index("ix_waitlist_ahead", "fund", "state", "rank", "amount"),
)
"""Reservations that did not fit. Whose turn it is goes by ``rank``, then by ``record``, the number
of the wish on record; ``told_at`` is when the case heard of its offer."""

reservation_total = Table(
    "reservation_total",
    metadata,
    Column("reservation", String(200), primary_key=True),
    Column("fund", String(40), ForeignKey("fund.id"), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("record", BigInteger, nullable=False, index=True),
    *(Column(account, BigInteger, nullable=False, default=0) for account in Account),
    CheckConstraint(_ADDS_UP, name="adds_up"),
    CheckConstraint(_MEMO_ADDS_UP, name="memo_adds_up"),
    CheckConstraint(
        " AND ".join(f"{a} >= 0" for a in Account if a not in (Account.AVAILABLE, Account.PAID_IN)),
        name="no_overdraft",
    ),
    CheckConstraint("returned <= disbursed", name="returned_once"),
    Index("ix_reservation_total_open", "fund", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
"""Running totals: what the transfers of one reservation (or account of an investor) at one level come to,
``record`` being the newest of them. What is taken from the level is below zero in ``available``; what is
moved to another part, in ``paid_in``."""

case_total = Table(
    "case_total",
    metadata,
    Column("fund", String(40), ForeignKey("fund.id"), primary_key=True),
    Column("case", String(40), primary_key=True, index=True),
    Column("groups", Text, nullable=False),
    Column("held", BigInteger, nullable=False),
    CheckConstraint("held >= 0", name="no_overdraft"),
)
"""Running totals: what a case holds at a level that has portfolio rules, the levels below it included.
``groups`` is the JSON list of the groups that it counts for."""

group_total = Table(
    "group_total",
    metadata,
    Column("fund", String(40), ForeignKey("fund.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("held", BigInteger, nullable=False),
    CheckConstraint("held >= 0", name="no_overdraft"),
)
"""Running totals: what the cases of one group (a country, those without a national firm) hold at a level."""

proof_checkpoint = Table(
    "proof_checkpoint",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("record", BigInteger, nullable=False),
    Column("begun_at", Instant, nullable=False),
)
"""How far the proof of the books has come: every transfer up to ``record`` is proved. ``begun_at`` is when it
last began with the first."""
