"""What the bank was handed, written down with each attempt; the lines of its statements."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SENT = (("amount", sa.BigInteger()), ("currency", sa.String(3)), ("account", sa.String(64)))
"""What of a payment was sent: the digest of the account is not known of those that were sent before."""


def upgrade() -> None:
    for name, kind in SENT:
        op.add_column("dispatch", sa.Column(name, kind, nullable=True))
    _number_statements()
    _keep_lines()
    op.execute(
        "UPDATE dispatch SET "
        "amount = (SELECT payment.amount FROM payment WHERE payment.key = dispatch.payment), "
        "currency = (SELECT payment.currency FROM payment WHERE payment.key = dispatch.payment)"
    )


def _number_statements() -> None:
    """A number counts for its account."""
    with op.batch_alter_table("statement") as table:
        table.add_column(sa.Column("account", sa.String(140), nullable=False, server_default=""))
        table.drop_constraint("uq_statement_id", type_="unique")
        table.create_unique_constraint("uq_statement_number", ["fund", "account", "id"])


def _keep_lines() -> None:
    op.create_table(
        "statement_line",
        sa.Column("statement", sa.String(64), sa.ForeignKey("statement.sha256"), primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("account", sa.String(140), nullable=False),
        sa.Column("number", sa.String(140), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("end_to_end_id", sa.String(140), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("back", sa.Boolean, nullable=False),
        sa.Column("booked", sa.Date, nullable=False),
        sa.Column("result", sa.String(30)),
        sa.Column("payment", sa.String(120), sa.ForeignKey("payment.key")),
        sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq")),
    )
    for column in ("end_to_end_id", "payment"):
        op.create_index(op.f(f"ix_statement_line_{column}"), "statement_line", [column])


def downgrade() -> None:
    op.drop_table("statement_line")
    with op.batch_alter_table("statement") as table:
        table.drop_constraint("uq_statement_number", type_="unique")
        table.drop_column("account")
        table.create_unique_constraint("uq_statement_id", ["fund", "id"])
    for name, _ in SENT:
        op.drop_column("dispatch", name)
