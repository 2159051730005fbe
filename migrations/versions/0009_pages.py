"""Indexes of the journal of money and of what people did: what a page is chosen by, then its order."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ORDERED = {"case": ("case", "record", "key"), "fund": ("fund", "record", "key"), "record": ("record", "key")}
"""Indexes of transfers: of one column before; now with the order behind it."""
_IS_DEED = "act IS NOT NULL AND rule IS NULL"
FEW = (
    ("ix_record_deed", ("actor", "act", "seq", "case"), _IS_DEED),
    (
        "ix_record_deed_for",
        ("on_behalf_of", "act", "seq", "case"),
        f"on_behalf_of IS NOT NULL AND {_IS_DEED}",
    ),
)
"""Indexes of some entries on record, by which these are read without the entries themselves."""


def upgrade() -> None:
    for name, columns in ORDERED.items():
        op.drop_index(op.f(f"ix_transfer_{name}"), "transfer")
        op.create_index(op.f(f"ix_transfer_{name}"), "transfer", list(columns))
    for name, columns, where in FEW:
        only = sa.text(where)
        op.create_index(name, "record", list(columns), sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, _, _ in FEW:
        op.drop_index(name, "record")
    for name in ORDERED:
        op.drop_index(op.f(f"ix_transfer_{name}"), "transfer")
        op.create_index(op.f(f"ix_transfer_{name}"), "transfer", [name])
