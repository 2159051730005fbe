"""The ledger on real databases: capped, two-phase, and never overdrawn, whoever writes together."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import Engine, select

from activities import fund
from models.fund import Account, Amount, Transfer, TransferKind
from models.record import Entry
from models.rule import Rule
from models.tables.fund import transfer
from models.tables.record import record
from runtime.database import connect, migrate
from tests.test_database import add_fund, entry, furnish, snapshot, write

PENDING, POST, VOID, DISBURSE, DECOMMIT = TransferKind
UNTOUCHED = {"available": 1000, "reserved": 0, "committed": 0, "disbursed": 0}


def moving(kind: TransferKind, key: str, minor: int | None = None, of: str = "r", **more: str) -> Entry:
    """An entry that moves money of the reservation ``of``."""
    currency, sleeve = more.get("currency", "KRW"), more.get("sleeve", "studies")
    amount = Amount(minor=minor, currency=currency) if minor else None
    wish = Transfer(key=key, kind=kind, sleeve=sleeve, reservation=of, amount=amount)
    return entry(f"entry {key}", transfer=wish)


def move(database: Engine, kind: TransferKind, key: str, *more: Any, currency: str = "KRW") -> Rule | None:
    """Move money on the record; the rule that forbids it, or None."""
    return write(database, moving(kind, key, *more, currency=currency))[0].rule


def balances(database: Engine, name: str = "studies") -> dict[str, int]:
    """What is in each account of a sleeve."""
    with database.connect() as connection:
        row = next(row for row in fund.balances(connection) if row["id"] == name)
    return {account: row[account] for account in Account}


def changed(**accounts: int) -> dict[str, int]:
    """The balances of a sleeve of 1000 with this much in its accounts."""
    return {**UNTOUCHED, "available": 1000 - sum(accounts.values()), **accounts}


def reserved(database: Engine, minor: int = 400) -> None:
    """A furnished database with a reservation ``r``."""
    furnish(database)
    assert move(database, PENDING, "r", minor) is None


def test_posting_gives_back_the_rest_and_voiding_all(database: Engine) -> None:
    reserved(database)
    assert balances(database) == changed(reserved=400)
    assert move(database, POST, "p", 300) is None
    assert balances(database) == changed(committed=300)
    with database.connect() as connection:
        assert fund.committed(connection, "r", "studies") == 300
        assert fund.by_case(connection)["T-1"] == {**changed(committed=300), "available": -300}
    assert [move(database, PENDING, "s", 700, "s"), move(database, VOID, "v", None, "s")] == [None, None]
    assert balances(database) == changed(committed=300)


def test_money_of_one_sleeve_is_never_posted_in_another(database: Engine) -> None:
    reserved(database)
    before = balances(database)
    elsewhere = moving(POST, "p", 300)
    transfer = elsewhere.transfer
    assert transfer
    wrong = elsewhere.model_copy(update={"transfer": transfer.model_copy(update={"sleeve": "other"})})
    assert write(database, wrong)[0].rule in (Rule.PENDING_RESOLVED, Rule.WRONG_CURRENCY)
    assert balances(database) == before


@pytest.mark.parametrize("first", [POST, VOID])
def test_a_reservation_is_resolved_once(database: Engine, first: TransferKind) -> None:
    reserved(database)
    assert move(database, first, "first", 100 if first is POST else None) is None
    before = snapshot(database, "record", "counter")
    assert move(database, POST, "p") is Rule.PENDING_RESOLVED
    assert move(database, VOID, "v") is Rule.PENDING_RESOLVED
    assert move(database, VOID, "w", None, "no such reservation") is Rule.PENDING_RESOLVED
    assert snapshot(database, "record", "counter") == before


def test_more_than_was_reserved_or_committed_does_not_move(database: Engine) -> None:
    reserved(database)
    before = snapshot(database, "record", "counter")
    assert move(database, POST, "p", 401) is Rule.COMMITMENT_EXCEEDED
    assert move(database, DISBURSE, "d", 1) is Rule.COMMITMENT_EXCEEDED
    assert snapshot(database, "record", "counter") == before
    assert move(database, POST, "q") is None
    assert move(database, DISBURSE, "e", 401) is Rule.COMMITMENT_EXCEEDED
    assert balances(database) == changed(committed=400)


def test_decommitting_releases_what_is_not_paid_of_this_commitment(database: Engine) -> None:
    reserved(database)
    assert [move(database, PENDING, "s", 100, "s"), move(database, POST, "ps", None, "s")] == [None, None]
    assert [move(database, POST, "p"), move(database, DISBURSE, "d", 150)] == [None, None]
    assert move(database, DISBURSE, "e", 101, "s") is Rule.COMMITMENT_EXCEEDED
    assert [move(database, DECOMMIT, "c"), move(database, DECOMMIT, "again")] == [None, None]
    assert move(database, DISBURSE, "f", 1) is Rule.COMMITMENT_EXCEEDED
    assert balances(database) == changed(committed=100, disbursed=150)


def test_currencies_never_mix(database: Engine) -> None:
    reserved(database)
    assert move(database, PENDING, "usd", 1, "usd", currency="USD") is Rule.WRONG_CURRENCY
    assert move(database, POST, "p", 100, currency="USD") is Rule.WRONG_CURRENCY
    assert balances(database) == changed(reserved=400)


def test_registering_a_known_fund_keeps_its_balances_and_its_cap(database: Engine) -> None:
    reserved(database)
    add_fund(database, "f", studies=9000, third=30)
    assert balances(database) == changed(reserved=400)
    assert balances(database, "third") == {**UNTOUCHED, "available": 30}


class Ledger(RuleBasedStateMachine):
    """Any steps in any order, each taken twice as a retry would, beside a model that only counts."""

    database: Engine
    runs = count()

    def __init__(self) -> None:
        super().__init__()
        self.name = f"s{next(self.runs)}"  # a fund and a case of its own for each run
        add_fund(self.database, self.name, **{self.name: 1000})
        self.made: list[str] = []
        self.pending: dict[str, int] = {}
        self.left: dict[str, int] = {}
        self.paid = self.steps = 0

    @property
    def expected(self) -> dict[str, int]:
        """The balances as the model counts them."""
        committed = sum(self.left.values())
        return changed(reserved=sum(self.pending.values()), committed=committed, disbursed=self.paid)

    def step(self, kind: TransferKind, of: str, minor: int | None, expected: Rule | None) -> bool:
        """Take a step; whether the money moved."""
        wish = moving(kind, f"{self.name}:{self.steps}", minor, of, sleeve=self.name)
        self.steps += 1
        (receipt,) = write(self.database, wish, case=self.name)
        assert receipt.rule == expected
        assert write(self.database, wish, case=self.name) == (receipt,)
        return expected is None

    @rule(minor=st.integers(1, 600))
    def reserve(self, minor: int) -> None:
        key = f"{self.name}:{self.steps}"
        short = Rule.FUNDS_SHORT if minor > self.expected["available"] else None
        if self.step(PENDING, key, minor, short):
            self.pending[key] = minor
            self.made.append(key)

    @precondition(lambda self: self.made)
    @rule(kind=st.sampled_from([POST, VOID]), which=st.integers(0, 9), minor=st.none() | st.integers(1, 600))
    def resolve(self, kind: TransferKind, which: int, minor: int | None) -> None:
        of = self.made[which % len(self.made)]
        posted = (minor or self.pending.get(of, 0)) if kind is POST else 0
        late = Rule.COMMITMENT_EXCEEDED if posted > self.pending.get(of, 0) else None
        late = late if of in self.pending else Rule.PENDING_RESOLVED
        if self.step(kind, of, minor if kind is POST else None, late):
            del self.pending[of]
            self.left[of] = posted

    @precondition(lambda self: self.made)
    @rule(which=st.integers(0, 9), minor=st.none() | st.integers(1, 300))
    def disburse_or_decommit(self, which: int, minor: int | None) -> None:
        of = self.made[which % len(self.made)]
        left = self.left.get(of, 0)
        much = Rule.COMMITMENT_EXCEEDED if minor and minor > left else None
        if self.step(DISBURSE if minor else DECOMMIT, of, minor, much):
            self.left[of] = left - minor if minor else 0
            self.paid += minor or 0

    @invariant()
    def balances_are_the_replay_of_transfers_that_cite_their_record(self) -> None:
        assert balances(self.database, self.name) == self.expected
        joined = select(transfer, record.c.key.label("entry")).outerjoin(record)
        with self.database.connect() as connection:
            moves = connection.execute(joined.where(transfer.c.sleeve == self.name)).all()
        replayed = dict(UNTOUCHED)
        for row in moves:
            replayed[row.debit] -= row.amount
            replayed[row.credit] += row.amount
        assert replayed == self.expected
        assert all(f"entry {row.key.removesuffix(':rest')}" == row.entry for row in moves)
        resolved = [row.resolves for row in moves if row.resolves]
        assert sorted(resolved) == sorted(set(self.made) - set(self.pending))


def test_any_run_of_steps_adds_up(tmp_path: Path) -> None:
    Ledger.database = connect(f"sqlite:///{tmp_path / 'accord.db'}")
    migrate(Ledger.database)
    few = settings(max_examples=20, stateful_step_count=20, deadline=None)
    run_machine(Ledger, settings=few)
    Ledger.database.dispose()
