"""A ledger with a history: cases that were proposed, got money, and were paid some of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from activities.case import record
from activities.money.fund import register
from models.amount import Amount
from models.case.record import Batch, Entry, Receipt, Source
from models.money.fund import Fund, Sleeve
from models.money.limits import Limits
from models.money.transfer import Transfer, TransferKind
from tests.support.entries import NOW, entry
from tests.support.house import proposal, sha

K = TransferKind
COUNTRIES = ("VN", "TH", "ID")
LIMITS = Limits(per_country=10**9, per_project=10**6, without_national_firm_percent=50)

Statement = tuple[str, Any]


def furnish(database: Engine, cap: int = 10**6) -> None:
    """A fund with portfolio rules, and a part of it with others."""
    part = Sleeve(id="part", name="Part", cap=cap, limits=LIMITS)
    terms = Fund(id="all", name="All", currency="KRW", cap=cap, sleeves=(part,), limits=LIMITS)
    with database.begin() as connection:
        register(connection, terms, NOW)


def life(case: str, number: int) -> list[Entry]:
    """What happens to the money of a case: 1,000 reserved, 900 committed, 300 ordered, 250 of it paid.

    One case in ten gives all of it back.
    """
    country, of = COUNTRIES[number % len(COUNTRIES)], f"{case}:r"
    about = proposal(case, country=country, national_firm=bool(number % 2))
    proposed = entry(f"{case} proposed", proposal=about)
    if number % 10 == 9:
        return [proposed, moving(K.PENDING, of, of, 1000), moving(K.VOID, f"{case}:v", of, None)]
    return [
        proposed,
        moving(K.PENDING, of, of, 1000),
        moving(K.POST, f"{case}:p", of, 900),
        moving(K.ORDER, f"{case}:o", of, 300),
        moving(K.PAY, f"{case}:y", of, 250, resolves=f"{case}:o"),
        moving(K.ORDER, f"{case}:o2", of, 100),
    ]


def moving(kind: TransferKind, key: str, of: str, minor: int | None, **more: Any) -> Entry:
    """An entry that moves money of a reservation of ``part``."""
    amount = Amount(minor=minor, currency="KRW") if minor else None
    wish = Transfer(key=key, kind=kind, fund="part", reservation=of, amount=amount, **more)
    return entry(f"entry {key}", transfer=wish)


def write(connection: Connection, case: str, *entries: Entry) -> tuple[Receipt, ...]:
    """Write entries of a case in the transaction of the caller."""
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="run", rules=sha("rules"))
    return record.write(connection, Batch(source=source, entries=entries))


def carry(database: Engine, numbers: range) -> None:
    """Put the lives of these cases on the books, in one transaction."""
    with database.begin() as connection:
        for number in numbers:
            case = f"L-{number}"
            receipts = write(connection, case, *life(case, number))
            assert {receipt.rule for receipt in receipts} == {None}


@contextmanager
def statements(database: Engine) -> Iterator[list[Statement]]:
    """What is sent to the database meanwhile, with the values of the first row."""
    sent: list[Statement] = []

    def listen(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            sent.append((statement, given[0] if many else given))

    event.listen(database, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(database, "before_cursor_execute", listen)


def plan(connection: Connection, statement: Statement) -> list[str]:
    """How the database would carry out a statement, step by step, were its tables large."""
    text, given = statement
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {text}", given)]
    return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)]


def scans(steps: list[str]) -> list[str]:
    """The steps that read a table from end to end."""
    return [step for step in steps if step.startswith("SCAN ") or "Seq Scan" in step]
