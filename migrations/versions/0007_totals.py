"""Running totals beside the transfers, filled from them; what one person asked for; how far the proof is."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACCOUNTS = (
    *("paid_in", "returned", "exchanged_in", "memo", "pledged", "called", "receivable"),
    *("available", "reserved", "committed", "ordered", "disbursed", "exchanged_out"),
)
EFFECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "paid_in": (("allot", "move_in", "pay_in"), ("move_out",)),
    "returned": (("return",), ()),
    "exchanged_in": (("buy",), ()),
    "memo": (("pledge", "claim"), ("draw", "settle")),
    "pledged": (("pledge",), ("call",)),
    "called": (("call",), ("draw",)),
    "receivable": (("claim",), ("settle",)),
    "available": (
        ("allot", "move_in", "pay_in", "void", "expire", "decommit", "return", "buy"),
        ("move_out", "pending", "sell"),
    ),
    "reserved": (("pending",), ("post", "void", "expire")),
    "committed": (("post", "cancel", "bounce"), ("decommit", "order")),
    "ordered": (("order",), ("pay", "cancel")),
    "disbursed": (("pay",), ("bounce",)),
    "exchanged_out": (("sell",), ()),
}
"""Which kinds of transfer make each account more, and which less."""
PROJECTS = """
SELECT p."case", c.country, p.national_firm FROM partnership AS p JOIN "case" AS c ON c.id = p."case"
"""
"""What portfolio rules ask of each case."""
HOLDING = """
SELECT fund, "case", sum(reserved + committed + ordered + disbursed) AS held FROM reservation_total
GROUP BY fund, "case" HAVING sum(reserved + committed + ordered + disbursed) > 0
"""
FUND_ENTRIES = """
SELECT seq, action, payload FROM record WHERE rule IS NULL AND workflow_id LIKE 'fund/%' ORDER BY seq
"""
BALANCED = (
    "paid_in + returned + exchanged_in"
    " = available + reserved + committed + ordered + disbursed + exchanged_out"
)


def upgrade() -> None:
    _create()
    op.create_index("ix_waitlist_ahead", "waitlist", ["fund", "state", "rank", "amount"])
    _fill_reservations()
    _fill_portfolios()
    _fill_requests()


def _create() -> None:
    op.create_table(
        "reservation_total",
        sa.Column("reservation", sa.String(length=200), nullable=False),
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        *(sa.Column(account, sa.BigInteger(), nullable=False) for account in ACCOUNTS),
        sa.CheckConstraint(BALANCED, name=op.f("ck_reservation_total_adds_up")),
        sa.CheckConstraint(
            "memo = pledged + called + receivable", name=op.f("ck_reservation_total_memo_adds_up")
        ),
        sa.CheckConstraint(
            " AND ".join(f"{name} >= 0" for name in ACCOUNTS if name not in ("available", "paid_in")),
            name=op.f("ck_reservation_total_no_overdraft"),
        ),
        sa.CheckConstraint("returned <= disbursed", name=op.f("ck_reservation_total_returned_once")),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_reservation_total_fund")),
        sa.PrimaryKeyConstraint("reservation", "fund", name=op.f("pk_reservation_total")),
    )
    for column in ("case", "record"):
        op.create_index(op.f(f"ix_reservation_total_{column}"), "reservation_total", [column])
    op.create_index(
        "ix_reservation_total_open",
        "reservation_total",
        ["fund"],
        sqlite_where=sa.text("committed > 0"),
        postgresql_where=sa.text("committed > 0"),
    )
    op.create_table(
        "case_total",
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("case", sa.String(length=40), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0", name=op.f("ck_case_total_no_overdraft")),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_case_total_fund")),
        sa.PrimaryKeyConstraint("fund", "case", name=op.f("pk_case_total")),
    )
    op.create_index(op.f("ix_case_total_case"), "case_total", ["case"])
    op.create_table(
        "group_total",
        sa.Column("fund", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0", name=op.f("ck_group_total_no_overdraft")),
        sa.ForeignKeyConstraint(["fund"], ["fund.id"], name=op.f("fk_group_total_fund")),
        sa.PrimaryKeyConstraint("fund", "name", name=op.f("pk_group_total")),
    )
    op.create_table(
        "fund_request",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.seq"], name=op.f("fk_fund_request_record")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_fund_request")),
    )
    op.create_table(
        "proof_checkpoint",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_proof_checkpoint")),
    )


def _fill_reservations() -> None:
    """One row for each reservation and level, added up by the database; its case is that of the first."""
    columns = ("reservation", "fund", "case", "record", "kind", "amount")
    moved = sa.table("transfer", *map(sa.column, columns))
    of, record = (moved.c.reservation, moved.c.fund), moved.c.record
    sums = [sa.func.sum(_signed(moved, *EFFECTS[account])).label(account) for account in ACCOUNTS]
    ends = (sa.func.min(record).label("first"), sa.func.max(record).label("record"))
    life = sa.select(*of, *ends, *sums).group_by(*of).subquery()
    whose = moved.alias("whose")
    case = (  # not by fund, too: SQLite could take the index of that, and read all of it every time
        sa.select(sa.func.min(whose.c.case))
        .where(whose.c.record == life.c.first, whose.c.reservation == life.c.reservation)
        .scalar_subquery()
    )
    names = ["reservation", "fund", "case", "record", *ACCOUNTS]
    filled = sa.select(*(case if name == "case" else life.c[name] for name in names))
    op.execute(sa.insert(sa.table("reservation_total", *map(sa.column, names))).from_select(names, filled))


def _signed(moved: sa.TableClause, more: tuple[str, ...], less: tuple[str, ...]) -> sa.Case[int]:
    """By how much a transfer changes an account."""
    whens = [(moved.c.kind.in_(more), moved.c.amount), (moved.c.kind.in_(less), -moved.c.amount)]
    return sa.case(*whens, else_=0)


def _fill_portfolios() -> None:
    """What cases, and groups of cases, hold at each level that has portfolio rules."""
    connection = op.get_bind()
    levels = {row.id: row for row in connection.execute(sa.text("SELECT id, parent, limits FROM fund"))}
    held: dict[tuple[str, str], int] = {}
    for row in connection.execute(sa.text(HOLDING)):
        at = row.fund
        while at:
            if levels[at].limits:
                held[at, row.case] = held.get((at, row.case), 0) + int(row.held)
            at = levels[at].parent
    if not held:
        return
    groups = {row.case: _groups(row) for row in connection.execute(sa.text(PROJECTS))}
    of_group: dict[tuple[str, str], int] = {}
    cases = []
    for (at, case), minor in held.items():
        mine = groups.get(case, [])
        cases.append({"fund": at, "case": case, "groups": json.dumps(mine), "held": minor})
        for name in mine:
            of_group[at, name] = of_group.get((at, name), 0) + minor
    columns = (sa.column("fund"), sa.column("case"), sa.column("groups"), sa.column("held"))
    connection.execute(sa.insert(sa.table("case_total", *columns)), cases)
    columns = (sa.column("fund"), sa.column("name"), sa.column("held"))
    rows = [{"fund": at, "name": name, "held": minor} for (at, name), minor in of_group.items()]
    if rows:
        connection.execute(sa.insert(sa.table("group_total", *columns)), rows)


def _groups(row: Any) -> list[str]:
    """The groups of projects that a case counts for."""
    return [f"country {row.country}", *([] if row.national_firm else ["without a national firm"])]


def _fill_requests() -> None:
    """What one person has asked for and no second has confirmed: the newest entry about it is the asking."""
    connection = op.get_bind()
    open_: dict[str, int] = {}
    for row in connection.execute(sa.text(FUND_ENTRIES)):
        order = json.loads(row.payload).get("facts", {}).get("order")
        if order is None:
            continue
        canonical = json.dumps(order, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        if row.action.endswith(" asked for"):
            open_[digest] = row.seq
        else:
            open_.pop(digest, None)
    table = sa.table("fund_request", sa.column("digest"), sa.column("record"))
    if open_:
        connection.execute(sa.insert(table), [{"digest": d, "record": seq} for d, seq in open_.items()])


def downgrade() -> None:
    op.drop_index("ix_waitlist_ahead", "waitlist")
    for table in ("proof_checkpoint", "fund_request", "group_total", "case_total", "reservation_total"):
        op.drop_table(table)
