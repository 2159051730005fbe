"""Tokens as tests need them: issued by nobody."""

from datetime import datetime

from sqlalchemy import Connection, insert

from activities.people import token
from models.tables.people import access_token


def issued(connection: Connection, person: str, expires_at: datetime) -> str:
    """A token of somebody, of which the record knows nothing."""
    new = token.made()
    row = {"hash": new.hash, "person": person, "expires_at": expires_at}
    connection.execute(insert(access_token), row)
    return new.secret
