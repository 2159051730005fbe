"""Envelopes: each counts once, whichever run of a case it comes to."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0011"
branch_labels = None
depends_on = None

_SIGNED = sa.text("nonce IS NOT NULL")


def upgrade() -> None:
    op.add_column("record", sa.Column("nonce", sa.String(32)))
    op.create_index("ix_record_nonce", "record", ["nonce"], sqlite_where=_SIGNED, postgresql_where=_SIGNED)


def downgrade() -> None:
    op.drop_index("ix_record_nonce", "record")
    op.drop_column("record", "nonce")
