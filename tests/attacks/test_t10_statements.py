"""T10: the owner of the database changes what the bank's statements say, and what was sent: it is named."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from activities.case import record
from activities.case.document import store_document
from activities.money.record_proof import check_record
from models.case.record import Batch, Source
from tests.support.entries import NOW, entry
from tests.support.kept import kept

SHA = hashlib.sha256(b"a statement").hexdigest()
LINE = f"statement:{SHA}:1"
OTHER = "0" * 64


@pytest.fixture
def books(database: Engine) -> Engine:
    """One of everything, without locks and without foreign keys."""
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
        database.dispose()
    return kept(database)


def found(database: Engine) -> list[str]:
    """What the proof says."""
    with database.connect() as connection:
        return [one.detail for one in check_record(connection)]


def run(*statements: str) -> Callable[[Connection], Any]:
    """Change the database by statements."""
    return lambda connection: [connection.execute(text(one)) for one in statements]


def edited(column: str, value: str, row: int = 2) -> Callable[[Connection], Any]:
    return run(f'UPDATE statement_line SET "{column}" = {value} WHERE row = {row}')


def said(key: str, change: Callable[[dict[str, Any]], Any]) -> Callable[[Connection], Any]:
    """Change what an entry says."""

    def do(connection: Connection) -> None:
        payload = connection.scalar(text("SELECT payload FROM record WHERE key = :key"), {"key": key})
        content = json.loads(str(payload))
        change(content)
        new = {"key": key, "new": json.dumps(content, sort_keys=True, separators=(",", ":"))}
        connection.execute(text("UPDATE record SET payload = :new WHERE key = :key"), new)

    return do


SWAPPED = "UPDATE statement_line SET reference = CASE row WHEN 2 THEN 'L-3' ELSE 'L-2' END WHERE row > 1"
COPIED = (
    "INSERT INTO statement_line SELECT statement, 4, account, number, 'L-4', end_to_end_id, amount, currency,"
)
COPIED += " back, booked, result, payment, record FROM statement_line WHERE row = 1"
ANOTHER = "INSERT INTO statement (sha256, fund, account, id, record)"
ANOTHER += f" SELECT '{OTHER}', fund, account, 'S-2', record FROM statement"
FORGED = "INSERT INTO dispatch (instruction, attempt, payment, at, state) SELECT instruction, 2, payment, at,"
FORGED += " state FROM dispatch"
TICKED_OFF = "UPDATE notice SET status = 'delivered'"
TRIED = "INSERT INTO delivery SELECT key, 1, created_at, 'pending', 'busy' FROM notice"

TAMPERINGS: dict[str, tuple[Callable[[Connection], Any], str]] = {
    "a statement gone": (run("DELETE FROM statement"), f"statement {SHA}: it is not there, though record"),
    "a statement inserted": (run(ANOTHER), f"statement {OTHER}: no entry on record has put it there"),
    "its number": (run("UPDATE statement SET id = 'S-2'"), "id is 'S-2', by record"),
    "its account": (run("UPDATE statement SET account = 'X'"), "account is 'X', by record"),
    "its fund": (run("UPDATE statement SET fund = 'part'"), "fund is 'part', by record"),
    "its entry": (run("UPDATE statement SET record = 1"), "record is 1, by record"),
    "a line gone": (run("DELETE FROM statement_line WHERE row = 2"), f"{SHA} 2: it is not there, though"),
    "a line inserted": (run(COPIED), f"{SHA} 4: no entry on record has put it there"),
    "two lines swapped": (run(SWAPPED), "reference is 'L-3', by record"),
    "the amount of a line": (edited("amount", "9"), "amount is 9, by record"),
    "the currency of a line": (edited("currency", "'USD'"), "currency is 'USD', by record"),
    "the side of a line": (edited("back", "false"), "back is False, by record"),
    "the day of a line": (edited("booked", "'2026-11-21'"), "booked is 2026-11-21, by record"),
    "what a line names": (edited("end_to_end_id", "'T-1:x:1'"), "end_to_end_id is 'T-1:x:1', by record"),
    "the account of a line": (edited("account", "'X'"), "account is 'X', by record"),
    "what a line was found to be": (edited("result", "'matched'"), "result is 'matched', by record"),
    "which payment a line is of": (edited("payment", "NULL", 1), "payment is empty, by record"),
    "by which entry a line was matched": (edited("record", "NULL", 1), "record is empty, by record"),
    "the bytes of its file": (
        run(f"UPDATE document SET content = 'YQ==' WHERE sha256 = '{SHA}'"),
        f"document {SHA[:12]}: its content is not that of its digest",
    ),
    "what is no file": (
        run(f"UPDATE document SET content = 'YQ=' WHERE sha256 = '{SHA}'"),
        f"document {SHA[:12]}: its content is not that of its digest",
    ),
    "its file gone": (
        run(f"DELETE FROM document WHERE sha256 = '{SHA}'"),
        f"document {SHA[:12]}: the file of a statement is gone",
    ),
    "what the entry of a line says": (
        said(LINE, lambda content: content["facts"]["amount"].update(minor=151)),
        "says otherwise: amount",
    ),
    "the entry of a line, as if it were of another": (
        said(LINE, lambda content: content["facts"].update(row=2)),
        "says otherwise: row",
    ),
    "what the entry of a statement says": (
        said(f"all:statement:{SHA}", lambda content: content["effects"][0]["statement"].update(id="S-9")),
        "id is 'S-1', by record",
    ),
    "an attempt that no entry has announced": (run(FORGED), "no entry says that it was to be sent"),
    "a letter ticked off that was never tried": (run(TICKED_OFF), "do not lead to its status"),
    "a letter put off for years": (
        run("UPDATE notice SET due_at = '2050-01-01 00:00:00+00:00'"),
        "do not lead to its due_at",
    ),
    "an attempt to deliver that was never made": (run(TRIED), "do not lead to its attempts, due_at"),
}


def test_nothing_is_found_in_what_nobody_touched(books: Engine) -> None:
    assert found(books) == []


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_is_named(books: Engine, name: str) -> None:
    change, named = TAMPERINGS[name]
    with books.begin() as connection:
        change(connection)
    told = found(books)
    assert any(named in one for one in told), told


def before(database: Engine, sha256: str, key: str) -> None:
    """A statement as it was put down before statements were effects: its entry says nothing of its rows."""
    source = Source(case="all", workflow_id="fund/all", run_id="", rules="")
    with database.begin() as connection:
        (receipt,) = record.write(connection, Batch(source=source, entries=(entry(key),)))
        of = {"sha": sha256, "seq": receipt.seq}
        head = "INSERT INTO statement (sha256, fund, account, id, record)"
        connection.execute(text(f"{head} VALUES (:sha, 'all', 'OURS', 'S-0', :seq)"), of)
        line = (
            "INSERT INTO statement_line (statement, row, account, number, reference, end_to_end_id, amount,"
        )
        line += (
            " currency, back, booked) VALUES (:sha, 1, 'OURS', 'S-0', 'L', '', 5, 'KRW', true, '2026-11-20')"
        )
        connection.execute(text(line), of)
        store_document(connection, sha256, "old.csv", base64.b64encode(b"old").decode(), NOW)


OLD = hashlib.sha256(b"old").hexdigest()


@pytest.mark.parametrize("key", [f"all:statement:{OLD}", f"all:statement:{OLD[:24]}:{OTHER[:12]}"])
def test_a_statement_of_before_is_no_false_alarm(books: Engine, key: str) -> None:
    before(books, OLD, key)
    assert found(books) == []


def test_an_entry_of_before_covers_no_other_statement(books: Engine) -> None:
    before(books, OLD, f"all:statement:{OTHER}")
    assert any(f"statement {OLD}: no entry on record has put it there" in one for one in found(books))
