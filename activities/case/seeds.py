"""What entries are judged by, or change, and what no entry makes: it is copied as it is stored."""

from sqlalchemy import Connection, Select, func, insert, select

from activities.case.finding import SIZE
from models.tables import metadata
from models.tables.payment import statement, statement_line
from models.tables.record import record
from models.tables.training import nominee

_BEGINS = statement.c.fund + ":statement:" + func.substr(statement.c.sha256, 1, 24)
_SAYS_SO = (
    record.c.seq == statement.c.record,
    record.c.case == statement.c.fund,
    record.c.rule.is_(None),
    func.substr(record.c.key, 1, func.length(_BEGINS)) == _BEGINS,
    record.c.payload.not_like('%"keeps-statement"%'),
)
_OF_BEFORE = select(statement.c.sha256).where(select(record.c.seq).where(*_SAYS_SO).exists())
"""Statements of which an entry speaks that was written before statements were effects. No other is copied:
whoever puts a row there by hand has no such entry.
"""

SEEDS: tuple[Select[tuple[object, ...]], ...] = (
    select(nominee),
    select(statement).where(statement.c.sha256.in_(_OF_BEFORE)),
    select(statement_line).where(statement_line.c.statement.in_(_OF_BEFORE)),
)
"""Names of officials are in no record; who is enrolled is, by a number."""


def sow(stored: Connection, copy: Connection) -> None:
    """Copy them."""
    for wanted in SEEDS:
        (table,) = {column.table.name for column in wanted.selected_columns}
        rows = stored.execute(wanted, execution_options={"yield_per": SIZE})
        for part in rows.mappings().partitions():
            with copy.begin():
                copy.execute(insert(metadata.tables[table]), [dict(row) for row in part])
