"""Organisations, roles held for a time, delegations, declarations of interest, and what an actor did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("sector", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.add_column("person", sa.Column("subject", sa.String(length=200), nullable=True))
    op.create_index(op.f("ix_person_subject"), "person", ["subject"])
    op.add_column("record", sa.Column("act", sa.String(length=20), nullable=True))
    _terms("holding", sa.Column("role", sa.String(length=40), nullable=False))
    op.create_index(op.f("ix_holding_role"), "holding", ["role"])
    op.execute(
        "INSERT INTO holding (person, number, role) "
        "SELECT person, row_number() OVER (PARTITION BY person ORDER BY role) - 1, role FROM person_role"
    )
    op.drop_index(op.f("ix_person_role_role"), "person_role")
    op.drop_table("person_role")
    _terms("post", sa.Column("organisation", sa.String(length=64), nullable=False))
    _delegations()
    _declarations()
    _tokens()


def _terms(table: str, column: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        column,
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f(f"fk_{table}_person")),
        sa.PrimaryKeyConstraint("person", "number", name=op.f(f"pk_{table}")),
    )


def _delegations() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("giver", sa.String(length=64), nullable=False),
        sa.Column("taker", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("ceiling", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("instrument", sa.String(length=200), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["giver"], ["person.id"], name=op.f("fk_delegation_giver")),
        sa.ForeignKeyConstraint(["taker"], ["person.id"], name=op.f("fk_delegation_taker")),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_delegation_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_giver"), "delegation", ["giver"])
    op.create_index(op.f("ix_delegation_taker"), "delegation", ["taker"])


def _declarations() -> None:
    op.create_table(
        "declaration",
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("conflict", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_declaration_record")),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_declaration")),
    )
    op.create_index(op.f("ix_declaration_case"), "declaration", ["case"])


def _tokens() -> None:
    op.create_table(
        "access_token",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_access_token_person")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_access_token")),
    )
    op.create_index(op.f("ix_access_token_person"), "access_token", ["person"])


def downgrade() -> None:
    op.drop_index(op.f("ix_access_token_person"), "access_token")
    op.drop_table("access_token")
    op.drop_index(op.f("ix_declaration_case"), "declaration")
    op.drop_table("declaration")
    op.drop_index(op.f("ix_delegation_taker"), "delegation")
    op.drop_index(op.f("ix_delegation_giver"), "delegation")
    op.drop_table("delegation")
    op.drop_table("post")
    op.create_table(
        "person_role",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_person_role_person")),
        sa.PrimaryKeyConstraint("person", "role", name=op.f("pk_person_role")),
    )
    op.create_index(op.f("ix_person_role_role"), "person_role", ["role"])
    op.execute("INSERT INTO person_role (person, role) SELECT DISTINCT person, role FROM holding")
    op.drop_index(op.f("ix_holding_role"), "holding")
    op.drop_table("holding")
    op.drop_column("record", "act")
    op.drop_index(op.f("ix_person_subject"), "person")
    op.drop_column("person", "subject")
    op.drop_table("organisation")
