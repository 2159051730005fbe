"""Training: cohorts, nominees, enrolments, attendance, certificates."""

import sqlalchemy as sa
from alembic import op

from models.tables import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cohort",
        sa.Column("case", sa.String(40), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("institute", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("starts", sa.Date, nullable=False),
        sa.Column("ends", sa.Date, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "nominee",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("latin", sa.String(200), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("position", sa.String(200), nullable=False),
        sa.Column("employer", sa.String(200), nullable=False),
        sa.Column("registered_by", sa.String(64), nullable=False),
        sa.Column("registered_at", Instant, nullable=False),
        sa.UniqueConstraint("country", "identity"),
    )
    op.create_table(
        "enrolment",
        sa.Column("case", sa.String(40), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("nominee", sa.String(20), sa.ForeignKey("nominee.id"), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("authority", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("dossier", sa.String(64), nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("remote", sa.Boolean, nullable=False),
        sa.Column("certificate", sa.String(60)),
        sa.Column("nominations", sa.Integer, nullable=False),
        sa.Column("withdrawals", sa.Integer, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("case", "nominee"),
    )
    op.create_index("ix_enrolment_nominee", "enrolment", ["nominee", "state"])
    op.create_table(
        "attendance",
        sa.Column("case", sa.String(40), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("nominee", sa.String(20), nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("case", "day", "nominee"),
    )
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("case", sa.String(40), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("nominee", sa.String(20), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
    )
    op.create_index(op.f("ix_certificate_case"), "certificate", ["case"])


def downgrade() -> None:
    for name in ("certificate", "attendance", "enrolment", "nominee", "cohort"):
        op.drop_table(name)
