"""Signing in without an identity provider: access tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from activities.people import token
from cli.context import Office
from models.case.rule import Rule
from services.case.cases import Refused


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command(name="token")
    def issue(
        person: Annotated[str, typer.Argument(help="who will be signed in with it, by id in the directory")],
        days: Annotated[int, typer.Option(min=1, max=366, help="until it expires")] = 30,
        revoke: Annotated[bool, typer.Option("--revoke", help="revoke every token of this person")] = False,
    ) -> None:
        """A new access token, shown once. Whoever sets it as ACCORD_TOKEN is signed in as this person."""
        if not office.knows(person):
            raise Refused(Rule.UNKNOWN_PERSON, f"({person})")
        now = datetime.now(UTC)
        with office.database.begin() as connection:
            if revoke:
                typer.echo(f"{token.revoke(connection, person, now)} revoked.")
                return
            typer.echo(token.issue(connection, person, now + timedelta(days=days)))
