"""The directory: organisations, people, their roles, whom they let act for them, what they declared."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, false

from models.tables import Instant, metadata

organisation = Table(
    "organisation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("country", String(2), nullable=False),
    Column("sector", String(20), nullable=False),
    Column("account", String(34)),
    Column("account_at", Instant),
    Column("ended_at", Instant),
)
"""``account_at``: since when it is paid to this account; empty: since before that was on record. Whoever has
ended acts no more; the id is never given to another one."""

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("organisation", String(200), nullable=False),
    Column("email", String(254), nullable=False),
    Column("subject", String(200), index=True),
    Column("ended_at", Instant),
)

holding = Table(
    "holding",
    metadata,
    Column("person", String(64), ForeignKey("person.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("role", String(40), nullable=False, index=True),
    Column("since", Date),
    Column("until", Date),
    Column("ended_at", Instant),
)
"""The roles somebody holds, one row for each term; both days are included.
One that was taken away stays, with the instant at which that happened."""

post = Table(
    "post",
    metadata,
    Column("person", String(64), ForeignKey("person.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("organisation", String(64), nullable=False),
    Column("since", Date),
    Column("until", Date),
)
"""Where somebody worked before."""

exclusion = Table(
    "exclusion",
    metadata,
    Column("one", String(40), primary_key=True),
    Column("other", String(40), primary_key=True),
)
"""Roles that nobody holds both of, in person or by delegation."""

delegation = Table(
    "delegation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("giver", String(64), ForeignKey("person.id"), nullable=False, index=True),
    Column("taker", String(64), ForeignKey("person.id"), nullable=False, index=True),
    Column("roles", Text, nullable=False),
    Column("ceiling", BigInteger),
    Column("since", Date),
    Column("until", Date),
    Column("instrument", String(200), nullable=False),
    Column("attested", Boolean, nullable=False, server_default=false()),
    Column("acting", Boolean, nullable=False, server_default=false()),
    Column("record", BigInteger, ForeignKey("record.seq"), nullable=False, index=True),
    Column("revoked_at", Instant),
)
"""``record`` is the entry by which it was given. A revoked one counts no more, from that instant."""

access_token = Table(
    "access_token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("person", String(64), ForeignKey("person.id"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("record", BigInteger, ForeignKey("record.seq")),
)
"""By the SHA-256 of a token: who is signed in with it. The token itself is kept nowhere. ``record`` is the
entry by which it was issued."""

declaration = Table(
    "declaration",
    metadata,
    Column("record", BigInteger, ForeignKey("record.seq"), primary_key=True),
    Column("case", String(40), nullable=False, index=True),
    Column("person", String(64), nullable=False),
    Column("conflict", String(20), nullable=False),
    Column("note", Text, nullable=False),
)
"""What somebody declared for a case; the newest counts."""
