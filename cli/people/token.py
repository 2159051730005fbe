"""Signing in without an identity provider: access tokens."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from activities.people import token as tokens
from cli.context import As, Context
from cli.output import Output, OutputOption, print_rows, tell
from models.people.token import TokenOrder, TokenRevocation

if TYPE_CHECKING:
    from services.people.tokens import Tokens

COLUMNS = ("token", "person", "state", "expires_at", "record")

Person = Annotated[str, typer.Argument(help="who will be signed in with it, by id in the directory")]
_TO = "the file that it is written to, for its owner alone; by default PERSON.token here"
_PRINT = "print it instead: whoever sees your screen has it"


def issue(
    context: Context,
    person: Person,
    days: Annotated[int, typer.Option(min=1, max=366, help="until it expires")] = 30,
    to: Annotated[Path | None, typer.Option(help=_TO)] = None,
    shown: Annotated[bool, typer.Option("--print", help=_PRINT)] = False,
    reason: Annotated[str, typer.Option(help="why; it is on record")] = "",
    as_: As = None,
) -> None:
    """A new access token: two registrars say the same. Whoever has it as ACCORD_TOKEN is signed in.

    The first two tokens, those of the registrars, are issued by whoever runs the installation: without --as.
    """
    path = to or Path(f"{person}.token")
    if not shown:  # before it is on record: a token that nobody has kept locks its registrar out
        context.installation.files.refuse_unwritable(path)
    actor = context.sender(as_) if context.somebody(as_) else None
    order = TokenOrder(person=person, days=days, actor=actor, reason=reason)
    done = _tokens(context).issue(order)
    if done.secret is None:
        tell(f"Noted (record {done.seq}); another registrar says the same: accord token issue {person}")
        return
    if shown:
        tell(done.secret)
        return
    context.installation.files.keep_secret(path, done.secret)
    tell(f"Written to {path} (record {done.seq}). Hand it over, then delete it.")


def list_(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Every token there ever was: whose, until when, by which entry. No token itself is kept."""
    now = datetime.now(UTC)
    rows = context.read(tokens.listing)
    print_rows([{**row, "state": _state(row, now)} for row in rows], COLUMNS, output)


def revoke(
    context: Context,
    person: Person,
    reason: Annotated[str, typer.Option(help="why; it is on record")],
    as_: As = None,
) -> None:
    """End every token of somebody, as a registrar; or your own."""
    asked = TokenRevocation(person=person, actor=context.sender(as_), reason=reason)
    tell(f"Revoked (record {_tokens(context).revoke(asked)}).")


def _tokens(context: Context) -> "Tokens":
    from services.people.tokens import Tokens  # brings the engine's client: not for a list

    return Tokens(context.database, context.belief)


def _state(row: tokens.TokenRow, now: datetime) -> str:
    if row["revoked_at"]:
        return "revoked"
    return "valid" if now < row["expires_at"] else "expired"
