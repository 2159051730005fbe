"""What the bank was handed, written down with each attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

SENT = (("amount", sa.BigInteger()), ("currency", sa.String(3)), ("account", sa.String(64)))
"""What of a payment was sent: the digest of the account is not known of those that were sent before."""


def upgrade() -> None:
    for name, kind in SENT:
        op.add_column("dispatch", sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE dispatch SET "
        "amount = (SELECT payment.amount FROM payment WHERE payment.key = dispatch.payment), "
        "currency = (SELECT payment.currency FROM payment WHERE payment.key = dispatch.payment)"
    )


def downgrade() -> None:
    for name, _ in SENT:
        op.drop_column("dispatch", name)
