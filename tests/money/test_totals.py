"""Running totals: what a transfer costs does not grow with those before it, and each total is right."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update

from activities.money import balance, portfolio, proof
from models.case.record import Receipt
from models.case.rule import CaseRule
from models.money.limits import WITHOUT_FIRM, group_of
from models.money.rule import MoneyRule
from models.money.transfer import Account, TransferKind
from models.tables.case import case as cases
from models.tables.money import case_total, group_total, reservation_total, transfer
from tests.support.entries import entry
from tests.support.house import proposal
from tests.support.ledger import carry, furnish, life, moving, plan, scans, statements, write

K = TransferKind
Work = Callable[[Connection], tuple[Receipt, ...]]

STEPS: dict[str, Work] = {
    "reserve": lambda c: write(c, "N-1", *life("N-1", 0)[:2]),
    "a whole life": lambda c: write(c, "N-1", *life("N-1", 0)),
    "give back": lambda c: write(c, "N-1", *life("N-1", 9)),
    "wait": lambda c: write(c, "N-1", life("N-1", 1)[0], moving(K.PENDING, "w", "w", 10**6)),
    "order, to decommit": lambda c: write(
        c, "L-0", moving(K.ORDER, "d", "L-0:r", 1), moving(K.DECOMMIT, "e", "L-0:r", None)
    ),
    "bounce": lambda c: write(c, "L-0", moving(K.BOUNCE, "b", "L-0:r", None, resolves="L-0:y")),
    "claim": lambda c: write(c, "all", moving(K.CLAIM, "c", "L-0:r", 10)),
    "change the country": lambda c: moved_to(c, "L-1", "LA"),
}


def moved_to(connection: Connection, case: str, country: str) -> tuple[Receipt, ...]:
    """A revision puts a firm of the founding country on a project, which has got into another country."""
    about = proposal(case, country=country, national_firm=True)
    receipts = write(connection, case, entry(f"{case} revised", proposal=about))
    connection.execute(update(cases).where(cases.c.id == case).values(country=country))
    portfolio.count(connection, case, {})
    return receipts


def test_no_table_is_read_from_end_to_end(database: Engine) -> None:
    furnish(database)
    carry(database, range(20))
    for name, work in STEPS.items():
        with database.connect() as connection:
            with statements(database) as sent:
                rules = {receipt.rule for receipt in work(connection)}
            assert rules == ({None, MoneyRule.FUNDS_SHORT} if name == "wait" else {None})
            assert len(sent) > 5
            plans = {statement[0]: scans(plan(connection, statement)) for statement in sent}
            assert {statement: found for statement, found in plans.items() if found} == {}, name


def effort(connection: Connection, work: Work) -> int:
    """How many rows a PostgreSQL reads, or how many steps SQLite takes, for ``work``."""
    if connection.dialect.name == "postgresql":
        read = "SELECT sum(seq_tup_read) + sum(idx_tup_fetch) FROM pg_stat_xact_user_tables"
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        before = connection.exec_driver_sql(read).scalar_one()
        work(connection)
        return int(connection.exec_driver_sql(read).scalar_one() - before)
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    connection.exec_driver_sql("SELECT 1")
    sqlite: Any = connection.connection.driver_connection
    sqlite.set_progress_handler(step, 1)
    work(connection)
    sqlite.set_progress_handler(None, 1)
    return steps[0]


def efforts(database: Engine) -> dict[str, int]:
    """What each step costs now; none is committed. What is prepared once is prepared before."""
    cost = {}
    for name, work in STEPS.items():
        with database.connect() as connection:
            work(connection)
            connection.rollback()
            cost[name] = effort(connection, work)
    return cost


def test_what_a_transfer_costs_does_not_grow_with_those_before_it(database: Engine) -> None:
    furnish(database)
    carry(database, range(20))
    first = efforts(database)
    carry(database, range(20, 200))
    then = efforts(database)
    assert min(first.values()) > 5
    # tables have grown by 180 cases; a database that has counted its rows meanwhile may go another way
    assert {name: cost for name, cost in then.items() if cost > first[name] * 1.1 + 20} == {}, first


def test_totals_are_the_sums_of_the_transfers(database: Engine) -> None:
    furnish(database)
    carry(database, range(30))
    with database.connect() as connection:
        for row in connection.execute(select(reservation_total)).mappings().all():
            held = dict.fromkeys(Account, 0)
            of = (transfer.c.reservation == row["reservation"], transfer.c.fund == row["fund"])
            for one in connection.execute(select(transfer).where(*of)):
                for account, sign in K(one.kind).legs.effects().items():
                    held[account] += sign * one.amount
            assert held == {account: row[account] for account in Account}
            assert balance.held(connection, row["reservation"], row["fund"]) == held
        total = select(func.sum(case_total.c.held)).where(case_total.c.fund == "all")
        assert connection.scalar(total) == 27 * 900
        groups = select(group_total.c.name, group_total.c.held).where(group_total.c.fund == "part")
        of_group = {row.name: row.held for row in connection.execute(groups)}
        assert sum(of_group[group_of(code)] for code in ("VN", "TH", "ID")) == 27 * 900
        assert of_group[WITHOUT_FIRM] == 15 * 900
        assert connection.scalar(select(func.count()).select_from(reservation_total)) == 30 + 2
        assert proof.check(connection) == []


def test_what_a_case_holds_counts_for_the_country_that_it_is_in_now(database: Engine) -> None:
    furnish(database)
    carry(database, range(3))
    with database.begin() as connection:
        moved_to(connection, "L-0", "LA")
        found = portfolio.held_by_groups(
            connection, ["all", "part"], ["country VN", "country LA", WITHOUT_FIRM]
        )
        assert found == {
            ("all", "country VN"): 0,
            ("part", "country VN"): 0,
            ("all", "country LA"): 900,
            ("part", "country LA"): 900,
            ("all", WITHOUT_FIRM): 900,
            ("part", WITHOUT_FIRM): 900,
        }
        assert proof.check(connection) == []
        write(connection, "L-0", moving(K.DECOMMIT, "d", "L-0:r", None))
        assert portfolio.held_by_case(connection, "L-0") == {"all": 400 - 50, "part": 400 - 50}
        assert proof.check(connection) == []


def test_the_database_itself_refuses_totals_that_cannot_be(database: Engine) -> None:
    furnish(database)
    carry(database, range(1))
    wrong = (
        "UPDATE reservation_total SET available = available + 1",
        "UPDATE reservation_total SET committed = -1, ordered = 651 WHERE reservation = 'L-0:r'",
        "UPDATE reservation_total SET returned = 251, available = available + 251"
        " WHERE reservation = 'L-0:r'",
        "UPDATE case_total SET held = -1",
        "UPDATE group_total SET held = -1",
    )
    for statement in wrong:
        with pytest.raises(Exception, match=r"(?i)check constraint"), database.begin() as connection:
            connection.execute(text(statement))


def test_a_reservation_goes_by_its_own_key(database: Engine) -> None:
    furnish(database)
    carry(database, range(1))
    with database.begin() as connection:
        (receipt,) = write(connection, "L-0", moving(K.PENDING, "other", "L-0:r", 1))
        assert receipt.rule == CaseRule.MALFORMED
        assert proof.check(connection) == []


def test_a_reservation_without_an_amount_is_refused(database: Engine) -> None:
    furnish(database)
    with database.begin() as connection:
        for kind in (K.PENDING, K.SELL, K.PLEDGE):
            (receipt,) = write(connection, "T-1", moving(kind, f"{kind}", "x", None))
            assert (receipt.rule, receipt.detail) == (CaseRule.MALFORMED, f"It takes an amount to {kind}.")
        assert proof.check(connection) == []
