"""Of which organisations those are who are asked at a gate by their roles; NULL, as before: of any."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gate", sa.Column("organisations", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("gate", "organisations")
