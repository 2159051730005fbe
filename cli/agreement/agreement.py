"""The agreement: put a text on the table, sign it or refuse."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context
from cli.errors import CommandError, Exit
from models.agreement.agreement import AgreementKind, Party, Signature, SignatureVerdict, Text
from services.agreement import authority


def table(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.text:1")],
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    title: Annotated[str, typer.Option()],
    party: Annotated[list[str], typer.Option(help="ORGANISATION,COUNTRY,SIGNATORY; two or more")],
    kind: AgreementKind = AgreementKind.MOU,
    as_: As = None,
) -> None:
    """Put the text of an agreement on the table."""
    parties = tuple(_known(context, read_party(text)) for text in party)
    actor = context.sender(as_)
    digest = context.keep(file)
    message = Text(gate=gate, actor=actor, kind=kind, title=title, document=digest, parties=parties)
    context.send("table", message)


def sign(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.signing:1")],
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="the text you read")],
    authority: Annotated[str, typer.Option(help="evidence that you may sign")] = "",
    as_: As = None,
) -> None:
    """Sign: by the SHA-256 of the text you read, so that nobody signs another one."""
    signature = Signature(
        gate=gate,
        actor=context.sender(as_),
        verdict=SignatureVerdict.SIGN,
        document=context.sha256_of(file),
        authority=authority,
    )
    context.send("sign", signature)


def refuse(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.signing:1")],
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="the text you read")],
    comment: Annotated[str, typer.Option(help="the reason; the text goes back to the table")],
    as_: As = None,
) -> None:
    """Refuse to sign. The round is void and the text goes back to the table."""
    signature = Signature(
        gate=gate,
        actor=context.sender(as_),
        verdict=SignatureVerdict.REFUSE,
        document=context.sha256_of(file),
        comment=comment,
    )
    context.send("sign", signature)


def read_party(text: str) -> Party:
    """``ORGANISATION,COUNTRY,SIGNATORY``; the organisation may hold commas."""
    parts = [part.strip() for part in text.rsplit(",", 2)]
    if len(parts) != 3:
        raise CommandError(
            Exit.INVALID,
            f"--party {text[:60]!r} is not ORGANISATION,COUNTRY,SIGNATORY",
            "e.g. --party 'host.vn,VN,signatory.vn'",
        )
    organisation, code, signatory = parts
    return Party(organisation=organisation, country=arguments.country(code) or code, signatory=signatory)


def _known(context: Context, party: Party) -> Party:
    """The party, unless its signatory could not sign for it today."""
    today = datetime.now(UTC).date()
    if wrong := context.read(lambda connection: authority.problem(connection, party, today)):
        hint = "name a signatory of the party who is in the directory, or ask the secretariat to register one"
        raise CommandError(Exit.INVALID, f"--party: {wrong}", hint)
    return party
