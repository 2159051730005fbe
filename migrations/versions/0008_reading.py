"""Indexes by which lists are read in pages: what a list is chosen by, then the order that it is in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDERED = {
    "record": {"case": ("case", "seq"), "actor": ("actor", "seq")},
    "payment": {"state": ("state", "key")},
    "case": {name: (name, "id") for name in ("country", "programme", "stage", "status")},
}
"""Indexes of one column before; now with the order behind it."""
NEW = {
    "record": {"stage": ("stage", "seq"), "at": ("at", "seq")},
    "notice": {"created": ("created_at", "key")},
    "delegation": {"record": ("record",)},
}
FEW = (
    ("ix_record_refused", "record", ("seq",), "rule IS NOT NULL"),
    ("ix_record_override", "record", ("seq",), "action >= 'overrid' AND action < 'overrie'"),
    ("ix_gate_open", "gate", ("due_at", "id"), "closed_at IS NULL"),
    ("ix_gate_open_of", "gate", ("workflow_id",), "closed_at IS NULL"),
    ("ix_notice_due", "notice", ("due_at",), "status = 'pending'"),
    ("ix_notice_pending", "notice", ("created_at", "key"), "status = 'pending'"),
    ("ix_notice_status", "notice", ("status", "created_at", "key"), "status != 'pending'"),
)
"""Indexes of a few rows among many."""
GONE = (("gate", "closed_at"), ("notice", "status"), ("seat", "role"), ("seat", "person"))


def upgrade() -> None:
    for table, column in GONE:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table, indexes in ORDERED.items():
        for name, columns in indexes.items():
            op.drop_index(op.f(f"ix_{table}_{name}"), table)
            op.create_index(op.f(f"ix_{table}_{name}"), table, list(columns))
    for table, indexes in NEW.items():
        for name, columns in indexes.items():
            op.create_index(op.f(f"ix_{table}_{name}"), table, list(columns))
    for name, table, columns, where in FEW:
        only = sa.text(where)
        op.create_index(name, table, list(columns), sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, table, _, _ in FEW:
        op.drop_index(name, table)
    for table, indexes in NEW.items():
        for name in indexes:
            op.drop_index(op.f(f"ix_{table}_{name}"), table)
    for table, indexes in ORDERED.items():
        for name in indexes:
            op.drop_index(op.f(f"ix_{table}_{name}"), table)
            op.create_index(op.f(f"ix_{table}_{name}"), table, [name])
    for table, column in GONE:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
