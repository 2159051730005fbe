"""What people type, read into what is meant. Whatever cannot be read is refused in a sentence."""

from datetime import UTC, date, datetime

from pydantic import TypeAdapter, ValidationError

from cli.errors import CommandError, Exit
from models.amount import LARGEST, Amount
from models.base import Day
from models.codes import country_problem, currency_problem


def amount(text: str, currency: str) -> Amount:
    """``300000000``, ``1,500.50``, or as in files ``41 500 000 KRW``; of a currency by its ISO 4217 code."""
    if currency_problem(currency) or not currency.isupper():
        what = f"currency: {currency[:20]!r} is not an ISO 4217 code in capitals"
        raise CommandError(Exit.INVALID, what, "write e.g. KRW or USD")
    if not text:
        raise CommandError(Exit.INVALID, "amount: every proposal needs one", "add --amount 300000000")
    try:
        if not any(char.isalpha() for char in text):
            return Amount.parse(text, currency)
        written = Amount.read(text)
        if written.currency != currency:
            what = f"amount: {text[:40]!r} is not in {currency}"
            raise CommandError(Exit.INVALID, what, f"write it in {currency}")
        return written
    except ValidationError as error:
        limits = f"more than 0 and less than {LARGEST:,} of the smallest unit of {currency}"
        raise CommandError(Exit.INVALID, f"amount: {text[:40]!r} is not {limits}", _DIGITS) from error
    except ValueError as error:
        raise CommandError(Exit.INVALID, f"amount: {str(error)[:200]}", _DIGITS) from error


_DIGITS = "write digits, e.g. 300000000"


def country(code: str | None) -> str | None:
    """An ISO 3166-1 code to look for, in capitals however it was typed."""
    wanted = code and code.strip().upper()
    if wanted and (problem := country_problem(wanted)):
        raise CommandError(Exit.INVALID, f"country: {problem}", "correct the code and run this again")
    return wanted or None


def instant(text: str | None) -> datetime | None:
    """A day or an instant in ISO 8601; UTC unless it says otherwise."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the first day of all, in a zone ahead of UTC
        raise CommandError(
            Exit.INVALID, f"{text[:40]!r} is not a date", "write 2026-11-23 or 2026-11-23T09:00:00"
        ) from error


def day(option: str, text: str | None) -> date | None:
    """A day, written as 2026-11-23."""
    if text is None:
        return None
    try:
        return _DAY.validate_python(text)
    except ValidationError as error:
        what = f"{option}: {text[:40]!r} is not a day"
        raise CommandError(Exit.INVALID, what, "write e.g. 2026-11-23") from error


_DAY: TypeAdapter[date] = TypeAdapter(Day)
