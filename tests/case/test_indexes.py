"""Lists are read by an index, in the order of the list: asked of the databases themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine, event, insert

from activities.case import audit, cases, duty, inbox, notice
from activities.case.audit import Question
from activities.case.duty import Doer
from activities.money import ledger, waitlist
from activities.partnership import partnership
from activities.payment import payment
from activities.people import delegation
from models.case.duty import Act, Duty
from models.case.notice import NoticeStatus
from models.tables.case import case
from models.tables.money import transfer
from models.tables.money import waitlist as wishes
from models.tables.record import record
from tests.support.copies import Copies
from tests.support.rows import A_FUND, A_PART, a_case, a_transfer, a_wish, an_entry

_DAY = datetime(2026, 11, 1, tzinfo=UTC)


class Reading(NamedTuple):
    """A page of a list, and the index that it must be read by."""

    read: Callable[[Connection], object]
    by: str


def _history(question: Question, index: str) -> Reading:
    return Reading(lambda connection: audit.history(connection, question, 50, 1), index)


def _ledger(of: str | None, index: str) -> Reading:
    return Reading(lambda connection: ledger.listing(connection, of, 50, "T-1:r"), index)


_DOER = Doer("sec.han", ("sec.han",), {Act.REVIEW: 1, Act.APPROVE: 1})
_DUTY = Duty(one=Act.REVIEW, other=Act.APPROVE)
_COUNTS = list(duty._counts(None))
READINGS = {
    "history": _history(Question(), "record_pkey|sqlite_autoindex_record_1|pk_record"),
    "history of a case": _history(Question(case="T-1"), "ix_record_case"),
    "history of a person": _history(Question(actor="sec.han"), "ix_record_actor"),
    "history of a stage": _history(Question(stage="review"), "ix_record_stage"),
    "history since": _history(Question(since=_DAY), "ix_record_at"),
    "history until": _history(Question(until=_DAY), "ix_record_at"),
    "history, refused": _history(Question(refused=True), "ix_record_refused"),
    "history, overrides": _history(Question(overrides=True), "ix_record_override"),
    "history of a country": _history(Question(country="VN"), "ix_record_case"),
    "partnerships": Reading(lambda c: partnership.listing(c, 50, "T-1"), "pk_|sqlite_autoindex"),
    **{
        f"partnerships by {name}": Reading(
            lambda c, name=name: partnership.listing(c, 50, "T-1", **{name: "x"}),  # type: ignore[misc]
            f"ix_case_{name}",
        )
        for name in ("country", "programme", "stage", "status")
    },
    "inbox of all": Reading(lambda c: inbox.waiting(c, None, 50), "ix_gate_open"),
    "inbox of one": Reading(lambda c: inbox.waiting(c, "sec.han", 50), "ix_gate_open"),
    "gates of a case": Reading(lambda c: inbox.at_case(c, "T-1"), "ix_gate_case|ix_gate_open"),
    "notices": Reading(lambda c: notice.listing(c, None, 50), "ix_notice_created"),
    "notices by status": Reading(lambda c: notice.listing(c, NoticeStatus.DEAD, 50), "ix_notice_status"),
    "notices pending": Reading(
        lambda c: notice.listing(c, NoticeStatus.PENDING, 50), "ix_notice_pending|_due"
    ),
    "notices due": Reading(notice.pending, "ix_notice_due|ix_notice_pending"),
    "payments": Reading(lambda c: payment.listing(c, 50, "T-1"), "pk_payment|sqlite_autoindex_payment"),
    "payments by state": Reading(lambda c: payment.listing(c, 50, "T-1", state="paid"), "ix_payment_state"),
    "payments of a case": Reading(lambda c: payment.listing(c, 50, "T-1", case="T-1"), "ix_payment_case"),
    "ledger": _ledger(None, "ix_transfer_record"),
    "ledger of a fund": _ledger("f", "ix_transfer_fund"),
    "ledger of a sleeve": _ledger("part", "ix_transfer_fund"),
    "ledger of a case": _ledger("T-1", "ix_transfer_case"),
    "who did what": Reading(lambda c: c.execute(_COUNTS[0]), "ix_record_deed"),
    "what was done for others": Reading(lambda c: c.execute(_COUNTS[1]), "ix_record_deed_for"),
    "what one person did": Reading(lambda c: duty.numbers(c, _DOER, Act.REVIEW, limit=4), "ix_record_deed"),
    "in how many cases": Reading(lambda c: duty.cases_of(c, _DOER), "ix_record_deed"),
    "who did both": Reading(lambda c: duty._did_both(c, _DOER, _DUTY), "ix_record_deed"),
    "waiting list": Reading(lambda c: waitlist.listing(c, 50, "T-1:r"), "ix_waitlist_turn"),
    "delegations": Reading(lambda c: delegation.listing(c, None, 50, 1), "ix_delegation_record"),
}
FEW_ROWS = ("gates of a case", "payments of a case", "history of a country", "notices pending")
"""What these find is little, and may be sorted."""
COUNTED = ("in how many cases", "who did both")
"""What the database counts or compares has no order."""


@pytest.fixture(autouse=True)
def new(request: pytest.FixtureRequest) -> None:
    """A PostgreSQL database that nobody had before: what was deleted there still has its place in the files,
    by whose size a plan is made.
    """
    if "postgresql" in request.node.name:
        copies: Copies = request.getfixturevalue("copies")
        copies.drop()


def test_every_page_is_read_by_an_index_in_its_order(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(insert(case), a_case("T-1", country="VN"))
        connection.execute(insert(record), an_entry(1, "T-1", at=_DAY))
        for fund in (A_FUND, A_PART):
            connection.exec_driver_sql(fund)
        connection.execute(insert(transfer), a_transfer("T-1:r", 1))
        connection.execute(insert(wishes), a_wish("T-1:r", 1))
    for name, reading in READINGS.items():
        with database.connect().execution_options(readonly=True) as connection:
            with _listening(connection) as statements:
                reading.read(connection)
            plans = [_plan(connection, *statement) for statement in statements]
        by = reading.by.split("|")
        plan = next((plan for plan in plans if any(part in plan for part in by)), "")
        assert plan, (name, plans)
        assert name in (*FEW_ROWS, *COUNTED) or not _sorts(plan), (name, plan)
        assert not any(_reads_all(plan) for plan in plans), (name, plans)


def test_the_end_of_a_case_finds_its_open_gates_by_an_index(database: Engine) -> None:
    with database.connect() as connection:
        with _listening(connection) as statements:
            values = {"workflow": "partnership/T-1", "at": _DAY, "as": "closed"}
            connection.execute(cases._SHUT_ALL, values)
        assert "ix_gate_open_of" in _plan(connection, *statements[0])
        connection.rollback()


def test_many_cases_of_a_country_are_read_in_the_order_of_the_record(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(insert(case), [a_case(f"T-{n}", country="VN") for n in range(audit.FEW + 1)])
        connection.execute(insert(record), [an_entry(n + 1, f"T-{n}", at=_DAY) for n in range(audit.FEW + 1)])
    with database.connect().execution_options(readonly=True) as connection:
        with _listening(connection) as statements:
            found = audit.history(connection, Question(country="VN"), 3, 7)
        plan = _plan(connection, *statements[-1])
    assert [row["seq"] for row in found] == [8, 9, 10]
    assert not _sorts(plan), plan
    with database.connect().execution_options(readonly=True) as connection:
        assert audit.history(connection, Question(country="TH"), 3) == []


Statement = tuple[str, Any]


@contextmanager
def _listening(connection: Connection) -> Iterator[list[Statement]]:
    statements: list[Statement] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", listen)


def _plan(connection: Connection, statement: str, parameters: Any) -> str:
    """How the database would go about it. PostgreSQL is told to avoid what is only good for small tables."""
    if connection.dialect.name == "postgresql":
        for way in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in rows)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(row[3] for row in rows)


def _sorts(plan: str) -> bool:
    """Whether the rows are sorted, and not found in order."""
    return "TEMP B-TREE" in plan or "Sort  (" in plan


_RESULTS = ("SCAN CONSTANT ROW", "SCAN anon_")
"""What has been found, not a table."""


def _reads_all(plan: str) -> bool:
    """Whether a table of the plan is read whole and in no order."""
    lines = plan.splitlines()
    whole = [line.strip() for line in lines if "USING" not in line and "(" not in line.partition(" ")[2][:1]]
    sqlite = any(line.startswith("SCAN") and not line.startswith(_RESULTS) for line in whole)
    return sqlite or any("Seq Scan" in line for line in lines)
