"""Which trace a letter belongs to, where traces are kept; NULL: none, as before."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("trace", sa.String(100), nullable=True))


def downgrade() -> None:
    op.drop_column("notice", "trace")
