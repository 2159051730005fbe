"""Seats by role, claims on a gate, attested and acting delegations, roles that exclude each other."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("attested", "acting"):
        added = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("delegation", added)
    op.add_column("gate", sa.Column("claims", sa.Text(), nullable=True))
    op.create_table(
        "exclusion",
        sa.Column("one", sa.String(length=40), nullable=False),
        sa.Column("other", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_exclusion")),
    )
    role = sa.Column("role", sa.String(length=40), nullable=False)
    kept = "INSERT INTO seat SELECT gate, '', person, since FROM old_seat"
    _seats(role, key=("gate", "role", "person"), kept=kept)
    op.create_index(op.f("ix_seat_role"), "seat", ["role"])
    op.create_index(op.f("ix_seat_person"), "seat", ["person"])


def _seats(*role: sa.Column[str], key: tuple[str, ...], kept: str) -> None:
    op.execute("CREATE TABLE old_seat AS SELECT * FROM seat")
    op.drop_table("seat")
    op.create_table(
        "seat",
        sa.Column("gate", sa.String(length=120), nullable=False),
        *role,
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["gate"], ["gate.id"], name=op.f("fk_seat_gate")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_seat")),
    )
    op.execute(kept)
    op.drop_table("old_seat")


def downgrade() -> None:
    op.drop_index(op.f("ix_seat_person"), "seat")
    op.drop_index(op.f("ix_seat_role"), "seat")
    op.execute("DELETE FROM seat WHERE person = ''")
    _seats(key=("gate", "person"), kept="INSERT INTO seat SELECT gate, person, since FROM old_seat")
    op.drop_table("exclusion")
    op.drop_column("gate", "claims")
    for name in ("acting", "attested"):
        op.drop_column("delegation", name)
