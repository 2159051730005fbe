"""Working and non-working days beside the holidays by law, and who is to be told of them."""

import sqlalchemy as sa
from alembic import op

from models.tables import Instant

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("country", sa.String(2), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("working", sa.Boolean, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq"), nullable=False),
    )
    op.create_table(
        "calendar_nudge",
        sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq"), primary_key=True),
        sa.Column("workflow_id", sa.String(200), primary_key=True),
        sa.Column("told_at", Instant),
    )


def downgrade() -> None:
    op.drop_table("calendar_nudge")
    op.drop_table("calendar_day")
