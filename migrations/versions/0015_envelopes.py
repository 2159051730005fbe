"""Envelopes: each counts once, whatever run it comes to; whether an actor had proved who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SIGNED = sa.text("nonce IS NOT NULL")
_SELF_DECLARED = {"sqlite": "attested IS 0", "postgresql": "attested IS false"}


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    with op.batch_alter_table("access_token") as table:
        table.add_column(
            sa.Column("record", sa.BigInteger, sa.ForeignKey("record.seq", name="fk_access_token_record"))
        )
    op.add_column("record", sa.Column("nonce", sa.String(32)))
    op.add_column("record", sa.Column("attested", sa.Boolean))
    _fill_on_postgresql() if kind == "postgresql" else _fill_on_sqlite()
    op.create_index("ix_record_nonce", "record", ["nonce"], **_where(_SIGNED))
    op.create_index("ix_record_self_declared", "record", ["seq"], **_where(sa.text(_SELF_DECLARED[kind])))


def _where(which: sa.TextClause) -> dict[str, sa.TextClause]:
    return {"sqlite_where": which, "postgresql_where": which}


def _fill_on_sqlite() -> None:
    op.execute("DROP TRIGGER record_no_update")
    op.execute("UPDATE record SET attested = json_extract(payload, '$.attested')")
    op.execute(
        "CREATE TRIGGER record_no_update BEFORE UPDATE ON record "
        "BEGIN SELECT RAISE(ABORT, 'record is append-only'); END"
    )


def _fill_on_postgresql() -> None:
    op.execute("ALTER TABLE record DISABLE TRIGGER record_append_only")
    op.execute("UPDATE record SET attested = (payload::jsonb->>'attested')::boolean")
    op.execute("ALTER TABLE record ENABLE TRIGGER record_append_only")


def downgrade() -> None:
    for name in ("ix_record_self_declared", "ix_record_nonce"):
        op.drop_index(name, "record")
    for name in ("attested", "nonce"):
        op.drop_column("record", name)
    with op.batch_alter_table("access_token") as table:
        table.drop_constraint("fk_access_token_record", type_="foreignkey")
        table.drop_column("record")
