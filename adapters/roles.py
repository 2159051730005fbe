"""Roles of PostgreSQL: one owns the tables, one works with them, one reads. None but the owner alters what is
there to be added to.
"""

from sqlalchemy import Connection, Engine, text

from models.tables import metadata

_CHANGED = frozenset(
    (
        "access_token",
        "calendar_nudge",
        "case",
        "case_total",
        "certificate",
        "cohort",
        "counter",
        "delegation",
        "dispatch",
        "enrolment",
        "fund",
        "gate",
        "group_total",
        "holding",
        "nominee",
        "notice",
        "organisation",
        "partnership",
        "payment",
        "person",
        "proof_checkpoint",
        "reservation_total",
        "seat",
        "statement_line",
        "waitlist",
    )
)
"""What is brought up to date. Everything else is only added to: record, transfer, programme, document, …"""
_TAKEN_OUT = frozenset(
    (*("archived_history", "archived_run"), "attendance", "calendar_day", "exclusion", "post", "request")
)
"""What is put anew, or is over. Never a word of what anybody said."""


def grant(database: Engine, works: str | None, reads: str | None) -> None:
    """Give the role ``works`` what the program needs of each table, and no more; ``reads`` may read. Nothing
    where there is no such role, or where it is the one that we are. Safe to repeat.
    """
    if database.dialect.name != "postgresql":
        return
    with database.begin() as connection:
        us = connection.scalar(text("SELECT current_user"))
        for role, is_reader in ((works, False), (reads, True)):
            if role and role != us:
                _open(connection, role)
                if not is_reader:
                    _give(connection, role)


def _open(connection: Connection, role: str) -> None:
    """Take away what it had, and let it in, to read."""
    name = _quoted(connection, role)
    base = _quoted(connection, str(connection.scalar(text("SELECT current_database()"))))
    for statement in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}",
        f"GRANT CONNECT ON DATABASE {base} TO {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
    ):
        connection.execute(text(statement))


def _give(connection: Connection, role: str) -> None:
    """Let it add to every table, and change those that are brought up to date."""
    name = _quoted(connection, role)
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"))
    for table in metadata.tables:
        verbs = ", ".join(_verbs(table))
        connection.execute(text(f"GRANT {verbs} ON {_quoted(connection, table)} TO {name}"))


def _verbs(table: str) -> list[str]:
    return [
        "INSERT",
        *(["UPDATE"] if table in _CHANGED else []),
        *(["DELETE"] if table in _TAKEN_OUT else []),
    ]


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
