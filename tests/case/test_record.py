"""The record on real databases: one key, one entry; no gaps; all of a batch or nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from activities.case.audit import Question, history
from activities.case.delivery import Outbox
from activities.case.gate import find_gate
from models.amount import Amount
from models.base import canonical
from models.case.case import Standing
from models.case.record import Entry
from models.case.rule import CaseRule
from models.money.rule import MoneyRule
from models.partnership.partnership import Stage
from models.tables.record import counter, record
from tests.support.entries import NOW, entry, write
from tests.support.furnished import EFFECTS, FURNISHED, furnish, snapshot
from tests.support.house import proposal
from tests.support.inbox import opening, waiting


def told(database: Engine, **wish: Any) -> list[str]:
    """The keys of what history tells."""
    with database.connect() as connection:
        return [row["key"] for row in history(connection, Question(**wish))]


def outcome(database: Engine, gate: str) -> str:
    """How a gate was closed."""
    with database.connect() as connection:
        found = find_gate(connection, gate)
        assert found
        return str(found["outcome"])


def test_a_second_entry_under_a_key_changes_nothing(database: Engine) -> None:
    furnish(database)
    first = write(database, entry("a", opens=opening("T-1:review:1"), **EFFECTS))
    before = snapshot(database)
    again = entry("a", opens=opening("T-1:review:1"), at=NOW + timedelta(hours=1), **EFFECTS)
    (repeated,) = write(database, again)
    assert repeated.model_copy(update={"past": None}) == first[0]
    assert repeated.past
    assert repeated.past.outcome is None, "the gate is open, and nothing was accepted there"
    assert write(database, again, again, case="T-2") == (repeated,) * 2
    assert snapshot(database) == before


def test_other_content_under_a_key_is_noted_once_and_has_no_effect(database: Engine) -> None:
    furnish(database)
    first = write(database, entry("a", action="done"))
    before = snapshot(database, "record", "counter")
    other = entry("a", opens=opening("T-1:launch:1"), **EFFECTS)
    assert write(database, other) == write(database, other) == first
    assert snapshot(database, "record", "counter") == before
    with database.connect() as connection:
        stands, noted = history(connection, Question(case="T-1"))
    assert (stands["action"], noted["action"], noted["seq"]) == ("done", "diverged", FURNISHED + 2)
    assert noted["payload"]["facts"]["unapplied"] == other.content()


def test_a_key_twice_in_one_batch_is_written_once(database: Engine) -> None:
    assert [r.seq for r in write(database, entry("a"), entry("a"), entry("b"))] == [1, 1, 2]


def test_numbers_have_no_gap_where_a_batch_partly_exists(database: Engine) -> None:
    assert [r.seq for r in write(database, entry("a"), entry("b"))] == [1, 2]
    assert [r.seq for r in write(database, entry("b"), entry("c"), entry("a"), entry("d"))] == [2, 3, 1, 4]
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


def test_an_error_in_the_last_entry_leaves_nothing_of_the_batch(database: Engine) -> None:
    furnish(database)
    before = snapshot(database)
    good = entry("a", opens=opening("T-1:review:1"), **EFFECTS)
    wrong: list[dict[str, Any]] = [
        {"opens": opening("T-1:review:1")},
        {"transfer": EFFECTS["transfer"]},
        {"facts": {"more than JSON can say": 2**53}},
    ]
    for broken in wrong:
        with pytest.raises((IntegrityError, ValueError)):
            write(database, good, entry("b", closes={"T-1:review:1": "x"}), entry("c", **broken))
        assert snapshot(database) == before
    assert [r.seq for r in write(database, good)] == [FURNISHED + 1]


def too_much() -> Entry:
    """An entry with every effect, and a transfer that the fund must refuse."""
    much = EFFECTS["transfer"].model_copy(update={"amount": Amount(minor=1001, currency="KRW")})
    effects = EFFECTS | {
        "transfer": much,
        "proposal": proposal("T-1", title="New"),
        "closes": {"T-1:review:1": "x"},
    }
    return entry("b", actor="sec.han", opens=opening("T-1:funding:1"), **effects)


def test_a_refused_transfer_is_on_record_and_none_of_the_rest_happened(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", proposal=proposal("T-1"), opens=opening("T-1:review:1")))
    before = snapshot(database, "record", "counter", "waitlist")
    (refused,) = write(database, too_much())
    assert (refused.seq, refused.rule, refused.opened) == (FURNISHED + 2, MoneyRule.FUNDS_SHORT, None)
    assert snapshot(database, "record", "counter", "waitlist") == before
    with database.connect() as connection:
        (row,) = history(connection, Question(refused=True))
    assert (row["key"], row["rule"], row["to"]) == ("b", MoneyRule.FUNDS_SHORT, None)


def test_a_refused_transfer_tried_again_changes_nothing(database: Engine) -> None:
    furnish(database)
    first = write(database, too_much())
    before = snapshot(database)
    assert write(database, too_much()) == first
    assert snapshot(database) == before


def test_the_end_of_a_case_closes_all_its_gates_and_no_other(database: Engine) -> None:
    for case in ("T-1", "T-2"):
        gates = [entry(f"{case}{n}", opens=opening(f"{case}:review:{n}")) for n in (1, 2, 3)]
        write(database, *gates, case=case)
    write(database, entry("one", closes={"T-1:review:2": "approved"}))
    assert waiting(database) == [
        f"T-{case}:review:{n}" for case, n in ((1, 1), (1, 3), (2, 1), (2, 2), (2, 3))
    ]
    write(database, entry("all", after=Standing(stage="review", status="withdrawn")))
    assert waiting(database) == [f"T-2:review:{n}" for n in (1, 2, 3)]
    assert [outcome(database, f"T-1:review:{n}") for n in (1, 2, 3)] == ["withdrawn", "approved", "withdrawn"]


def test_what_happened_cannot_be_changed_or_deleted(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", **EFFECTS))
    Outbox(database, lambda letter: "sent").deliver()
    before = snapshot(database)
    verbs = ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
    for table in ("record", "transfer", "delivery"):
        assert before[table]
        for verb in verbs if database.dialect.name == "postgresql" else verbs[:2]:
            with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
                connection.execute(text(verb.format(table)))
    if database.dialect.name == "sqlite":
        with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
            connection.execute(text("INSERT OR REPLACE INTO record SELECT * FROM record WHERE seq = 1"))
    assert snapshot(database) == before


def test_the_payload_is_the_canonical_json_of_the_whole_entry(database: Engine) -> None:
    furnish(database)
    whole = entry("a", facts={"z": 1.50, "é": [None, True], "a": "Huế\n\u20ac", "A": 1e21}, **EFFECTS)
    write(database, whole)
    with database.connect() as connection:
        (payload,) = connection.scalars(select(record.c.payload).where(record.c.case == "T-1"))
    assert canonical(json.loads(payload)).decode() == payload
    assert json.loads(payload) == whole.content()


def test_history_tells_what_an_auditor_asks_for(database: Engine) -> None:
    hour = timedelta(hours=1)
    early = entry("a", proposal=proposal("T-1"), at=NOW - timedelta(microseconds=1))
    second = {"stage": Stage.FUNDING, "at": NOW + hour}
    write(database, early, entry("b", actor="sec.han", after=Standing(stage=Stage.FUNDING)))
    write(database, entry("c", actor="sec.han", rule=CaseRule.SECOND_VOTE, **second))
    write(database, entry("d", proposal=proposal("T-2", country="LA"), **second), case="T-2")
    assert told(database) == ["a", "b", "c", "d"]
    assert told(database, case="T-2") == told(database, country="LA") == ["d"]
    assert told(database, actor="sec.han") == ["b", "c"]
    assert told(database, country="VN") == ["a", "b", "c"]
    assert told(database, stage="funding") == ["c", "d"]
    assert told(database, since=NOW) == ["b", "c", "d"]
    assert told(database, until=NOW) == ["a"]
    assert told(database, since=NOW, until=NOW + hour) == ["b"]
    assert told(database, refused=True) == told(database, actor="sec.han", stage="funding") == ["c"]
    assert told(database, case="T-2", refused=True) == []
