"""Who holds money: what a case has reserved, committed or ordered, and whether anybody is there for it."""

from sqlalchemy import Connection

from activities.money import book


def holds(connection: Connection, number: str) -> bool:
    """Whether a case holds money that is not paid out: it must be given back before it can be closed."""
    held = book.of_case(connection, number)
    return any(held.get(account) for account in ("reserved", "committed", "ordered"))
