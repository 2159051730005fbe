"""The agreement: put a text on the table, sign it or refuse."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.office import As, Office
from models.agreement import AgreementKind, Party, Signature, SignatureVerdict, Text


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def table(
        gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.text:1")],
        file: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
        title: Annotated[str, typer.Option()],
        party: Annotated[list[str], typer.Option(help="ORGANISATION,COUNTRY,SIGNATORY; two or more")],
        kind: AgreementKind = AgreementKind.MOU,
        as_: As = None,
    ) -> None:
        """Put the text of an agreement on the table."""
        parties = tuple(_party(office, text) for text in party)
        actor = office.actor(as_)
        digest = office.keep(file)
        message = Text(gate=gate, actor=actor, kind=kind, title=title, document=digest, parties=parties)
        office.send("table", message)

    @app.command()
    def sign(
        gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.signing:1")],
        file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="the text you read")],
        authority: Annotated[str, typer.Option(help="evidence that you may sign")] = "",
        as_: As = None,
    ) -> None:
        """Sign: by the SHA-256 of the text you read, so that nobody signs another one."""
        signature = Signature(
            gate=gate,
            actor=office.actor(as_),
            verdict=SignatureVerdict.SIGN,
            document=office.keep(file),
            authority=authority,
        )
        office.send("sign", signature)

    @app.command()
    def refuse(
        gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:agreement.signing:1")],
        file: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="the text you read")],
        comment: Annotated[str, typer.Option(help="the reason; the text goes back to the table")],
        as_: As = None,
    ) -> None:
        """Refuse to sign. The round is void and the text goes back to the table."""
        signature = Signature(
            gate=gate,
            actor=office.actor(as_),
            verdict=SignatureVerdict.REFUSE,
            document=office.keep(file),
            comment=comment,
        )
        office.send("sign", signature)


def _party(office: Office, text: str) -> Party:
    parts = [part.strip() for part in text.rsplit(",", 2)]
    if len(parts) != 3:
        raise CommandError(Exit.INVALID, f"--party {text!r} is not ORGANISATION,COUNTRY,SIGNATORY")
    organisation, country, signatory = parts
    return Party(organisation=organisation, country=country, signatory=office.actor(signatory))
