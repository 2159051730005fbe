"""One table of cases, whatever their kind; a partnership keeps what is particular to it. Accepted messages
have a seal, by which the record knows them again.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
MOVED = ("programme", "rules", "title", "country", "stage", "status", "decisions")
MOVED += ("started_at", "updated_at", "closed_at")
INDEXED = ("country", "programme", "stage", "status")

CASE = sa.table(
    "case",
    *(
        sa.column(name)
        for name in (
            *("id", "number", "kind", "parent", "workflow_id", "title", "country", "countries", "parties"),
            *("programme", "version", "rules", "amount", "currency", "stage", "status", "decisions"),
        )
    ),
    *(sa.column(name, INSTANT) for name in ("started_at", "updated_at", "closed_at")),
)


def upgrade() -> None:
    op.add_column("record", sa.Column("seal", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_record_seal"), "record", ["seal"])
    op.create_table(
        "case",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("parent", sa.String(length=120), nullable=True),
        sa.Column("workflow_id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("parties", sa.Text(), nullable=False),
        sa.Column("programme", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    for column in ("number", "parent", "country", "programme", "stage", "status"):
        op.create_index(op.f(f"ix_case_{column}"), "case", [column])
    op.create_index("ix_case_open", "case", ["kind", "closed_at", "number"])
    _fill(op.get_bind())
    for column in INDEXED:
        op.drop_index(op.f(f"ix_partnership_{column}"), "partnership")
    with op.batch_alter_table("partnership") as table:
        for column in MOVED:
            table.drop_column(column)
        table.create_foreign_key(op.f("fk_partnership_case"), "case", ["case"], ["id"])


def _fill(connection: sa.Connection) -> None:
    """Every partnership is a case, and so is every part of one that has written to the record."""
    programmes = {
        row.hash: row for row in connection.execute(sa.text("SELECT hash, version, content FROM programme"))
    }
    old = sa.table(
        "partnership",
        *(sa.column(name) for name in ("case", "applicant", "requested", "currency", *MOVED[:-3])),
        *(sa.column(name, INSTANT) for name in MOVED[-3:]),
    )
    for row in connection.execute(sa.select(old)).mappings().all():
        kept = programmes.get(row["rules"])
        founder = json.loads(kept.content)["founder"] if kept else row["country"]
        case = {name: row[name] for name in MOVED} | {
            "id": row["case"],
            "number": row["case"],
            "kind": "partnership",
            "parent": None,
            "workflow_id": f"partnership/{row['case']}",
            "countries": json.dumps([founder, row["country"]]),
            "parties": json.dumps([row["applicant"]], ensure_ascii=False),
            "version": kept.version if kept else 0,
            "amount": row["requested"],
            "currency": row["currency"],
        }
        connection.execute(sa.insert(CASE), case)
        _fill_parts(connection, case)


def _fill_parts(connection: sa.Connection, case: dict[str, object]) -> None:
    written = sa.text(
        'SELECT workflow_id, max(seq) AS last FROM record WHERE "case" = :of AND workflow_id LIKE :parts'
        " GROUP BY workflow_id"
    )
    parts = {"of": case["id"], "parts": f"partnership/{case['id']}/%"}
    for row in connection.execute(written, parts).all():
        open_gates = connection.scalar(
            sa.text("SELECT count(*) FROM gate WHERE workflow_id = :id AND closed_at IS NULL"),
            {"id": row.workflow_id},
        )
        name = row.workflow_id.removeprefix("partnership/")
        kind = name.partition("/")[2].partition("/")[0].partition("-")[0]
        part = case | {
            "id": name,
            "kind": "acknowledgement" if kind == "report" else kind,
            "parent": case["id"],
            "workflow_id": row.workflow_id,
            "status": "open" if open_gates else "concluded",
            "decisions": 0,
            "closed_at": None if open_gates else case["updated_at"],
        }
        connection.execute(sa.insert(CASE), part)


def downgrade() -> None:
    with op.batch_alter_table("partnership") as table:
        table.drop_constraint(op.f("fk_partnership_case"), type_="foreignkey")
        for name, kind in _OLD.items():
            table.add_column(sa.Column(name, kind, nullable=True))
    connection = op.get_bind()
    for column in MOVED:
        connection.execute(
            sa.text(
                f"UPDATE partnership SET {column} ="  # noqa: S608 - the names are our own
                f' (SELECT c.{column} FROM "case" AS c WHERE c.id = partnership."case")'
            )
        )
    with op.batch_alter_table("partnership") as table:
        for column in MOVED[:-1]:
            table.alter_column(column, existing_type=_OLD[column], nullable=False)
    for column in INDEXED:
        op.create_index(op.f(f"ix_partnership_{column}"), "partnership", [column])
    op.drop_table("case")
    op.drop_index(op.f("ix_record_seal"), "record")
    op.drop_column("record", "seal")


_OLD: dict[str, sa.types.TypeEngine[object]] = {
    "programme": sa.String(length=60),
    "rules": sa.String(length=64),
    "title": sa.String(length=200),
    "country": sa.String(length=2),
    "stage": sa.String(length=20),
    "status": sa.String(length=20),
    "decisions": sa.Integer(),
    "started_at": INSTANT,
    "updated_at": INSTANT,
    "closed_at": INSTANT,
}
