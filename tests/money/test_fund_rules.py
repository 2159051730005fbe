"""Amounts, funds, and where transfers may move money."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.amount import LARGEST, Amount, minor_units
from models.money.fund import Fund
from models.money.rate import Rate
from models.money.transfer import Account, TransferKind

DECIMALS = {"KRW": 0, "USD": 2, "BHD": 3}
NOT_POSITIVE = ("0", "0.00", "-1", "+1", "NaN", "Infinity")
NOT_DECIMAL = ("", "1e5", "0x10", "1_000", "1 000", "1.", ".5", "1.2.3", "1.-5", "USD 5")
OTHER_DIGITS = ("\u0663", "\u00b2", "\uff11", "1.\u0665")  # Arabic, superscript, fullwidth, Arabic
currencies = st.sampled_from(sorted(DECIMALS))
minors = st.integers(1, LARGEST - 1)


def fund(caps: dict[str, int], **changes: Any) -> Fund:
    sleeves = [{"id": name, "name": name, "cap": cap} for name, cap in caps.items()]
    fields = {"id": "k-city", "name": "K-City", "currency": "KRW", "cap": 100, "sleeves": sleeves}
    return Fund.model_validate(fields | changes)


@pytest.mark.parametrize(("currency", "decimals"), DECIMALS.items())
def test_minor_units_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert minor_units(currency) == decimals


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (300_000_000, "KRW", "KRW 300,000,000"),
        (150_050, "USD", "USD 1,500.50"),
        (7, "USD", "USD 0.07"),
        (1_234_567, "BHD", "BHD 1,234.567"),
        (LARGEST - 1, "BHD", "BHD 999,999,999,999.999"),
        (LARGEST - 1, "USD", "USD 9,999,999,999,999.99"),
    ],
)
def test_amount_is_written_in_major_units(minor: int, currency: str, text: str) -> None:
    assert str(Amount(minor=minor, currency=currency)) == text


@settings(max_examples=200)
@given(minors, currencies)
def test_parse_reads_what_str_writes(minor: int, currency: str) -> None:
    amount = Amount(minor=minor, currency=currency)
    written = str(amount).removeprefix(f"{currency} ")
    assert Amount.parse(written, currency) == amount
    assert Amount.parse(written.replace(",", ""), currency) == amount


@settings(max_examples=200)
@given(minors, currencies)
def test_no_digit_is_lost_in_writing(minor: int, currency: str) -> None:
    written = Decimal(str(Amount(minor=minor, currency=currency))[4:].replace(",", ""))
    assert written.scaleb(DECIMALS[currency]) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1500.5", "USD", 150_050), ("1500", "USD", 150_000), (" 300 ", "KRW", 300), ("1.5", "BHD", 1_500)],
)
def test_missing_decimals_are_zeros(text: str, currency: str, minor: int) -> None:
    assert Amount.parse(text, currency).minor == minor


@pytest.mark.parametrize(
    ("text", "currency"), [("1.0", "KRW"), ("1.001", "USD"), ("1.000", "USD"), ("1.0005", "BHD")]
)
def test_fraction_finer_than_the_minor_unit_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="finer than the minor unit"):
        Amount.parse(text, currency)


def test_what_is_no_amount_is_told_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="'ten' is not a positive amount; write digits"):
        Amount.parse("ten", "KRW")


@pytest.mark.parametrize(
    ("rate", "minor", "bought"),
    [
        (("USD", "KRW", "2.5"), 100, 2),
        (("USD", "KRW", "3.5"), 100, 4),
        (("KRW", "USD", "0.00072"), 300_000, 21_600),
        (("BHD", "KRW", "3600"), 1_500, 5_400),
        (("KRW", "BHD", "0.0003"), 10_000, 3_000),
    ],
)
def test_a_rate_is_between_whole_units_and_halves_go_to_the_even(
    rate: tuple[str, str, str], minor: int, bought: int
) -> None:
    fields = dict(zip(("base", "quote", "rate"), rate, strict=True))
    at = Rate.model_validate(fields | {"day": "2026-11-24", "source": "a test"})
    assert at.convert(Amount(minor=minor, currency=rate[0])) == Amount(minor=bought, currency=rate[1])
    with pytest.raises(ValueError, match=f"the rate is of {rate[0]}, the amount in {rate[1]}"):
        at.convert(Amount(minor=minor, currency=rate[1]))


@pytest.mark.parametrize("text", [*NOT_POSITIVE, *NOT_DECIMAL, *OTHER_DIGITS, "9" * 5000])
def test_text_that_is_no_positive_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the reasons differ, each is a ValueError
        Amount.parse(text, "USD")


@pytest.mark.parametrize(
    ("text", "currency"), [("1" + "0" * 15, "KRW"), ("1" + "0" * 13, "USD"), ("9" * 18, "BHD")]
)
def test_amount_of_ten_to_the_fifteen_minor_units_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="less than 1000000000000000"):
        Amount.parse(text, currency)


@settings(max_examples=100)
@given(st.text("0123456789.,-+eE_ \u0663\u00b2", max_size=12), currencies)
def test_parse_answers_any_text_with_an_amount_or_a_value_error(text: str, currency: str) -> None:
    try:
        amount = Amount.parse(text, currency)
    except ValueError:
        return
    assert 0 < amount.minor < LARGEST
    assert set(text) <= set("0123456789., ")


@pytest.mark.parametrize("minor", [0, -1, LARGEST, 1.0, "1", True])
def test_minor_units_are_a_positive_integer_below_the_largest(minor: object) -> None:
    with pytest.raises(ValidationError, match="minor"):
        Amount.model_validate({"minor": minor, "currency": "KRW"})


@pytest.mark.parametrize("currency", ["", "krw", "KR", "KRWW", "K1W"])
def test_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValidationError, match="currency"):
        Amount.parse("1", currency)


def test_sleeves_may_fill_the_fund_but_not_more() -> None:
    assert len(fund({"a": 60, "b": 40}).sleeves) == 2
    with pytest.raises(ValidationError, match="the sleeves of k-city add up to more than its cap"):
        fund({"a": 60, "b": 41})


def test_two_sleeves_of_one_name_are_refused() -> None:
    twice = [{"id": "a", "name": "A", "cap": 1}] * 2
    with pytest.raises(ValidationError, match="two levels of k-city have the id 'a'"):
        fund({}, sleeves=twice)


def test_fund_without_a_sleeve_is_refused() -> None:
    with pytest.raises(ValidationError, match="sleeves"):
        fund({})


@pytest.mark.parametrize("cap", [0, -1, LARGEST])
def test_cap_of_a_sleeve_is_positive_and_bounded(cap: int) -> None:
    with pytest.raises(ValidationError, match="cap"):
        fund({"a": cap}, cap=LARGEST - 1)


def effects(kind: TransferKind, account: Account) -> int:
    return kind.legs.effects().get(account, 0)


def test_only_a_reservation_an_exchange_or_a_lower_cap_takes_money_from_what_is_available() -> None:
    taking = {kind for kind in TransferKind if effects(kind, Account.AVAILABLE) < 0}
    assert taking == {TransferKind.PENDING, TransferKind.SELL, TransferKind.MOVE_OUT, TransferKind.CUT}


def test_money_is_paid_only_when_it_was_ordered_out_of_a_commitment() -> None:
    paying = {kind: kind.legs.debit for kind in TransferKind if effects(kind, Account.DISBURSED) > 0}
    assert paying == {TransferKind.PAY: Account.ORDERED}
    ordering = {kind: kind.legs.debit for kind in TransferKind if effects(kind, Account.ORDERED) > 0}
    assert ordering == {TransferKind.ORDER: Account.COMMITTED}


def test_what_is_paid_comes_back_only_by_the_correction_of_a_payment() -> None:
    assert {kind for kind in TransferKind if effects(kind, Account.DISBURSED) < 0} == {TransferKind.BOUNCE}
    assert TransferKind.BOUNCE.resolves is TransferKind.PAY


def test_second_phase_is_what_takes_money_from_reserved_or_ordered() -> None:
    for kind in TransferKind:
        second = any(effects(kind, account) < 0 for account in (Account.RESERVED, Account.ORDERED))
        assert second == (kind.resolves in (TransferKind.PENDING, TransferKind.ORDER))


@pytest.mark.parametrize("kind", TransferKind)
def test_every_transfer_keeps_sources_and_uses_equal(kind: TransferKind) -> None:
    assert kind.legs.debit is not kind.legs.credit
    changed = kind.legs.effects()
    sources = sum(by for account, by in changed.items() if account.source)
    assert sources == sum(by for account, by in changed.items() if not account.source)
