"""The first schema. The record and the transfers are append-only: triggers refuse anything else."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("record", "transfer", "delivery")


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_document")),
    )
    op.create_table(
        "fund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )
    op.create_table(
        "gate",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("panel", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
    )
    op.create_index(op.f("ix_gate_case"), "gate", ["case"], unique=False)
    op.create_index(op.f("ix_gate_closed_at"), "gate", ["closed_at"], unique=False)

    op.create_table(
        "partnership",
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("area", sa.String(length=30), nullable=True),
        sa.Column("applicant", sa.String(length=200), nullable=False),
        sa.Column("proposer", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=20), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_partnership")),
    )
    op.create_index(op.f("ix_partnership_country"), "partnership", ["country"], unique=False)
    op.create_index(op.f("ix_partnership_programme"), "partnership", ["programme"], unique=False)
    op.create_index(op.f("ix_partnership_stage"), "partnership", ["stage"], unique=False)
    op.create_index(op.f("ix_partnership_status"), "partnership", ["status"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "programme",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_programme")),
    )
    op.create_index(op.f("ix_programme_id"), "programme", ["id"], unique=False)

    op.create_table(
        "record",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("workflow_id", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=True),
        sa.Column("after", sa.String(length=40), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_record")),
        sa.UniqueConstraint("key", name=op.f("uq_record_key")),
    )
    op.create_index(op.f("ix_record_actor"), "record", ["actor"], unique=False)
    op.create_index(op.f("ix_record_case"), "record", ["case"], unique=False)

    op.create_table(
        "notice",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_notice_person")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_notice_record")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_case"), "notice", ["case"], unique=False)
    op.create_index(op.f("ix_notice_status"), "notice", ["status"], unique=False)

    op.create_table(
        "person_role",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_person_role_person")),
        sa.PrimaryKeyConstraint("person", "role", name=op.f("pk_person_role")),
    )
    op.create_index(op.f("ix_person_role_role"), "person_role", ["role"], unique=False)

    op.create_table(
        "seat",
        sa.Column("gate", sa.String(length=120), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["gate"], ["gate.id"], name=op.f("fk_seat_gate")),
        sa.PrimaryKeyConstraint("gate", "person", name=op.f("pk_seat")),
    )
    op.create_table(
        "sleeve",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("disbursed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "available + reserved + committed + disbursed = cap",
            name=op.f("ck_sleeve_adds_up"),
        ),
        sa.CheckConstraint(
            "available >= 0 AND reserved >= 0 AND committed >= 0 AND disbursed >= 0",
            name=op.f("ck_sleeve_no_overdraft"),
        ),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_sleeve_fund")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sleeve")),
    )
    op.create_index(op.f("ix_sleeve_fund"), "sleeve", ["fund"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("notice", sa.String(length=300), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notice.key"], name=op.f("fk_delivery_notice")),
        sa.PrimaryKeyConstraint("notice", "attempt", name=op.f("pk_delivery")),
    )
    op.create_table(
        "transfer",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("sleeve", sa.String(length=40), nullable=False),
        sa.Column("reservation", sa.String(length=200), nullable=False),
        sa.Column("resolves", sa.String(length=200), nullable=True),
        sa.Column("debit", sa.String(length=20), nullable=False),
        sa.Column("credit", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_positive")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_transfer_record")),
        sa.ForeignKeyConstraint(["sleeve"], ["sleeve.id"], name=op.f("fk_transfer_sleeve")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_transfer")),
        sa.UniqueConstraint("resolves", name=op.f("uq_transfer_resolves")),
    )
    op.create_index(op.f("ix_transfer_case"), "transfer", ["case"], unique=False)
    op.create_index(op.f("ix_transfer_reservation"), "transfer", ["reservation"], unique=False)
    op.create_index(op.f("ix_transfer_sleeve"), "transfer", ["sleeve"], unique=False)

    op.execute("INSERT INTO counter (name, value) VALUES ('record', 0)")
    if op.get_bind().dialect.name == "postgresql":
        _protect_on_postgresql()
    else:
        _protect_on_sqlite()


def _protect_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _protect_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_transfer_sleeve"), "transfer")
    op.drop_index(op.f("ix_transfer_reservation"), "transfer")
    op.drop_index(op.f("ix_transfer_case"), "transfer")

    op.drop_table("transfer")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_sleeve_fund"), "sleeve")

    op.drop_table("sleeve")
    op.drop_table("seat")
    op.drop_index(op.f("ix_person_role_role"), "person_role")

    op.drop_table("person_role")
    op.drop_index(op.f("ix_notice_status"), "notice")
    op.drop_index(op.f("ix_notice_case"), "notice")

    op.drop_table("notice")
    op.drop_index(op.f("ix_record_case"), "record")
    op.drop_index(op.f("ix_record_actor"), "record")

    op.drop_table("record")
    op.drop_index(op.f("ix_programme_id"), "programme")

    op.drop_table("programme")
    op.drop_table("person")
    op.drop_index(op.f("ix_partnership_status"), "partnership")
    op.drop_index(op.f("ix_partnership_stage"), "partnership")
    op.drop_index(op.f("ix_partnership_programme"), "partnership")
    op.drop_index(op.f("ix_partnership_country"), "partnership")

    op.drop_table("partnership")
    op.drop_index(op.f("ix_gate_closed_at"), "gate")
    op.drop_index(op.f("ix_gate_case"), "gate")

    op.drop_table("gate")
    op.drop_table("fund")
    op.drop_table("document")
    op.drop_table("counter")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION append_only")
