"""Funds of funds: one table for every level, with an account for each column; the waiting list.

There is no release yet, so no ledger to carry over: one with transfers is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ACCOUNTS = (
    *("paid_in", "returned", "exchanged_in", "memo", "pledged", "called", "receivable"),
    *("available", "reserved", "committed", "ordered", "disbursed", "exchanged_out"),
)
BALANCED = (
    "paid_in + returned + exchanged_in"
    " = available + reserved + committed + ordered + disbursed + exchanged_out"
)


def upgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT count(*) FROM transfer")).scalar():
        raise RuntimeError(
            "a ledger from before the first release cannot be carried over: start with an empty home"
        )
    op.drop_table("transfer")
    op.drop_table("sleeve")
    op.drop_table("fund")
    op.create_table(
        "fund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("root", sa.String(length=40), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("managers", sa.Text(), nullable=True),
        sa.Column("limits", sa.Text(), nullable=True),
        sa.Column("frozen", sa.Text(), nullable=True),
        *(sa.Column(account, sa.BigInteger(), nullable=False) for account in ACCOUNTS),
        sa.CheckConstraint(BALANCED, name=op.f("ck_fund_adds_up")),
        sa.CheckConstraint("memo = pledged + called + receivable", name=op.f("ck_fund_memo_adds_up")),
        sa.CheckConstraint(
            " AND ".join(f"{account} >= 0" for account in ACCOUNTS), name=op.f("ck_fund_no_overdraft")
        ),
        sa.CheckConstraint("paid_in + exchanged_in <= cap", name=op.f("ck_fund_capped")),
        sa.ForeignKeyConstraint(["parent"], ["fund.id"], name=op.f("fk_fund_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )
    op.create_index(op.f("ix_fund_root"), "fund", ["root"])
    _transfer("fund")
    op.create_index(op.f("ix_transfer_record"), "transfer", ["record"])
    op.create_table(
        "waitlist",
        sa.Column("reservation", sa.String(length=200), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=200), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_waitlist_fund")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_waitlist_record")),
        sa.PrimaryKeyConstraint("reservation", name=op.f("pk_waitlist")),
    )
    op.create_index(op.f("ix_waitlist_case"), "waitlist", ["case"])
    op.create_index("ix_waitlist_turn", "waitlist", ["state", "rank", "record"])
    firm = sa.Column("national_firm", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("partnership", firm)
    op.add_column("organisation", sa.Column("account", sa.String(length=34), nullable=True))
    op.create_table(
        "payment",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=200), nullable=False),
        sa.Column("gate", sa.String(length=120), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("reservation", sa.String(length=200), nullable=False),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("invoice", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("statement", sa.String(length=200), nullable=True),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_payment_fund")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_payment_record")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_case"), "payment", ["case"])
    op.create_index(op.f("ix_payment_state"), "payment", ["state"])
    op.create_table(
        "statement",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=140), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_statement_fund")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_statement_record")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_statement")),
        sa.UniqueConstraint("fund", "id", name="uq_statement_id"),
    )
    op.create_table(
        "dispatch",
        sa.Column("instruction", sa.String(length=140), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payment", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["payment"], ["payment.key"], name=op.f("fk_dispatch_payment")),
        sa.PrimaryKeyConstraint("instruction", "attempt", name=op.f("pk_dispatch")),
    )


def _transfer(level: str) -> None:
    """The transfers, of levels of a fund or, before, of its sleeves; append-only."""
    op.create_table(
        "transfer",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column(level, sa.String(length=40), nullable=False),
        sa.Column("reservation", sa.String(length=200), nullable=False),
        sa.Column("resolves", sa.String(length=200), nullable=True),
        sa.Column("debit", sa.String(length=20), nullable=False),
        sa.Column("credit", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_positive")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_transfer_record")),
        sa.ForeignKeyConstraint([level], [f"{level}.id"], name=op.f(f"fk_transfer_{level}")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_transfer")),
        sa.UniqueConstraint("resolves", name=op.f("uq_transfer_resolves")),
    )
    for column in ("case", "reservation", level):
        op.create_index(op.f(f"ix_transfer_{column}"), "transfer", [column])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER transfer_no_{verb.lower()} BEFORE {verb} ON transfer "
            "BEGIN SELECT RAISE(ABORT, 'transfer is append-only'); END"
        )


def downgrade() -> None:
    op.drop_table("dispatch")
    op.drop_table("statement")
    op.drop_table("payment")
    op.drop_column("organisation", "account")
    op.drop_column("partnership", "national_firm")
    op.drop_table("waitlist")
    op.drop_table("transfer")
    op.drop_table("fund")
    op.create_table(
        "fund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )
    op.create_table(
        "sleeve",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("cap", *_BEFORE)),
        sa.CheckConstraint(
            "available + reserved + committed + disbursed = cap", name=op.f("ck_sleeve_adds_up")
        ),
        sa.CheckConstraint(
            "available >= 0 AND reserved >= 0 AND committed >= 0 AND disbursed >= 0",
            name=op.f("ck_sleeve_no_overdraft"),
        ),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_sleeve_fund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sleeve")),
    )
    op.create_index(op.f("ix_sleeve_fund"), "sleeve", ["fund"])
    _transfer("sleeve")


_BEFORE = ("available", "reserved", "committed", "disbursed")
