"""What waits for a second person, of any kind; people, organisations and roles that have ended."""

import sqlalchemy as sa
from alembic import op

from models.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NEW = (
    ("organisation", "account_at"),
    ("organisation", "ended_at"),
    ("person", "ended_at"),
    ("holding", "ended_at"),
)
"""Columns of instants; empty in everything that was there before."""


def upgrade() -> None:
    _requests("request", of="fund_request")
    for table, column in NEW:
        op.add_column(table, sa.Column(column, Instant))


def downgrade() -> None:
    for table, column in NEW:
        op.drop_column(table, column)
    _requests("fund_request", of="request")


def _requests(name: str, of: str) -> None:
    """The same table under another name, with what is in it."""
    new = op.create_table(
        name,
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq"), nullable=False),
    )
    old = sa.table(of, sa.column("digest"), sa.column("record"))
    op.execute(sa.insert(new).from_select(["digest", "record"], sa.select(old.c.digest, old.c.record)))
    op.drop_table(of)
