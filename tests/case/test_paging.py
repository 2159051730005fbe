"""Pages: put together they are the whole list, in its order, nothing left out and nothing twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from activities.case import audit, inbox, notice
from activities.case.audit import Question
from activities.money import ledger, waitlist
from activities.paging import CHUNK, UnknownPlace, in_chunks
from activities.partnership import partnership
from activities.payment import payment
from activities.people import delegation
from models.case.notice import NoticeStatus
from models.tables.case import case
from models.tables.money import transfer
from models.tables.money import waitlist as wishes
from models.tables.notice import delivery
from models.tables.notice import notice as notices
from models.tables.partnership import partnership as partnerships
from models.tables.payment import payment as payments
from models.tables.people import delegation as delegations
from models.tables.people import holding, person
from models.tables.record import gate, record, seat
from tests.support.rows import (
    A_FUND,
    A_PART,
    a_case,
    a_delegation,
    a_gate,
    a_notice,
    a_partnership,
    a_payment,
    a_transfer,
    a_wish,
    an_entry,
    somebody,
)

MANY = CHUNK + 7
_DAY = datetime(2026, 11, 1, tzinfo=UTC)


def _at(number: int) -> datetime:
    """Instants in another order than numbers, and some of them the same."""
    return _DAY + timedelta(minutes=number * 7919 % 501)


@pytest.fixture
def filled(database: Engine) -> Iterator[Connection]:
    """Many rows in every table that is listed."""
    numbers = range(1, MANY + 1)
    with database.begin() as connection:
        rows: list[tuple[Any, list[dict[str, Any]]]] = [
            (person, [somebody("sec.han"), somebody("expert.lim")]),
            (holding, [{"person": "sec.han", "number": 1, "role": "secretariat"}]),
            (case, [a_case(f"T-{n:04}", country="VN" if n % 2 else "TH") for n in numbers]),
            (partnerships, [a_partnership(f"T-{n:04}") for n in numbers]),
            (record, [an_entry(n, f"T-{n:04}", at=_at(n), rule="own" if n % 3 else None) for n in numbers]),
            (gate, [a_gate(f"T-{n:04}:review:1", due_at=_at(n)) for n in numbers]),
            (seat, [_seat(n) for n in numbers]),
            (notices, [a_notice(f"T-{n:04}:1:sec.han", n, created_at=_at(n)) for n in numbers]),
            (delivery, [_tried(n, attempt) for n in numbers for attempt in (1, 2)]),
            (delegations, [a_delegation(n, "sec.han", "expert.lim") for n in numbers]),
        ]
        for table, given in rows:
            connection.execute(insert(table), given)
        for fund in (A_FUND, A_PART, _ANOTHER):
            connection.exec_driver_sql(fund)
        connection.execute(insert(payments), [a_payment(f"T-{n:04}:study.final", n) for n in numbers])
        connection.execute(insert(transfer), [row for n in numbers for row in _transfers(n)])
        connection.execute(insert(wishes), [_wish(n) for n in numbers])
    with database.connect().execution_options(readonly=True) as connection:
        yield connection


def _seat(number: int) -> dict[str, Any]:
    """Every third gate is for experts, the others for the secretariat."""
    role = "secretariat" if number % 3 else "expert"
    return {"gate": f"T-{number:04}:review:1", "role": role, "person": "", "since": _DAY}


_ANOTHER = A_FUND.replace("'f', 'f'", "'g', 'g'")
LONG = "T-LONG"
"""The case of every second transfer of the sleeve."""


def _transfers(number: int) -> list[dict[str, Any]]:
    """Two of an entry on record: of the fund or its sleeve, in another order than their keys, and of another
    fund.
    """
    of = LONG if number % 4 else f"T-{number:04}"
    moved = a_transfer(f"{MANY - number:04}:r", number, "part" if number % 2 else "f", case=of)
    return [moved, a_transfer(f"{number:04}:x", number, "g", case="f" if number % 7 else of)]


def _wish(number: int) -> dict[str, Any]:
    """Some have a place of their own, some were offered what they want, some do not wait any more."""
    state = ("waiting", "waiting", "offered", "left")[number % 4]
    return a_wish(f"T-{number:04}:r", number, rank=number * 7919 % 5, state=state)


def _tried(number: int, attempt: int) -> dict[str, Any]:
    row = {"notice": f"T-{number:04}:1:sec.han", "attempt": attempt, "at": _DAY, "status": "dead"}
    return row | {"detail": f"attempt {attempt}"}


Page = Callable[[Connection, int | None, Any], list[Any]]
_SINCE = Question(since=_DAY + timedelta(minutes=9))
_REFUSED = Question(country="VN", refused=True)
LISTS: dict[str, tuple[Page, str]] = {
    "history": (lambda c, most, after: audit.history(c, Question(), most, after), "seq"),
    "history since": (lambda c, most, after: audit.history(c, _SINCE, most, after), "seq"),
    "refused in a country": (lambda c, most, after: audit.history(c, _REFUSED, most, after), "seq"),
    "partnerships": (partnership.listing, "case"),
    "partnerships of a country": (
        lambda c, most, after: partnership.listing(c, most, after, country="VN"),
        "case",
    ),
    "inbox of all": (lambda c, most, after: inbox.waiting(c, None, most, after), "id"),
    "inbox of one": (lambda c, most, after: inbox.waiting(c, "sec.han", most, after), "id"),
    "inbox of a deputy": (lambda c, most, after: inbox.waiting(c, "expert.lim", most, after), "id"),
    "notices": (lambda c, most, after: notice.listing(c, None, most, after), "key"),
    "notices by status": (lambda c, most, after: notice.listing(c, NoticeStatus.DEAD, most, after), "key"),
    "payments": (payment.listing, "key"),
    "ledger": (lambda c, most, after: ledger.listing(c, None, most, after), "key"),
    "ledger of a fund": (lambda c, most, after: ledger.listing(c, "f", most, after), "key"),
    "ledger of a sleeve": (lambda c, most, after: ledger.listing(c, "part", most, after), "key"),
    "ledger of a case": (lambda c, most, after: ledger.listing(c, LONG, most, after), "key"),
    "waiting list": (waitlist.listing, "reservation"),
    "delegations": (lambda c, most, after: delegation.listing(c, None, most, after), "record"),
}


def test_pages_put_together_are_the_list(filled: Connection) -> None:
    for name, (page, key) in LISTS.items():
        everything = page(filled, None, None)
        assert len(everything) > MANY // 4, name
        assert len({row[key] for row in everything}) == len(everything), name
        chunks = in_chunks(partial(page, filled), itemgetter(key))
        assert list(chunks) == everything, name
        seen: list[Any] = []
        while rows := page(filled, 60, seen[-1][key] if seen else None):
            assert len(rows) <= 60, name
            seen += rows
        assert seen == everything, name


def test_lists_are_in_their_order(filled: Connection) -> None:
    since = audit.history(filled, Question(since=_DAY + timedelta(minutes=9)))
    assert since == sorted(since, key=lambda row: (row["at"], row["seq"]))
    assert min(row["at"] for row in since) >= _DAY + timedelta(minutes=9)
    assert [row["seq"] for row in audit.history(filled, Question())] == list(range(1, MANY + 1))
    due = [(row["due_at"], row["id"]) for row in inbox.waiting(filled)]
    assert due == sorted(due)
    turns = [(row["rank"], row["record"]) for row in waitlist.listing(filled)]
    assert turns == sorted(turns)
    assert {row["state"] for row in waitlist.listing(filled)} == {"waiting", "offered"}
    booked = [(row["record"], row["key"]) for row in ledger.listing(filled)]
    assert booked == sorted(booked)
    made = [(row["created_at"], row["key"]) for row in notice.listing(filled)]
    assert made == sorted(made, reverse=True)


@pytest.mark.parametrize("few", [ledger.FEW, 0])
def test_a_ledger_is_of_a_level_with_its_parts_or_of_a_case(
    filled: Connection, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of few levels each is read by itself; of many, the journal; both are the same list."""
    monkeypatch.setattr(ledger, "FEW", few)
    everything = ledger.listing(filled)
    assert len(everything) == 2 * MANY
    for of, levels in {
        "f": {"f", "part"},
        "part": {"part"},
        "g": {"g"},
        LONG: set[str](),
        "?": set(),
    }.items():
        right = [row for row in everything if row["fund"] in levels or row["case"] == of]
        assert ledger.listing(filled, of) == right, of
    assert {row["action"] for row in everything} == {"vote approve"}


def test_an_inbox_holds_what_its_owner_may_act_on(filled: Connection) -> None:
    mine = inbox.waiting(filled, "sec.han")
    assert {int(row["case"][2:]) % 3 for row in mine} == {1, 2}
    lent = inbox.waiting(filled, "expert.lim", 5)
    assert [row["on_behalf_of"] for row in lent] == ["sec.han"] * 5
    assert [row["id"] for row in inbox.at_case(filled, "T-0003")] == ["T-0003:review:1"]


def test_a_notice_shows_its_last_attempt(filled: Connection) -> None:
    assert {row["detail"] for row in notice.listing(filled, NoticeStatus.DEAD, 10)} == {"attempt 2"}


def test_a_page_after_nothing_known_is_refused(filled: Connection) -> None:
    for read in (
        lambda: audit.history(filled, Question(since=_DAY), 5, 10**9),
        lambda: inbox.waiting(filled, None, 5, "T-1:nowhere:1"),
        lambda: notice.listing(filled, None, 5, "no such notice"),
        lambda: ledger.listing(filled, "f", 5, "no such transfer"),
        lambda: waitlist.listing(filled, 5, "no such wish"),
    ):
        with pytest.raises(UnknownPlace):
            read()


def test_a_delegation_of_the_past_lends_nothing(filled: Connection) -> None:
    filled.rollback()
    with filled.engine.begin() as connection:
        connection.execute(delegations.update().values(until=date(2020, 1, 1)))
    assert inbox.waiting(filled, "expert.lim", 5) == []
