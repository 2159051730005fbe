"""Signing in without an identity provider: access tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from activities.people import token as tokens
from cli.context import Context
from cli.errors import refusal
from cli.output import tell
from models.case.rule import CaseRule


def token(
    context: Context,
    person: Annotated[str, typer.Argument(help="who will be signed in with it, by id in the directory")],
    days: Annotated[int, typer.Option(min=1, max=366, help="until it expires")] = 30,
    revoke: Annotated[bool, typer.Option("--revoke", help="revoke every token of this person")] = False,
) -> None:
    """A new access token, shown once. Whoever sets it as ACCORD_TOKEN is signed in as this person."""
    if not context.knows(person):
        raise refusal(CaseRule.UNKNOWN_PERSON, f"({person})")
    now = datetime.now(UTC)
    with context.database.begin() as connection:
        if revoke:
            tell(f"{tokens.revoke(connection, person, now)} revoked.")
            return
        tell(tokens.issue(connection, person, now + timedelta(days=days)))
