"""Accounts of organisations: where money is sent."""

from sqlalchemy import Connection, bindparam, func, or_, select

from models.people.account import Account
from models.tables.people import organisation


def account_of(connection: Connection, payee: str) -> Account | None:
    """The account of the organisation with this id or name; None: there is none, or two have the name."""
    found = connection.execute(_ACCOUNT, {"payee": payee.casefold()}).all()
    if len(found) != 1 or not found[0].account:
        return None
    return Account(*found[0])


_ACCOUNT = select(organisation.c.id, organisation.c.account, organisation.c.account_at).where(
    or_(func.lower(organisation.c.name) == bindparam("payee"), organisation.c.id == bindparam("payee")),
    organisation.c.ended_at.is_(None),
)
