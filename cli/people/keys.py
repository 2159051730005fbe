"""The keys that the services sign with."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows, tell

if TYPE_CHECKING:
    from services.people.keys import Keys

COLUMNS = ("kid", "use", "state", "made_at", "until")

Reason = Annotated[str, typer.Option(help="why; it is on record")]


def show(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Every key that messages are or were signed with: the public halves; and what payloads are encrypted
    with: the digests.
    """
    now = datetime.now(UTC)
    rows: list[dict[str, object]] = [
        {
            "kid": key.kid,
            "use": "signing",
            "state": "signs" if key.until is None else "valid" if key.is_valid(now) else "withdrawn",
            "made_at": key.made_at,
            "until": key.until,
            "public": key.public,
        }
        for key in context.installation.ring.listed()
    ]
    ciphers = context.installation.ciphers.listed()
    for key in ciphers:
        state = "encrypts" if key is ciphers[-1] else "reads"
        known = {"kid": key.kid, "use": "encryption", "state": state, "made_at": key.made_at}
        rows.append(known | {"until": None, "public": key.public})
    print_rows(rows, COLUMNS, output)


def rotate(context: Context, reason: Reason, as_: As = None) -> None:
    """Make a new key to sign with, as a registrar. The old one is valid for a day."""
    done = _keys(context).rotate(context.sender(as_), reason)
    tell(f"Signed with {done.kid} from now on (record {done.seq}).")


def encrypt(context: Context, reason: Reason, as_: As = None) -> None:
    """Encrypt what the engine keeps with a new key from now on, as a registrar. The older ones go on reading.

    Restart the workers where nothing was encrypted before: until then what failures say stays in the open.
    """
    done = _keys(context).encrypt(context.sender(as_), reason)
    tell(f"Encrypted with {done.kid} from now on (record {done.seq}).")


def withdraw(
    context: Context,
    kid: Annotated[str, typer.Argument(help="which key; `accord keys show` lists them")],
    reason: Reason,
    as_: As = None,
) -> None:
    """Let nothing count any more that a key has signed, at once, as a registrar."""
    done = _keys(context).withdraw(kid, context.sender(as_), reason)
    if done is None:
        raise CommandError(Exit.NOT_FOUND, f"There is no key {kid!r}.", "accord keys show lists them")
    tell(f"{done.kid} is withdrawn (record {done.seq}).")


def _keys(context: Context) -> "Keys":
    from services.people.keys import Keys  # brings the engine's client: not for a list

    there = context.installation
    return Keys(context.database, there.ring, there.ciphers, context.belief)
