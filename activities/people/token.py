"""Access tokens: proof of who is signed in, where no identity provider is at hand."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from models.tables.people import access_token


def issue(connection: Connection, person: str, expires_at: datetime) -> str:
    """A new token for ``person``. It is shown once: only its SHA-256 is kept."""
    token = f"accord_{secrets.token_urlsafe(32)}"
    row = {"hash": _hash(token), "person": person, "expires_at": expires_at}
    connection.execute(insert(access_token), row)
    return token


def holder(connection: Connection, token: str, now: datetime) -> str | None:
    """Who holds ``token``; None: it is unknown, has expired, or was revoked."""
    return connection.scalar(_HOLDER, {"hash": _hash(token), "now": now})


_HOLDER = select(access_token.c.person).where(
    access_token.c.hash == bindparam("hash"),
    access_token.c.expires_at > bindparam("now"),
    access_token.c.revoked_at.is_(None),
)


def revoke(connection: Connection, person: str, now: datetime) -> int:
    """Revoke every token of ``person``. Returns how many there were."""
    theirs = update(access_token).where(access_token.c.person == person, access_token.c.revoked_at.is_(None))
    return connection.execute(theirs.values(revoked_at=now)).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
