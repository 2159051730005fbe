"""The archive: histories of workflows, kept where the record is."""

import sqlalchemy as sa
from alembic import op

from models.tables import Instant

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archived_run",
        sa.Column("workflow_id", sa.String(200), primary_key=True),
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("case", sa.String(40), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq"), nullable=False),
    )
    op.create_index(op.f("ix_archived_run_case"), "archived_run", ["case"])
    goes_on = sa.column("ended").is_(False)
    op.create_index(
        "ix_archived_run_goes_on",
        "archived_run",
        ["workflow_id"],
        sqlite_where=goes_on,
        postgresql_where=goes_on,
    )
    op.create_table(
        "archived_history",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("archived_history")
    op.drop_table("archived_run")
