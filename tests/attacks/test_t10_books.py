"""T10: the owner of the database changes what money and rights depend on; the proof by record names it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from activities.money import level
from activities.money.record_proof import RecordProofs, check_record
from tests.support.kept import kept


@pytest.fixture
def books(database: Engine) -> Engine:
    """One of everything, without locks and without foreign keys."""
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
        database.dispose()
    return kept(database)


def found(database: Engine, root: str | None = None) -> list[str]:
    """What the proof says."""
    with database.connect() as connection:
        return [one.detail for one in check_record(connection, root)]


def run(*statements: str) -> Callable[[Connection], Any]:
    """Change the database by statements."""
    return lambda connection: [connection.execute(text(one)) for one in statements]


def said(key: str, change: Callable[[dict[str, Any]], Any], *also: str) -> Callable[[Connection], Any]:
    """Change what an entry says; and ``also`` what belongs to it."""

    def do(connection: Connection) -> None:
        where = {"key": key}
        payload = connection.scalar(text("SELECT payload FROM record WHERE key = :key"), where)
        content = json.loads(str(payload))
        change(content)
        new = json.dumps(content, sort_keys=True, separators=(",", ":"))
        connection.execute(text("UPDATE record SET payload = :new WHERE key = :key"), where | {"new": new})
        run(*also)(connection)

    return do


COPY = (
    'INSERT INTO transfer SELECT {key}, {kind}, "case", fund, reservation, NULL, {debit}, {credit}, {amount},'
)
COPY += " currency, record, at FROM transfer WHERE key = 'T-1:y'"
REST = COPY.format(
    key="'T-1:y:rest:rest'", kind="'pay'", debit="'ordered'", credit="'disbursed'", amount="50"
)
OF_REST = "'T-1:y:rest'"
MENDED = "UPDATE {table} SET committed = committed + 150, disbursed = disbursed - 150"
ERASED = (
    "DELETE FROM transfer WHERE key IN ('T-1:o', 'T-1:y', 'T-1:y:rest')",
    MENDED.format(table="fund"),
    MENDED.format(table="reservation_total") + " WHERE reservation = 'T-1:r'",
)
VOTE = "T-1:review:1:vote:expert.lim"

TAMPERINGS: dict[str, tuple[Callable[[Connection], Any], str]] = {
    "a rest of any kind": (
        run("UPDATE transfer SET kind = 'pay', credit = 'disbursed' WHERE key = 'T-1:y:rest'"),
        "transfer T-1:y:rest: kind is 'pay', by record",
    ),
    "a rest of a rest": (run(REST), "transfer T-1:y:rest:rest: no entry on record has put it there"),
    "an order and its payment erased, balances mended": (
        run(*ERASED),
        "transfer T-1:y: it is not there, though record",
    ),
    "what it resolves, emptied": (
        run("UPDATE transfer SET resolves = NULL WHERE key = 'T-1:y'"),
        "transfer T-1:y: resolves is empty, by record",
    ),
    "what it resolves, another": (
        run("UPDATE transfer SET resolves = 'T-1:p' WHERE key = 'T-1:y'"),
        "transfer T-1:y: resolves is 'T-1:p', by record",
    ),
    "an entry whose transfer is gone": (
        run("DELETE FROM transfer WHERE key = 'T-1:p'"),
        "transfer T-1:p: it is not there, though record",
    ),
    "the state of a payment": (
        run("UPDATE payment SET state = 'due'"),
        "payment T-1:study.interim: state is 'due', by record",
    ),
    "who is paid": (run("UPDATE payment SET payee = 'molit'"), "payee is 'molit', by record"),
    "what an empty field is called": (
        run("""UPDATE partnership SET proposal = replace(proposal, '"rank"', '"ronk"')"""),
        "partnership T-1: proposal is",
    ),
    "why it is held": (run("UPDATE payment SET held = 'x'"), "held is 'x', by record"),
    "a payment gone": (run("DELETE FROM payment"), "payment T-1:study.interim: it is not there"),
    "what was sent, gone": (run("DELETE FROM dispatch"), "no attempt to send it is written down"),
    "what was sent, fenced": (
        run("UPDATE dispatch SET state = 'fenced'"),
        "no attempt to send it is written down",
    ),
    "sent for another": (run("UPDATE dispatch SET payment = 'T-9:x'"), "there is no payment T-9:x of it"),
    "the place in the waiting list": (run("UPDATE waitlist SET rank = 1"), "waitlist T-2:r: rank is 1, by"),
    "out of the waiting list": (run("DELETE FROM waitlist"), "waitlist T-2:r: it is not there"),
    "offered without an offer": (
        run("UPDATE waitlist SET state = 'offered'"),
        "waitlist T-2:r: state is 'offered'",
    ),
    "a vote, in its column": (
        run(f"UPDATE record SET action = 'vote reject' WHERE key = '{VOTE}'"),
        "action is 'vote reject', by record",
    ),
    "a vote, in all its places but the seal": (
        said(
            VOTE,
            lambda content: (
                content.update(action="vote reject"),
                content["sent"]["message"].update(verdict="reject"),
            ),
            f"UPDATE record SET action = 'vote reject' WHERE key = '{VOTE}'",
        ),
        "its seal is not that of its message",
    ),
    "whose vote it is": (
        said(
            VOTE,
            lambda content: content.update(actor="director.kang"),
            f"UPDATE record SET actor = 'director.kang' WHERE key = '{VOTE}'",
        ),
        "its actor is director.kang, that of its message expert.lim",
    ),
    "whether a vote was attested": (
        run(f"UPDATE record SET attested = true WHERE key = '{VOTE}'"),
        "attested is True, by record",
    ),
    "the seal of a vote": (
        run(f"UPDATE record SET seal = '{'0' * 64}' WHERE key = '{VOTE}'"),
        "seal is '0000",
    ),
    "when it was": (
        run(f"UPDATE record SET at = '2020-01-01 00:00:00+00:00' WHERE key = '{VOTE}'"),
        "at is 2020-01-01",
    ),
    "under which key": (
        run(f"UPDATE record SET key = 'T-1:other' WHERE key = '{VOTE}'"),
        "key is 'T-1:other', by record",
    ),
    "whose case": (run(f"UPDATE record SET \"case\" = 'T-2' WHERE key = '{VOTE}'"), "is not one of T-2"),
    "which rule refused it": (
        run("UPDATE record SET rule = NULL WHERE key = 'T-2:r!'"),
        "rule is empty, by record",
    ),
    "a refusal that never was": (
        run("UPDATE record SET rule = 'clock' WHERE key = 'T-1:p!'"),
        "rule is 'clock', by record",
    ),
    "an entry gone": (run(f"DELETE FROM record WHERE key = '{VOTE}'"), "no entry has a number up to"),
    "the counter": (run("UPDATE counter SET value = value + 1"), "counter record: value is"),
    "what is no time": (
        lambda connection: (
            connection.dialect.name == "sqlite" and connection.execute(text("UPDATE gate SET due_at = 'x'"))
        ),
        "gate : it has a value that cannot be read",
    ),
    "an entry that cannot be read": (
        run(f"UPDATE record SET payload = '[]' WHERE key = '{VOTE}'"),
        "it cannot be carried out",
    ),
    "what a gate is about": (
        run("UPDATE gate SET content_hash = 'x' WHERE id = 'T-1:funding:1'"),
        "gate T-1:funding:1: content_hash is 'x', by",
    ),
    "how a gate was closed": (
        run("UPDATE gate SET outcome = 'reject' WHERE outcome IS NOT NULL"),
        "outcome is",
    ),
    "a gate opened again": (
        run("UPDATE gate SET closed_at = NULL, outcome = NULL WHERE id = 'T-1:review:1'"),
        "gate T-1:review:1: closed_at is empty, by",
    ),
    "the panel of a gate": (run("UPDATE gate SET panel = NULL"), "panel is empty, by"),
    "the deadline of a gate": (
        run("UPDATE gate SET due_at = '2050-01-01 00:00:00+00:00'"),
        "due_at is 2050-01-01",
    ),
    "a seat": (
        run("UPDATE seat SET role = 'coordinator' WHERE role = 'expert'"),
        "seat T-1:review:1 coordinator",
    ),
    "where a case stands": (
        run("UPDATE \"case\" SET stage = 'launch' WHERE id = 'T-1'"),
        "case T-1: stage is 'launch'",
    ),
    "the programme of a case": (
        run("UPDATE \"case\" SET rules = 'x' WHERE id = 'T-1'"),
        "case T-1: rules is 'x'",
    ),
    "a cap": (run("UPDATE fund SET cap = 5000 WHERE id = 'all'"), "fund all: cap is 5000, by"),
    "managers": (run("UPDATE fund SET managers = '[\"expert\"]' WHERE id = 'all'"), "fund all: managers is"),
    "limits": (run("UPDATE fund SET limits = NULL WHERE id = 'part'"), "fund part: limits is empty, by"),
    "a freeze lifted": (
        run("UPDATE fund SET frozen = NULL WHERE id = 'part'"),
        "fund part: frozen is empty, by",
    ),
    "a running total": (
        run(
            "UPDATE reservation_total SET committed = committed - 1, ordered = ordered + 1"
            " WHERE reservation = 'T-1:r'"
        ),
        "reservation_total T-1:r part: committed is",
    ),
    "what a case holds": (run("UPDATE case_total SET held = 0"), "case_total part T-1: held is 0, by record"),
    "what a group holds": (run("DELETE FROM group_total"), "group_total"),
    "an order that nobody asked for": (
        run("UPDATE request SET record = 1"),
        "record is 1, by record",
    ),
    "an order that was asked for, gone": (run("DELETE FROM request"), "request"),
    "the account of an organisation": (
        run("UPDATE organisation SET account = 'KR-9' WHERE id = 'k-eng'"),
        "organisation k-eng: account is 'KR-9', by record",
    ),
    "a role": (
        run("UPDATE holding SET role = 'treasury' WHERE person = 'coord.seo'"),
        "holding coord.seo 0: role is 'treasury', by record",
    ),
    "one human as two": (run("UPDATE person SET subject = 'x' WHERE id = 'expert.lim'"), "subject is 'x'"),
    "a delegation": (run("UPDATE delegation SET ceiling = 5"), "ceiling is 5, by record"),
    "a delegation that was revoked": (
        run("UPDATE delegation SET revoked_at = '2020-01-01 00:00:00+00:00'"),
        "revoked_at is 2020-01-01",
    ),
    "a declaration": (run("UPDATE declaration SET conflict = 'none'"), "conflict is 'none', by record"),
    "the content of a programme": (
        run("UPDATE programme SET content = '{}'"),
        "its content is not that of its digest",
    ),
    "a document": (run("UPDATE document SET content = 'YQ=='"), "its content is not that of its digest"),
    "a letter": (run("UPDATE notice SET body = 'Stop.'"), "body is 'Stop.', by record"),
    "a letter gone": (run("DELETE FROM notice"), "it is not there, though record"),
    "an account, and the account of the record": (
        said("directory:founded", lambda content: content["effects"][2].update(account="KR-9")),
        "organisation k-eng: account is 'KR0001', by record",
    ),
    "more than there is, everywhere": (
        said(
            "T-1:r!",
            lambda content: content["effects"][0]["transfer"]["amount"].update(minor=1400),
            "UPDATE transfer SET amount = 1400 WHERE key = 'T-1:r'",
        ),
        "rule is empty, by record",
    ),
}


def test_a_database_that_nobody_touched_is_what_its_record_makes(books: Engine) -> None:
    assert found(books) == []


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_changed_is_named(books: Engine, name: str) -> None:
    change, named = TAMPERINGS[name]
    with books.begin() as connection:
        change(connection)
    if name == "what is no time" and books.dialect.name == "postgresql":
        pytest.skip("PostgreSQL takes no such value")
    told = found(books)
    assert any(named in one for one in told), told


def test_it_is_put_on_record_once_and_stops_the_fund(books: Engine) -> None:
    with books.begin() as connection:
        run("UPDATE payment SET payee = 'molit'", "UPDATE holding SET role = 'treasury'")(connection)
    for _ in range(2):
        told = RecordProofs(books).prove_record()
        assert told.frozen == ("all", "record")
    with books.connect() as connection:
        assert str(level.frozen(connection, "all")).startswith("the books do not agree (record ")
        entries = connection.scalars(text("SELECT key FROM record")).all()
    assert len([key for key in entries if ":proof:" in key]) == 2


def test_of_one_fund_only_its_own_is_told_and_what_is_of_none(books: Engine) -> None:
    with books.begin() as connection:
        run("UPDATE payment SET payee = 'molit'", "UPDATE counter SET value = 99")(connection)
    assert len(found(books, "all")) == 2
    assert len(found(books, "other")) == 1
