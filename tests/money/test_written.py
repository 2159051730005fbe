"""Money as people write it in files: with its currency, in whole units, in groups of three digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.documents import load
from models.amount import LARGEST, Amount, is_currency, minor_units
from models.money.fund import Fund
from models.money.written import SUMS, in_minor_units
from models.partnership.programme import Programme
from runtime.settings import ROOT

SLEEVE = {"id": "s", "name": "S", "cap": "1 500.50 USD"}
FUND = {"id": "f", "name": "F", "currency": "USD", "cap": "USD 2,000", "sleeves": [SLEEVE]}


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("1 000 000 000 KRW", 1_000_000_000, "KRW"),
        ("1\u00a0000\u202f000 KRW", 1_000_000, "KRW"),
        ("KRW 1,000,000", 1_000_000, "KRW"),
        ("KRW1000", 1000, "KRW"),
        ("1500.50 USD", 150_050, "USD"),
        ("1 500.5 USD", 150_050, "USD"),
        ("0.001 KWD", 1, "KWD"),
    ],
)
def test_an_amount_is_read_with_its_currency(text: str, minor: int, currency: str) -> None:
    assert Amount.read(text) == Amount(minor=minor, currency=currency)
    assert Amount.model_validate(text) == Amount(minor=minor, currency=currency)


@pytest.mark.parametrize(
    "text",
    [
        *("", "KRW", "5", "1.000.000 KRW", "1 00 KRW", "1 0000 KRW", "1,00 KRW", "5.5 KRW", "0 KRW"),
        *("-5 KRW", "5 krw", "5 KRW USD", "KRW 5 KRW", "5 Won", "1'000 KRW", "5\nKRW 6", "٥ KRW"),
        f"{LARGEST} KRW",
    ],
)
def test_what_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|less than|greater than"):
        Amount.read(text)


def test_what_is_said_of_no_amount_is_short_and_shows_one() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - all of its text is compared
        Amount.read("x" * 99)
    assert str(refused.value) == (
        f"{'x' * 60!r} is no amount; write digits, a point before decimals, and the currency, "
        "e.g. 1 000 000 000 KRW or 1,500.50 USD"
    )
    much = "1" + " 000" * 5 + " " * 80 + "KRW"
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Amount.read(much)
    assert str(refused.value) == (
        f"{much[:60]!r} is no amount; write one that is more than 0 and less than {LARGEST:,} of the "
        "smallest unit of KRW"
    )


def test_what_has_the_form_of_a_currency() -> None:
    assert is_currency("KRW")
    assert not any(map(is_currency, ("krw", "KR", "KRWX", "", 5, None, ["KRW"])))


@given(st.integers(1, LARGEST - 1), st.sampled_from(["KRW", "USD", "KWD", "VND"]))
def test_what_is_shown_can_be_read(minor: int, currency: str) -> None:
    amount = Amount(minor=minor, currency=currency)
    assert Amount.read(str(amount)) == amount
    number, digits = str(amount).removeprefix(f"{currency} "), minor_units(currency)
    assert Amount.read(f"{number.replace(',', ' ')} {currency}") == amount
    assert Amount.read(f"{minor / 10**digits:.{digits}f} {currency}").currency == currency


def test_a_fund_is_in_its_currency_at_every_level() -> None:
    fund = Fund.model_validate(FUND)
    assert (fund.cap, fund.sleeves[0].cap) == (200_000, 150_050)
    wrong = FUND | {"sleeves": [SLEEVE | {"cap": "5 KRW"}]}
    with pytest.raises(ValidationError, match=r"sleeves\.0\.cap: the fund is in USD, this is in KRW"):
        Fund.model_validate(wrong)
    with pytest.raises(ValidationError, match=r"cap: 'a lot' is no amount"):
        Fund.model_validate(FUND | {"cap": "a lot"})


def test_a_programme_is_the_same_however_its_sums_are_written() -> None:
    shipped = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)
    given = shipped.content()
    given["fund"]["cap"] = "15 000 000 000 KRW"
    given["ceilings"] = {kind: str(shipped.ceilings[kind]) for kind in shipped.ceilings}
    given["payment"]["approval"]["tiers"][0]["above"] = "KRW 300,000,000"
    assert Programme.model_validate(given).digest() == shipped.digest()
    given["payment"]["approval"]["tiers"][0]["above"] = "300 USD"
    with pytest.raises(ValidationError, match=r"payment\.approval\.tiers\.0\.above: the fund is in KRW"):
        Programme.model_validate(given)


KEYS = st.text().filter(lambda key: key not in SUMS)
ANYTHING = st.recursive(
    st.text() | st.integers() | st.none(), lambda of: st.lists(of) | st.dictionaries(KEYS, of)
)


@given(ANYTHING)
def test_what_is_no_sum_stays_what_it_is(given_: object) -> None:
    assert in_minor_units(given_, "KRW") == given_
