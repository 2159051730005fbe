"""What a bank answers: compared with what it was sent, by rules that anybody can work out on paper."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.payment.sending import BankAnswer, compared
from models.amount import Amount
from models.payment.bank import STATUSES, BankSays, Sent, Shown, decimal, differences
from models.people.account import Account, fingerprint

SENT = Sent("T-1:study.final:1", Amount(minor=150_050, currency="USD"), fingerprint("KR12345678"))
SHOWN = Shown("T-1:study.final:1", "1500.50", "USD", "KR12345678")

SAME = {
    "as it was sent": SHOWN,
    "another way to write the amount": SHOWN._replace(amount="1500.5"),
    "with an exponent": SHOWN._replace(amount="1.5005E3"),
    "an account in groups of four": SHOWN._replace(account="kr12 3456 78"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_was_sent_is_known_again_however_it_is_written(name: str) -> None:
    assert [*differences(SENT, SAME[name])] == []
    assert compared(BankAnswer(BankSays.SETTLED, "B-1", "", SAME[name]), SENT).says is BankSays.SETTLED


OTHER = {
    "another payment": (SHOWN._replace(end_to_end_id="T-1:study.final:2"), "end-to-end id"),
    "no id": (SHOWN._replace(end_to_end_id=None), "end-to-end id is missing"),
    "another amount": (SHOWN._replace(amount="900000000"), "amount is '900000000' and not 1500.50"),
    "a cent less": (SHOWN._replace(amount="1500.49"), "amount"),
    "below zero": (SHOWN._replace(amount="-1500.50"), "amount"),
    "no number": (SHOWN._replace(amount="1500,50"), "amount"),
    "NaN": (SHOWN._replace(amount="NaN"), "amount"),
    "no end of money": (SHOWN._replace(amount="Infinity"), "amount"),
    "no amount": (SHOWN._replace(amount=None), "amount is missing"),
    "another currency": (SHOWN._replace(currency="EUR"), "currency is 'EUR' and not USD"),
    "no currency": (SHOWN._replace(currency=None), "currency is missing"),
    "another account": (SHOWN._replace(account="KR87654321"), "account ends in '4321'"),
    "part of the account": (SHOWN._replace(account="5678"), "account"),
    "no account": (SHOWN._replace(account=None), "account ends in missing"),
}


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("says", [BankSays.SETTLED, BankSays.REJECTED, BankSays.ACCEPTED])
def test_what_is_about_something_else_never_counts(name: str, says: BankSays) -> None:
    shown, why = OTHER[name]
    (told,) = differences(SENT, shown)
    assert why in told
    said = compared(BankAnswer(says, "B-1", "", shown), SENT)
    assert said.says is BankSays.DISAGREES
    assert told in said.reason


def test_no_account_stands_in_what_people_are_told() -> None:
    (told,) = differences(SENT, SHOWN._replace(account="KR87654321"))
    assert "KR87654321" not in told
    assert Account("k-eng", "KR12 3456 78").shown() == {"last": "5678", "digest": SENT.account}


def test_of_what_was_sent_before_accounts_were_written_down_the_rest_is_compared() -> None:
    before = SENT._replace(account=None)
    assert [*differences(before, SHOWN._replace(account="X"))] == []
    assert len([*differences(before, SHOWN._replace(amount="1"))]) == 1


_TEXT = st.none() | st.text(max_size=12) | st.sampled_from(["1500.50", "USD", "KR12345678", SENT.key])


@given(_TEXT, _TEXT, _TEXT, _TEXT)
def test_an_answer_agrees_only_where_all_four_do(
    key: str | None, amount: str | None, currency: str | None, account: str | None
) -> None:
    shown = Shown(key, amount, currency, account)
    agrees = (
        shown.end_to_end_id == SENT.key
        and shown.currency == "USD"
        and shown.account is not None
        and "".join(shown.account.split()).upper() == "KR12345678"
        and shown.amount == "1500.50"
    )
    assert ([*differences(SENT, shown)] == []) is agrees


@given(st.integers(1, 10**15 - 1), st.sampled_from(["KRW", "USD", "BHD"]), st.integers(-3, 3))
def test_an_amount_agrees_with_itself_and_no_other(minor: int, currency: str, by: int) -> None:
    sent = SENT._replace(amount=Amount(minor=minor, currency=currency))
    other = decimal(sent.amount) + by * Decimal(1).scaleb(-3)
    wrong = [*differences(sent, SHOWN._replace(currency=currency, amount=str(other)))]
    assert (wrong == []) is (by == 0)


def test_only_two_statuses_count_as_settled() -> None:
    """ACSC: the money has left our account; ACCC: it has reached the payee's."""
    assert {status for status, says in STATUSES.items() if says is BankSays.SETTLED} == {"ACSC", "ACCC"}
    assert {status for status, says in STATUSES.items() if says is BankSays.REJECTED} == {"RJCT", "CANC"}
