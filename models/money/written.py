"""Money in files, as people write it: ``cap = "1 000 000 000 KRW"``. The minor unit is ours."""

from collections.abc import Mapping
from typing import Any

from models.amount import Amount, is_currency

SUMS = frozenset(("cap", "pledge", "per_country", "per_project", "above"))
"""The keys whose values are sums in the currency of the fund."""


def in_minor_units(given: Any, currency: object, at: str = "") -> Any:
    """What was given, every sum in it that is a text as an integer of minor units. ValueError: the key of one
    that is no amount, or in another currency than that of the fund (where that is no currency, it is said
    elsewhere).
    """
    if isinstance(given, Mapping):
        return {key: _read(value, currency, f"{at}{key}", key in SUMS) for key, value in given.items()}
    if isinstance(given, list):
        return [in_minor_units(one, currency, f"{at}{number}.") for number, one in enumerate(given)]
    return given


def _read(value: Any, currency: object, at: str, is_sum: bool) -> Any:
    if not (is_sum and isinstance(value, str)):
        return in_minor_units(value, currency, f"{at}.")
    try:
        amount = Amount.read(value)
    except ValueError as error:
        raise ValueError(f"{at}: {error}") from error
    if is_currency(currency) and amount.currency != currency:
        raise ValueError(
            f"{at}: the fund is in {currency}, this is in {amount.currency}; write it in that of the fund"
        )
    return amount.minor
