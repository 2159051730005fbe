"""The ledger on real databases: capped, two-phase, and never overdrawn, whoever writes together."""

import pytest
from sqlalchemy import Engine

from activities.money import balance
from activities.money import book as journal
from models.money.effects import Moves
from models.money.rule import MoneyRule
from models.money.transfer import Account, TransferKind
from tests.support.entries import write
from tests.support.furnished import add_fund, furnish, snapshot
from tests.support.moves import K, balances, move, moving

UNTOUCHED: dict[str, int] = {str(a): 0 for a in Account} | {Account.PAID_IN: 1000, Account.AVAILABLE: 1000}


def changed(**accounts: int) -> dict[str, int]:
    """The balances of a sleeve of 1000 with this much in its accounts."""
    return {**UNTOUCHED, "available": 1000 - sum(accounts.values()), **accounts}


def reserved(database: Engine, minor: int = 400) -> None:
    """A furnished database with a reservation ``r``."""
    furnish(database)
    assert move(database, K.PENDING, "r", minor) is None


def test_posting_gives_back_the_rest_and_voiding_all(database: Engine) -> None:
    reserved(database)
    assert balances(database) == changed(reserved=400)
    assert move(database, K.POST, "p", 300) is None
    assert balances(database) == changed(committed=300)
    with database.connect() as connection:
        assert balance.held(connection, "r", "studies")[Account.COMMITTED] == 300
        assert journal.by_case(connection)["T-1"] == {
            "reserved": 0,
            "committed": 300,
            "ordered": 0,
            "disbursed": 0,
        }
    assert [move(database, K.PENDING, "s", 700, "s"), move(database, K.VOID, "v", None, "s")] == [None, None]
    assert balances(database) == changed(committed=300)


def test_money_of_one_sleeve_is_never_posted_in_another(database: Engine) -> None:
    reserved(database)
    before = balances(database)
    elsewhere = moving(K.POST, "p", 300)
    moves = elsewhere.effect(Moves)
    assert moves
    other = moves.transfer.model_copy(update={"fund": "other"})
    wrong = elsewhere.model_copy(update={"effects": (Moves(transfer=other),)})
    assert write(database, wrong)[0].rule in (MoneyRule.PENDING_RESOLVED, MoneyRule.WRONG_CURRENCY)
    assert balances(database) == before


@pytest.mark.parametrize("first", [K.POST, K.VOID])
def test_a_reservation_is_resolved_once(database: Engine, first: TransferKind) -> None:
    reserved(database)
    assert move(database, first, "first", 100 if first is K.POST else None) is None
    before = snapshot(database, "record", "counter")
    assert move(database, K.POST, "p") == MoneyRule.PENDING_RESOLVED
    assert move(database, K.VOID, "v") == MoneyRule.PENDING_RESOLVED
    assert move(database, K.VOID, "w", None, "no such reservation") == MoneyRule.PENDING_RESOLVED
    assert snapshot(database, "record", "counter") == before


def test_more_than_was_reserved_or_committed_does_not_move(database: Engine) -> None:
    reserved(database)
    before = snapshot(database, "record", "counter")
    assert move(database, K.POST, "p", 401) == MoneyRule.COMMITMENT_EXCEEDED
    assert move(database, K.ORDER, "d", 1) == MoneyRule.COMMITMENT_EXCEEDED
    assert snapshot(database, "record", "counter") == before
    assert move(database, K.POST, "q") is None
    assert move(database, K.ORDER, "e", 401) == MoneyRule.COMMITMENT_EXCEEDED
    assert balances(database) == changed(committed=400)


def test_decommitting_releases_what_is_not_paid_of_this_commitment(database: Engine) -> None:
    reserved(database)
    assert [move(database, K.PENDING, "s", 100, "s"), move(database, K.POST, "ps", None, "s")] == [None, None]
    assert [move(database, K.POST, "p"), move(database, K.ORDER, "d", 150)] == [None, None]
    assert move(database, K.ORDER, "e", 101, "s") == MoneyRule.COMMITMENT_EXCEEDED
    assert [move(database, K.DECOMMIT, "c"), move(database, K.DECOMMIT, "again")] == [None, None]
    assert move(database, K.ORDER, "f", 1) == MoneyRule.COMMITMENT_EXCEEDED
    assert balances(database) == changed(committed=100, ordered=150)


def test_currencies_never_mix(database: Engine) -> None:
    reserved(database)
    assert move(database, K.PENDING, "usd", 1, "usd", currency="USD") == MoneyRule.WRONG_CURRENCY
    assert move(database, K.POST, "p", 100, currency="USD") == MoneyRule.WRONG_CURRENCY
    assert balances(database) == changed(reserved=400)


def test_registering_a_known_fund_keeps_its_balances_and_its_cap(database: Engine) -> None:
    reserved(database)
    add_fund(database, "f", studies=9000, third=30)
    assert balances(database) == changed(reserved=400)
    assert balances(database, "third") == {**UNTOUCHED, "available": 30, "paid_in": 30}


def test_what_the_payee_gave_back_no_bank_can_send_back_too(database: Engine) -> None:
    reserved(database)
    assert move(database, K.POST, "p") is None
    assert move(database, K.ORDER, "o", 100) is None
    assert move(database, K.PAY, "y", resolves="o") is None
    assert move(database, K.RETURN, "t", 1) is None
    before = balances(database)
    assert move(database, K.BOUNCE, "b", resolves="y") == MoneyRule.COMMITMENT_EXCEEDED
    assert balances(database) == before


def test_what_is_claimed_and_came_back_leaves_nothing_to_claim(database: Engine) -> None:
    """The bank sent back what was claimed as over-paid, too: less than nothing is nothing."""
    reserved(database)
    assert [move(database, K.POST, "p"), move(database, K.ORDER, "o", 100)] == [None, None]
    assert [move(database, K.PAY, "y", resolves="o"), move(database, K.CLAIM, "c", 60)] == [None, None]
    assert move(database, K.BOUNCE, "b", resolves="y") is None
    before = balances(database)
    assert move(database, K.CLAIM, "again", 1) == MoneyRule.COMMITMENT_EXCEEDED
    assert move(database, K.CLAIM, "rest") is None
    assert balances(database) == before
