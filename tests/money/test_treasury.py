"""Acts on a fund: stopped by one, everything else by two who say the same; all of it on record."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine, update

from activities.case import request
from activities.case.audit import Question, history
from activities.money import level, proof, waitlist
from activities.money.fund import register
from models.amount import Amount
from models.case.confirmation import Request
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule, Rule
from models.money.fund import Fund, Investor, Sleeve, SubFund
from models.money.rate import Rate
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind
from models.money.treasury import FundAct, FundOrder
from models.payment.rule import PaymentRule
from models.tables.money import fund
from models.tables.record import request as asked_for
from services.case.cases import Refused
from services.money.treasury import Treasury
from tests.support.entries import NOW, transfers_in
from tests.support.furnished import furnish, somebody
from tests.support.furnished import register as people
from tests.support.ledger import plan, scans, statements
from tests.support.moves import balances, move

FIRST, SECOND = "treasury.one", "treasury.two"


@pytest.fixture
def funds(database: Engine) -> Engine:
    """A fund that raises its money, in sub-funds with sleeves; and managers for it."""
    furnish(database)
    people(
        database, *(somebody(who, "treasury") for who in (FIRST, SECOND)), somebody("expert.lim", "expert")
    )
    people(
        database,
        somebody("treasury.alias", "treasury", subject=FIRST),
        somebody(FIRST, "treasury", subject=FIRST),
    )
    sleeve = Sleeve(id="asean", name="ASEAN", cap=300)
    smart = SubFund(id="smart", name="Smart city", cap=500, sleeves=(sleeve,))
    state = Investor(id="state", name="State", pledge=400)
    terms = Fund(id="pis", name="PIS", currency="KRW", cap=1500, sub_funds=(smart,), investors=(state,))
    with database.begin() as connection:
        register(connection, terms, NOW)
    return database


def order(act: str, actor: str = FIRST, **changes: Any) -> FundOrder:
    fields: dict[str, Any] = {"level": "pis", "reason": "A test."}
    if FundAct(act).transfers:
        fields |= {"of": "state", "amount": 100}
    return FundOrder(act=FundAct(act), actor=actor, **(fields | changes))


def both(database: Engine, act: str, **changes: Any) -> None:
    """Two managers say the same."""
    assert not Treasury(database, SELF_DECLARED).order(order(act, **changes)).carried_out
    assert Treasury(database, SELF_DECLARED).order(order(act, SECOND, **changes)).carried_out


def refused(database: Engine, given: FundOrder) -> Rule:
    """Why an order is refused; that is on record."""
    with pytest.raises(Refused) as error:
        Treasury(database, SELF_DECLARED).order(given)
    with database.connect() as connection:
        row = history(connection, Question(refused=True))[-1]
    assert (row["seq"], row["rule"], row["actor"]) == (error.value.seq, error.value.rule, given.actor)
    return error.value.rule


def test_capital_is_pledged_called_and_paid_in_and_only_then_there(funds: Engine) -> None:
    assert (balances(funds, "pis")["pledged"], balances(funds, "pis")["available"]) == (400, 0)
    assert move(funds, TransferKind.PENDING, "r", 50, fund="asean") == MoneyRule.FUNDS_SHORT
    both(funds, "call")
    both(funds, "receive")
    pis = balances(funds, "pis")
    assert {name: pis[name] for name in ("pledged", "called", "paid_in", "available")} == {
        "pledged": 300,
        "called": 0,
        "paid_in": 100,
        "available": 50,  # what waited was served when the money came
    }
    assert balances(funds, "asean")["reserved"] == 50
    with funds.connect() as connection:
        assert proof.check(connection) == []


def test_an_investor_who_does_not_pay_leaves_less_and_overdraws_nothing(funds: Engine) -> None:
    both(funds, "call")
    both(funds, "default")
    pis = balances(funds, "pis")
    assert (pis["pledged"], pis["called"], pis["available"], pis["memo"]) == (300, 0, 0, 300)
    assert not Treasury(funds, SELF_DECLARED).order(order("receive")).carried_out
    assert refused(funds, order("receive", SECOND)) == MoneyRule.COMMITMENT_EXCEEDED


def test_one_person_cannot_do_it_alone_whatever_account_they_use(funds: Engine) -> None:
    Treasury(funds, SELF_DECLARED).order(order("call"))
    assert refused(funds, order("call")) == CaseRule.TWO_PEOPLE
    assert refused(funds, order("call", "treasury.alias")) == CaseRule.TWO_PEOPLE
    assert refused(funds, order("call", "expert.lim")) == CaseRule.ROLE_NOT_HELD
    assert refused(funds, order("call", "nobody")) == CaseRule.UNKNOWN_PERSON
    assert not Treasury(funds, SELF_DECLARED).order(order("call", SECOND, amount=101)).carried_out
    assert balances(funds, "pis")["called"] == 0


def test_who_asked_and_when_is_found_by_what_was_asked_until_it_is_confirmed(funds: Engine) -> None:
    asked = Treasury(funds, SELF_DECLARED).order(order("call"))
    Treasury(funds, SELF_DECLARED).order(order("call", amount=101))
    with funds.connect() as connection:
        found = request.find(connection, order("call", SECOND, reason="Another one.").asked())
        (row,) = (row for row in history(connection, Question(case="pis")) if row["seq"] == asked.seq)
        assert found == Request(what=order("call").request, who=FIRST, actor=FIRST, at=row["at"])
        assert request.find(connection, order("call", amount=99).asked()) is None
    assert Treasury(funds, SELF_DECLARED).order(order("call", SECOND)).carried_out
    with funds.connect() as connection:
        assert request.find(connection, order("call").asked()) is None
        assert request.find(connection, order("call", amount=101).asked()) is not None


def test_an_order_lapses_where_nobody_confirms_it(funds: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one only asks for it again."""
    monkeypatch.setattr("models.case.confirmation.LAPSES_AFTER", timedelta(0))
    Treasury(funds, SELF_DECLARED).order(order("call"))
    assert not Treasury(funds, SELF_DECLARED).order(order("call", SECOND)).carried_out
    assert balances(funds, "pis")["called"] == 0


def test_a_request_that_leads_to_another_entry_is_none(funds: Engine) -> None:
    """Somebody lets the list of requests say that the other one has asked for it."""
    Treasury(funds, SELF_DECLARED).order(order("call", amount=1))
    other = Treasury(funds, SELF_DECLARED).order(order("call", SECOND, amount=99))
    with funds.begin() as connection:
        digest = order("call", amount=1).request
        connection.execute(update(asked_for).where(asked_for.c.digest == digest).values(record=other.seq))
    assert not Treasury(funds, SELF_DECLARED).order(order("call", amount=1)).carried_out
    assert balances(funds, "pis")["called"] == 0
    assert Treasury(funds, SELF_DECLARED).order(order("call", SECOND, amount=1)).carried_out


def test_no_history_is_read_for_an_order(funds: Engine) -> None:
    read = []
    for actor in (FIRST, SECOND):
        with statements(funds) as sent:
            Treasury(funds, SELF_DECLARED).order(order("call", actor))
        read += sent
    with funds.connect() as connection:
        steps = [step for statement in read for step in scans(plan(connection, statement))]
    assert len(read) > 20
    assert [step for step in steps if any(name in step for name in ("record", "transfer", "request"))] == []


def test_a_fund_that_no_role_manages_takes_no_orders_and_says_why(funds: Engine) -> None:
    with funds.begin() as connection:
        connection.execute(update(fund).values(managers=None))
    with pytest.raises(Refused, match=r"No role manages the fund of smart\."):
        Treasury(funds, SELF_DECLARED).order(order("freeze", level="smart"))


def test_the_same_act_again_takes_two_people_again(funds: Engine) -> None:
    both(funds, "call")
    both(funds, "call")
    assert balances(funds, "pis")["called"] == 200


def test_more_than_was_pledged_cannot_be_called(funds: Engine) -> None:
    Treasury(funds, SELF_DECLARED).order(order("call", amount=401))
    assert refused(funds, order("call", SECOND, amount=401)) == MoneyRule.COMMITMENT_EXCEEDED
    assert refused(funds, order("call", level="nowhere")) == MoneyRule.UNKNOWN_FUND


def test_one_person_freezes_and_two_let_it_go_on_and_who_waited_is_served(funds: Engine) -> None:
    both(funds, "call")
    both(funds, "receive")
    assert Treasury(funds, SELF_DECLARED).order(order("freeze", level="smart")).carried_out
    assert move(funds, TransferKind.PENDING, "r", 50, fund="asean") == MoneyRule.FUND_FROZEN
    both(funds, "thaw", level="smart")
    assert balances(funds, "asean")["reserved"] == 50
    with funds.connect() as connection:
        assert level.frozen(connection, "asean") is None
        assert [row["state"] for row in waitlist.listing(connection)] == ["offered"]


def test_a_claim_names_a_payment_of_the_level_it_is_about(funds: Engine) -> None:
    claim = {"level": "asean", "of": "T-1:study.final"}
    assert not Treasury(funds, SELF_DECLARED).order(order("claim", **claim)).carried_out
    assert refused(funds, order("claim", SECOND, **claim)) == PaymentRule.UNKNOWN_PAYMENT


@pytest.fixture
def budget(database: Engine) -> Engine:
    """A budget of 1,000 with two sleeves, one of them divided; 300 of the first are reserved."""
    furnish(database)
    people(database, *(somebody(who, "treasury") for who in (FIRST, SECOND)))
    inner = Sleeve(id="inner", name="Inner", cap=250)
    divided = SubFund(id="divided", name="Divided", cap=300, sleeves=(inner,))
    whole = Sleeve(id="whole", name="Whole", cap=600)
    with database.begin() as connection:
        terms = Fund(id="b", name="B", currency="KRW", cap=1000, sub_funds=(divided,), sleeves=(whole,))
        register(connection, terms, NOW)
    assert move(database, TransferKind.PENDING, "r", 300, fund="whole") is None
    return database


def caps(database: Engine) -> dict[str, int]:
    with database.connect() as connection:
        return {row["id"]: row["cap"] for row in level.balances(connection) if row["root"] == "b"}


def test_what_one_part_has_left_another_may_use_and_the_caps_follow(budget: Engine) -> None:
    both(budget, "reallocate", level="whole", of="divided", amount=300)
    assert caps(budget) == {"b": 1000, "divided": 600, "inner": 250, "whole": 300}
    assert (balances(budget, "whole")["available"], balances(budget, "divided")["available"]) == (0, 600)
    assert (balances(budget, "b")["available"], balances(budget, "inner")["available"]) == (700, 250)
    with budget.connect() as connection:
        assert proof.check(connection) == []
        asked_for, *done = history(connection, Question(case="b"))[-3:]
    assert [row["action"] for row in (asked_for, *done)] == [
        "reallocate asked for",
        "reallocate",
        "reallocate",
    ]
    assert all(row["payload"]["facts"]["asked_by"] == FIRST for row in done)


def test_who_waited_for_money_of_a_part_is_served_when_it_is_given_some(budget: Engine) -> None:
    assert move(budget, TransferKind.PENDING, "s", 350, "s", fund="whole") == MoneyRule.FUNDS_SHORT
    both(budget, "reallocate", level="divided", of="whole", amount=50)
    assert balances(budget, "whole")["reserved"] == 650


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"level": "whole", "of": "divided", "amount": 301}, MoneyRule.FUNDS_SHORT),
        ({"level": "divided", "of": "whole", "amount": 51}, MoneyRule.OVER_CAP),
        ({"level": "whole", "of": "inner"}, MoneyRule.REALLOCATION),
        ({"level": "whole", "of": "b"}, MoneyRule.REALLOCATION),
        ({"level": "b", "of": "b"}, MoneyRule.REALLOCATION),
        ({"level": "whole", "of": "whole"}, MoneyRule.REALLOCATION),
        ({"level": "whole", "of": "studies"}, MoneyRule.UNKNOWN_FUND),
        ({"level": "whole", "of": "divided", "amount": 10**15 - 1}, MoneyRule.FUNDS_SHORT),
    ],
)
def test_a_cap_is_never_lowered_below_what_is_in_use(budget: Engine, changes: Any, rule: Rule) -> None:
    fields: dict[str, Any] = {"amount": 10} | changes
    Treasury(budget, SELF_DECLARED).order(order("reallocate", **fields))
    before = caps(budget)
    assert refused(budget, order("reallocate", SECOND, **fields)) == rule
    assert caps(budget) == before


def test_a_frozen_part_gives_nothing_away(budget: Engine) -> None:
    Treasury(budget, SELF_DECLARED).order(order("freeze", level="whole"))
    fields: dict[str, Any] = {"level": "whole", "of": "divided", "amount": 10}
    Treasury(budget, SELF_DECLARED).order(order("reallocate", **fields))
    assert refused(budget, order("reallocate", SECOND, **fields)) == MoneyRule.FUND_FROZEN


def test_money_that_investors_paid_in_stays_where_they_paid_it(funds: Engine) -> None:
    """``smart`` is allotted; ``plant`` beside it has an investor of its own."""
    plant = SubFund(id="plant", name="Plant", cap=400, investors=(Investor(id="x", name="X", pledge=9),))
    smart = SubFund(id="smart", name="Smart city", cap=500)
    terms = Fund(id="pis", name="PIS", currency="KRW", cap=1500, sub_funds=(smart, plant))
    with funds.begin() as connection:
        register(connection, terms, NOW)
    for pair in (("smart", "plant"), ("plant", "smart")):
        fields: dict[str, Any] = {"level": pair[0], "of": pair[1], "amount": 10}
        Treasury(funds, SELF_DECLARED).order(order("reallocate", **fields))
        assert refused(funds, order("reallocate", SECOND, **fields)) == MoneyRule.REALLOCATION


def rate(**changes: Any) -> Rate:
    fields = {"base": "USD", "quote": "KRW", "rate": "1391.5", "day": "2026-11-24", "source": "Bank of Korea"}
    return Rate.model_validate(fields | changes)


@pytest.fixture
def dollars(funds: Engine) -> Engine:
    """Beside the fund in won, a budget of ten dollars."""
    sleeve = Sleeve(id="usd", name="USD", cap=1000)
    with funds.begin() as connection:
        register(connection, Fund(id="us", name="US", currency="USD", cap=1000, sleeves=(sleeve,)), NOW)
    return funds


def test_two_currencies_meet_by_a_rate_with_its_day_and_source(dollars: Engine) -> None:
    """50 cents at 1391.5 are 696 won, to the whole won."""
    both(dollars, "exchange", level="usd", of="pis", amount=50, rate=rate())
    usd, pis = balances(dollars, "usd"), balances(dollars, "pis")
    assert (usd["available"], usd["exchanged_out"], balances(dollars, "us")["exchanged_out"]) == (950, 50, 50)
    assert (pis["available"], pis["exchanged_in"]) == (696, 696)
    with dollars.connect() as connection:
        assert proof.check(connection) == []
        done = history(connection, Question(case="us"))[-1]
    assert transfers_in(done["payload"])[0]["rate"]["source"] == "Bank of Korea"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rate": rate(base="EUR")}, MoneyRule.WRONG_CURRENCY),
        ({"rate": rate(quote="VND")}, MoneyRule.WRONG_CURRENCY),
        ({"of": "nowhere"}, MoneyRule.UNKNOWN_FUND),
        ({"of": "usd"}, MoneyRule.WRONG_CURRENCY),
        ({"amount": 1001}, MoneyRule.FUNDS_SHORT),
        ({"amount": 200}, MoneyRule.OVER_CAP),
        ({"rate": rate(rate="0.0001")}, MoneyRule.OVER_CAP),
    ],
)
def test_an_exchange_that_cannot_be_changes_nothing(dollars: Engine, changes: Any, rule: Rule) -> None:
    fields = {"level": "usd", "of": "pis", "amount": 50, "rate": rate()} | changes
    before = balances(dollars, "usd"), balances(dollars, "pis")
    Treasury(dollars, SELF_DECLARED).order(order("exchange", **fields))
    assert refused(dollars, order("exchange", SECOND, **fields)) == rule
    assert (balances(dollars, "usd"), balances(dollars, "pis")) == before
    with dollars.connect() as connection:
        assert waitlist.listing(connection) == []


@given(st.integers(1, 10**9), st.decimals("0.0001", "99999", places=4))
def test_what_is_exchanged_is_right_to_the_smallest_unit(minor: int, at: Decimal) -> None:
    cents = Amount(minor=minor, currency="USD")
    won = Decimal(minor) / 100 * at
    if won < Decimal("0.5"):
        return
    assert abs(rate(rate=str(at)).convert(cents).minor - won) <= Decimal("0.5")


WRONG_RATES: list[dict[str, str]] = [{"rate": "0"}, {"rate": "-1"}, {"rate": "1e3"}, {"rate": "1,5"}]
WRONG_RATES += [{"quote": "USD"}, {"source": ""}, {"day": "yesterday"}]


@pytest.mark.parametrize("wrong", WRONG_RATES)
def test_what_is_no_rate_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        rate(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "call", "amount": None},
        {"act": "call", "of": None},
        {"act": "freeze", "amount": 1, "of": "state"},
        {"act": "call", "amount": -1},
        {"act": "call", "amount": 10**18},
        {"act": "call", "amount": 1.5},
        {"act": "call", "reason": " "},
        {"act": "steal"},
        {"act": "exchange"},
        {"rate": {"base": "USD", "quote": "KRW", "rate": "1", "day": "2026-11-24", "source": "x"}},
    ],
)
def test_what_is_no_order_is_refused(wrong: dict[str, Any]) -> None:
    fields = {"act": "call", "level": "pis", "actor": FIRST, "reason": "A test.", "of": "state", "amount": 1}
    with pytest.raises(ValidationError):
        FundOrder.model_validate(fields | wrong)


def test_two_people_say_the_same_whatever_their_reasons() -> None:
    asked = order("call").asked()
    assert asked == {"act": "call", "level": "pis", "of": "state", "amount": 100, "rate": None}
    assert order("call", SECOND, reason="Mine.").asked() == asked
    assert order("call", amount=101).asked() != asked
