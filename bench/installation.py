"""An installation with many cases, made in bulk: real cases, copied by SQL under new numbers at other times.
`python -m bench.installation FOLDER CASES`.

SQLite only. Indexes are dropped first and made again afterwards, and the schema goes up to its newest version
at the end, as it would at an update with all that data in it.
"""

import logging
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from activities.money.nightly_proof import Proofs
from adapters.database import connect, migrate, unmigrate
from bench.templates import Template, carry_templates
from runtime import logs

_COPIED_AT = "0006"
"""The version of the schema at which rows are copied; later ones fill their tables from them."""
_FAST = ("journal_mode=MEMORY", "foreign_keys=OFF", "synchronous=OFF", "cache_size=-500000")
_OPEN = (Template.REVIEW, Template.STUDY)
_OVER = (*(Template.WHOLE,) * 4, *(Template.WITHDRAWN,) * 3, *(Template.LEFT,) * 2)
_SHARE_OPEN = 0.1
"""Of the cases, the newest."""
_YEARS = 5
_COUNTRIES = "VNTHPHMYIDKHLAMMSGBN"
_OVERRIDES = 500
"""One vote to approve of so many cases withdrawn in the study is made an overridden panel."""

_NUMBER = "replace({column}, t.template, b.number)"
_SEQ = "b.base + t.rank"
_LATER = "strftime('%Y-%m-%d %H:%M:%f', {column}, b.later) || '000'"
_TABLES: dict[str, tuple[str, ...]] = {
    "case": ("id", "number", "parent", "workflow_id", "title"),
    "partnership": ("case", "proposal"),
    "record": ("key", "case", "workflow_id", "payload", "answer"),
    "gate": ("id", "case", "workflow_id", "subject"),
    "seat": ("gate",),
    "transfer": ("key", "case", "reservation", "resolves"),
    "notice": ("key", "case", "subject", "body"),
    "delivery": ("notice",),
}
"""What is copied, in this order, and the columns in which the number of the case stands."""
_CASE_OF = {"case": "number", "seat": "substr(gate, 1, instr(gate, ':') - 1)"}
_CASE_OF |= {"delivery": "substr(notice, 1, instr(notice, ':') - 1)"}
_TIMES = ("at", "opened_at", "due_at", "closed_at", "since", "created_at", "started_at", "updated_at")


def make(home: Path, cases: int) -> None:
    """Put an installation with so many cases into ``home``."""
    carry_templates(home)
    engine = connect(f"sqlite:///{home / 'accord.db'}")
    unmigrate(engine, _COPIED_AT)
    engine.dispose()
    with sqlite3.connect(home / "accord.db", isolation_level=None) as database:
        for pragma in _FAST:
            database.execute(f"PRAGMA {pragma}")
        with _without_indexes(database):
            database.execute("BEGIN")
            _number(database, cases)
            for table, columns in _TABLES.items():
                _copy(database, table, columns)
            _pay(database)
            _settle_books(database)
            database.execute("COMMIT")
    database.close()
    migrate(engine)
    Proofs(engine).prove_all()  # as every night
    engine.dispose()


@contextmanager
def _without_indexes(database: sqlite3.Connection) -> Iterator[None]:
    kept = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in kept:
        database.execute(f'DROP INDEX "{name}"')
    yield
    for _, sql in kept:
        database.execute(sql)


def _number(database: sqlite3.Connection, cases: int) -> None:
    """A row for every copy: its template, number, country, how much later it is, its first entry."""
    database.execute(
        "CREATE TEMP TABLE ranks AS SELECT *, row_number() OVER (PARTITION BY template ORDER BY seq) AS rank"
        ' FROM (SELECT seq, "case" AS template FROM record WHERE "case" LIKE \'COPY-%\')'
    )
    database.execute("CREATE UNIQUE INDEX temp.ix_ranks ON ranks (seq)")
    entries = dict(database.execute("SELECT template, count(*) FROM ranks GROUP BY template"))
    database.execute(
        "CREATE TEMP TABLE bulk (n INTEGER PRIMARY KEY, template TEXT, number TEXT, country TEXT, later TEXT,"
        " base INTEGER)"
    )
    database.executemany("INSERT INTO bulk VALUES (?, ?, ?, ?, ?, ?)", _copies(database, cases, entries))
    database.execute("CREATE INDEX temp.ix_bulk ON bulk (template, n)")
    last = database.execute(
        "SELECT b.base + max(r.rank) FROM bulk b JOIN ranks r USING (template) WHERE b.n = ?", (cases - 1,)
    ).fetchone()[0]
    database.execute("UPDATE counter SET value = ? WHERE name = 'record'", (last,))


def _copies(
    database: sqlite3.Connection, cases: int, entries: dict[str, int]
) -> Iterable[tuple[int, str, str, str, str, int]]:
    base = database.execute("SELECT value FROM counter WHERE name = 'record'").fetchone()[0]
    minutes = _YEARS * 365 * 24 * 60
    for n in range(cases):
        is_open = n >= cases * (1 - _SHARE_OPEN)
        of: Sequence[Template] = _OPEN if is_open else _OVER
        template = of[n % len(of)]
        at = 2 * (n % (len(_COUNTRIES) // 2))
        earlier = minutes - minutes * n // cases
        yield n, template, f"BULK-{n:06}", _COUNTRIES[at : at + 2], f"-{earlier} minutes", base
        base += entries[template]


def _copy(database: sqlite3.Connection, table: str, numbered: tuple[str, ...]) -> None:
    """Insert all copies of the rows that the templates have in a table."""
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    of = _CASE_OF.get(table, '"case"')
    ranked = {"record": "seq", "notice": "record", "transfer": "record"}.get(table)
    rank = f"(SELECT rank FROM ranks WHERE ranks.seq = o.{ranked}) AS rank, " if ranked else ""
    database.execute(
        f'CREATE TEMP TABLE rows_of_{table} AS SELECT {rank}{of} AS template, o.* FROM "{table}" o'
        f" WHERE {of} LIKE 'COPY-%'"
    )
    values = ", ".join(_value(table, column, numbered) for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    database.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM bulk b JOIN rows_of_{table} t'
        " ON t.template = b.template ORDER BY b.n"
    )


def _value(table: str, column: str, numbered: tuple[str, ...]) -> str:
    """What a copy has in a column."""
    own = f't."{column}"'
    if (table, column) in (("record", "seq"), ("notice", "record"), ("transfer", "record")):
        return _SEQ
    if (table, column) == ("record", "seal"):
        return f"CASE WHEN {own} IS NULL THEN NULL ELSE printf('%064x', {_SEQ}) END"
    if (table, column) == ("record", "action"):
        overridden = f"t.template = '{Template.WITHDRAWN}' AND b.n % {_OVERRIDES} = 1"
        return f"CASE WHEN {own} = 'vote approve' AND {overridden} THEN 'overridden: approved' ELSE {own} END"
    if (table, column) == ("case", "country"):
        return "b.country"
    if column in numbered:
        return _NUMBER.format(column=own)
    if column in _TIMES:
        return _LATER.format(column=own)
    return own


def _pay(database: sqlite3.Connection) -> None:
    """A payment for every order, as if tranches were paid by a bank."""
    database.execute(
        'INSERT INTO payment (key, "case", workflow_id, gate, fund, reservation, payee, amount, currency,'
        " state, record, updated_at)"
        " SELECT replace(key, ':tranche', ''), \"case\", 'partnership/' || \"case\" || '/payment', key, fund,"
        " reservation, 'K Engineering', amount, currency, 'paid', record, at"
        " FROM transfer WHERE kind = 'order'"
    )


def _settle_books(database: sqlite3.Connection) -> None:
    """Balances of every level as the transfers make them: those of the templates, once for each copy."""
    legs = database.execute(
        "SELECT t.fund, t.debit, t.credit, sum(t.amount) FROM transfer t WHERE t.\"case\" LIKE 'BULK-%'"
        " GROUP BY 1, 2, 3"
    ).fetchall()
    parents = dict(database.execute("SELECT id, parent FROM fund"))
    net: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for fund, debit, credit, amount in legs:
        level: str | None = fund
        while level:
            net[level].subtract({debit: amount})
            net[level].update({credit: amount})
            level = parents[level]
    for level, accounts in net.items():
        changes = ", ".join(f"{account} = {account} + {change}" for account, change in accounts.items())
        database.execute(f"UPDATE fund SET {changes} WHERE id = ?", (level,))


if __name__ == "__main__":
    logs.configure(logging.ERROR)
    make(Path(sys.argv[1]), int(sys.argv[2]))
