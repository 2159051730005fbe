"""Access tokens: proof of who is signed in, where no identity provider is at hand."""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple, TypedDict, cast

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case.projection import Projection, Writing
from models.people.token import IssuesToken, RevokesTokens
from models.tables.people import access_token, person


class Token(NamedTuple):
    """A new token: the secret, which is kept nowhere, and what it is known by."""

    secret: str
    hash: str


class TokenRow(TypedDict):
    """A token, as it is listed."""

    token: str
    """The beginning of its SHA-256."""
    person: str
    expires_at: datetime
    revoked_at: datetime | None
    record: int | None
    """The entry by which it was issued; None: from before that was on record."""


def made() -> Token:
    """A new token."""
    secret = f"accord_{secrets.token_urlsafe(32)}"
    return Token(secret, _hash(secret))


def holder(connection: Connection, secret: str, now: datetime) -> str | None:
    """Who holds a token; None: it is unknown, has expired, or was revoked, or its holder has ended."""
    return connection.scalar(_HOLDER, {"hash": _hash(secret), "now": now})


_VALID = (
    access_token.c.expires_at > bindparam("now"),
    access_token.c.revoked_at.is_(None),
    person.c.ended_at.is_(None),
)
_OF_PERSON = access_token.join(person, person.c.id == access_token.c.person)
_HOLDER = (
    select(access_token.c.person)
    .select_from(_OF_PERSON)
    .where(access_token.c.hash == bindparam("hash"), *_VALID)
)
_HOLDERS = select(person.c.id, person.c.subject).select_from(_OF_PERSON).where(*_VALID).distinct()


def signed_in(connection: Connection, now: datetime) -> frozenset[str]:
    """The subjects that have a token which counts."""
    return frozenset(row.subject or row.id for row in connection.execute(_HOLDERS, {"now": now}))


def listing(connection: Connection) -> list[TokenRow]:
    """Every token there ever was, the newest first."""
    rows = connection.execute(
        select(
            access_token.c.hash.label("token"),
            access_token.c.person,
            access_token.c.expires_at,
            access_token.c.revoked_at,
            access_token.c.record,
        ).order_by(access_token.c.expires_at.desc(), access_token.c.hash)
    ).mappings()
    return [cast(TokenRow, {**row, "token": row["token"][:_SHOWN]}) for row in rows]


_SHOWN = 12


def revoke(connection: Connection, who: str, now: datetime) -> int:
    """Revoke every token of somebody. Returns how many there were."""
    theirs = update(access_token).where(access_token.c.person == who, access_token.c.revoked_at.is_(None))
    return connection.execute(theirs.values(revoked_at=now)).rowcount


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _issue(writing: Writing, effect: IssuesToken, _: object) -> None:
    row = {"hash": effect.sha256, "person": effect.person, "expires_at": effect.expires_at}
    writing.connection.execute(insert(access_token), row | {"record": writing.seq})


def _revoke(writing: Writing, effect: RevokesTokens, _: object) -> None:
    revoke(writing.connection, effect.person, writing.entry.at)


PROJECTIONS = (Projection(IssuesToken, apply=_issue), Projection(RevokesTokens, apply=_revoke))
