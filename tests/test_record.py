"""The record on real databases: one key, one entry; no gaps; all of a batch or nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from activities import fund
from activities.notice import Outbox
from activities.record import Question, Record, find_gate, history, inbox
from models.approval import Panel
from models.base import canonical
from models.deadline import Terms
from models.fund import Amount, Fund, Sleeve, Transfer, TransferKind
from models.notice import Draft
from models.partnership import Stage, Standing, Status
from models.record import EVERY_GATE, Batch, Entry, GateKind, Opening, Receipt, Source
from models.rule import Rule
from models.tables import metadata
from models.tables.record import counter, record, seat
from tests.house import proposal, sha
from tests.test_person import register, somebody

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=60)
EVERYTHING: dict[str, Any] = {
    "proposal": proposal("T-1"),
    "after": Standing(stage=Stage.FUNDING),
    "transfer": Transfer(
        key="T-1:reserve",
        kind=TransferKind.PENDING,
        sleeve="studies",
        reservation="T-1:reserve",
        amount=Amount(minor=400, currency="KRW"),
    ),
    "notices": (Draft(subject="Read", body="Please.", roles=("expert",), persons=("coord.seo",)),),
}
"""One of each effect, but for the gates."""


def furnish(database: Engine) -> None:
    """People, and 1000 won to give away."""
    people = {"expert.lim": "expert", "sec.han": "secretariat", "director.kang": "director"}
    register(database, *(somebody(who, role) for who, role in people.items()), somebody("coord.seo"))
    parts = (Sleeve(id="studies", name="Studies", cap=1000), Sleeve(id="other", name="Other", cap=500))
    with database.begin() as connection:
        fund.register(connection, Fund(id="f", name="F", currency="KRW", cap=2000, sleeves=parts))


def entry(key: str, **more: Any) -> Entry:
    """An entry with nothing but what it must have, and ``more``."""
    return Entry(**({"key": key, "stage": Stage.REVIEW, "action": "tested", "at": NOW} | more))


def write(database: Engine, *entries: Entry, case: str = "T-1") -> tuple[Receipt, ...]:
    """Have the activity write one batch."""
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="run", rules=sha("rules"))
    return Record(database).record(Batch(source=source, entries=entries)).receipts


def opening(gate: str, **more: Any) -> Opening:
    """A gate for the expert, which calls in the director after five working days."""
    fields = {"id": gate, "kind": GateKind.APPROVAL, "question": "Good?", "roles": ("expert",)}
    fields |= {
        "panel": Panel(seats=("expert",), quorum=1),
        "subject": {"b": 1, "a": "ế"},
        "zone": "Asia/Seoul",
    }
    fields |= {"content_hash": sha(gate), "countries": ("KR", "VN")}
    fields |= {"terms": Terms(working_days=5, remind_before=(1,), escalate_to="director", grace_days=2)}
    return Opening(**(fields | more))


def snapshot(database: Engine, *but: str) -> dict[str, list[Any]]:
    """Every row of every table, but those of the tables left out."""
    with database.connect() as connection:
        tables = [table for table in metadata.sorted_tables if table.name not in but]
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


def told(database: Engine, **wish: Any) -> list[str]:
    """The keys of what history tells."""
    with database.connect() as connection:
        return [row["key"] for row in history(connection, Question(**wish))]


def waiting(database: Engine, person: str | None = None) -> list[str]:
    """The gates in an inbox."""
    with database.connect() as connection:
        return [gate["id"] for gate in inbox(connection, person)]


@pytest.mark.parametrize(
    "changes", [{}, {"action": "another", "transfer": None, "opens": opening("T-1:launch:1")}]
)
def test_a_second_entry_under_a_key_changes_nothing(database: Engine, changes: dict[str, Any]) -> None:
    furnish(database)
    first = write(database, entry("a", opens=opening("T-1:review:1"), **EVERYTHING))
    before = snapshot(database)
    again = entry("a", **({"opens": opening("T-1:review:1")} | EVERYTHING | changes))
    assert write(database, again) == first
    assert write(database, again, again, case="T-2") == first * 2
    assert snapshot(database) == before


def test_numbers_have_no_gap_where_a_batch_partly_exists(database: Engine) -> None:
    assert [r.seq for r in write(database, entry("a"), entry("b"))] == [1, 2]
    assert [r.seq for r in write(database, entry("b"), entry("c"), entry("c"), entry("a"), entry("d"))] == [
        2,
        3,
        3,
        1,
        4,
    ]
    assert told(database) == ["a", "b", "c", "d"]


def test_numbers_have_no_gap_under_eight_writers(database: Engine) -> None:
    batches = [[entry(f"{n}"), entry(f"shared-{n % 10}"), entry(f"{n}-b")] for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda batch: write(database, *batch), batches))
    numbers = {receipt.key: receipt.seq for answer in answers for receipt in answer}
    assert sorted(numbers.values()) == list(range(1, 91))
    assert all(numbers[receipt.key] == receipt.seq for answer in answers for receipt in answer)
    with database.connect() as connection:
        assert connection.scalar(select(counter.c.value)) == 90
        assert connection.scalar(select(func.count()).select_from(record)) == 90


@pytest.mark.parametrize("broken", ["the gate", "the transfer", "the facts"])
def test_an_error_in_the_last_entry_leaves_nothing_of_the_batch(database: Engine, broken: str) -> None:
    furnish(database)
    before = snapshot(database)
    wrong = {"the gate": {"opens": opening("T-1:review:1")}, "the facts": {"facts": {"share": float("nan")}}}
    changes = wrong.get(broken, {"transfer": EVERYTHING["transfer"]})
    good = entry("a", opens=opening("T-1:review:1"), **EVERYTHING)
    with pytest.raises((IntegrityError, ValueError)):
        write(database, good, entry("b", closes={EVERY_GATE: "x"}), entry("c", **changes))
    assert snapshot(database) == before
    assert [r.seq for r in write(database, good)] == [1]


def test_a_refused_transfer_is_on_record_and_none_of_the_rest_happened(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", proposal=proposal("T-1"), opens=opening("T-1:review:1")))
    before = snapshot(database, "record", "counter")
    much = EVERYTHING["transfer"].model_copy(update={"amount": Amount(minor=1001, currency="KRW")})
    effects = EVERYTHING | {
        "transfer": much,
        "proposal": proposal("T-1", title="New"),
        "closes": {EVERY_GATE: "x"},
    }
    wish = entry("b", actor="sec.han", opens=opening("T-1:funding:1"), **effects)
    (refused,) = write(database, wish)
    assert (refused.seq, refused.rule, refused.opened) == (2, Rule.FUNDS_SHORT, None)
    assert write(database, wish) == (refused,)
    assert snapshot(database, "record", "counter") == before
    with database.connect() as connection:
        (row,) = history(connection, Question(refused=True))
    assert (row["key"], row["rule"], row["to"]) == ("b", Rule.FUNDS_SHORT, None)


def test_an_opened_gate_keeps_its_panel_its_ladder_and_who_may_act(database: Engine) -> None:
    furnish(database)
    asked = opening("T-1:review:1", known=("secretariat",), persons=("coord.seo",))
    (receipt,) = write(database, entry("a", opens=asked))
    assert receipt.opened and asked.panel
    held = {
        "expert.lim": ("expert",),
        "sec.han": ("secretariat",),
        "director.kang": ("director",),
        "coord.seo": (),
    }
    assert receipt.opened.roster == held
    with database.connect() as connection:
        gate = find_gate(connection, asked.id) or {}
        since = {row.person: row.since for row in connection.execute(select(seat))}
    assert Panel.model_validate_json(gate["panel"]) == asked.panel
    assert gate["subject"] == canonical(asked.subject).decode()
    assert json.loads(gate["ladder"]) == [step.content() for step in receipt.opened.ladder]
    assert [step.rung for step in receipt.opened.ladder] == ["remind", "escalate", "consequence"]
    assert gate["due_at"] == receipt.opened.ladder[1].at > gate["opened_at"] == NOW
    assert since == {"expert.lim": NOW, "coord.seo": NOW, "director.kang": gate["due_at"]}


def test_who_is_called_in_by_the_deadline_sees_the_gate_only_from_then(database: Engine) -> None:
    furnish(database)
    write(database, entry("old", opens=opening("T-1:review:1", known=("secretariat",)), at=LONG_AGO))
    write(database, entry("new", opens=opening("T-2:review:1")), case="T-2")
    assert waiting(database, "expert.lim") == waiting(database) == ["T-1:review:1", "T-2:review:1"]
    assert waiting(database, "director.kang") == ["T-1:review:1"]
    assert waiting(database, "sec.han") == []


def test_every_gate_closes_all_of_a_case_and_no_other(database: Engine) -> None:
    for case in ("T-1", "T-2"):
        gates = [entry(f"{case}{n}", opens=opening(f"{case}:review:{n}")) for n in (1, 2, 3)]
        write(database, *gates, case=case)
    write(database, entry("one", closes={"T-1:review:2": "approved"}))
    assert waiting(database) == [
        "T-1:review:1",
        "T-1:review:3",
        "T-2:review:1",
        "T-2:review:2",
        "T-2:review:3",
    ]
    write(database, entry("all", closes={EVERY_GATE: "void"}))
    assert waiting(database) == ["T-2:review:1", "T-2:review:2", "T-2:review:3"]
    with database.connect() as connection:
        outcomes = [(find_gate(connection, f"T-1:review:{n}") or {})["outcome"] for n in (1, 2, 3)]
    assert outcomes == ["void", "approved", "void"]


@pytest.mark.parametrize("verb", ["UPDATE {0} SET at = at", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("table", ["record", "transfer", "delivery"])
def test_what_happened_cannot_be_changed_or_deleted(database: Engine, table: str, verb: str) -> None:
    if "TRUNCATE" in verb and database.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    furnish(database)
    write(database, entry("a", **EVERYTHING))
    Outbox(database, lambda letter: "sent").deliver()
    before = snapshot(database)
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.execute(text(verb.format(table)))
    assert before[table] and snapshot(database) == before


def test_the_payload_is_the_canonical_json_of_the_whole_entry(database: Engine) -> None:
    furnish(database)
    whole = entry("a", facts={"z": 1.50, "é": [None, True], "a": "Huế\n\u20ac", "A": 1e21}, **EVERYTHING)
    write(database, whole)
    with database.connect() as connection:
        (payload,) = connection.scalars(select(record.c.payload))
        (row,) = history(connection, Question())
    assert canonical(json.loads(payload)).decode() == payload
    assert json.loads(payload) == row["payload"] == whole.content()
    assert Entry.model_validate_json(payload) == whole


@pytest.mark.parametrize(
    ("wish", "keys"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"case": "T-2"}, ["d"]),
        ({"actor": "sec.han"}, ["b", "c"]),
        ({"country": "VN"}, ["a", "b", "c"]),
        ({"stage": Stage.FUNDING}, ["c", "d"]),
        ({"since": NOW}, ["b", "c", "d"]),
        ({"until": NOW}, ["a"]),
        ({"since": NOW, "until": NOW + timedelta(hours=1)}, ["b"]),
        ({"refused": True}, ["c"]),
        ({"actor": "sec.han", "stage": Stage.REVIEW}, ["b"]),
        ({"case": "T-2", "refused": True}, []),
    ],
)
def test_history_tells_what_an_auditor_asks_for(
    database: Engine, wish: dict[str, Any], keys: list[str]
) -> None:
    hour = timedelta(hours=1)
    write(
        database,
        entry("a", proposal=proposal("T-1"), at=NOW - timedelta(microseconds=1)),
        entry("b", actor="sec.han", after=Standing(stage=Stage.FUNDING, status=Status.OPEN)),
        entry("c", actor="sec.han", stage=Stage.FUNDING, at=NOW + hour, rule=Rule.SECOND_VOTE),
    )
    write(
        database,
        entry("d", stage=Stage.FUNDING, proposal=proposal("T-2", country="LA"), at=NOW + hour),
        case="T-2",
    )
    assert told(database, **wish) == keys
