"""Nominations: one official, or a file of them; withdrawn, substituted."""

from pathlib import Path
from typing import Annotated

import typer

from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, tell
from cli.training.nomination_file import nominate_all
from models.training.nomination import NominationsEnd, NomineeWithdrawal
from models.training.official import Official
from services.training import nominations
from services.training.nominee_file import Nominee
from services.training.register import Register

Document = Annotated[
    list[str] | None, typer.Option("--document", help="KIND=FILE, e.g. passport=scan.pdf; may be repeated")
]


def nominate(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number of the cohort")],
    file: Annotated[Path | None, typer.Option(help="a CSV file with one official a row")] = None,
    identity: Annotated[str, typer.Option(help="number of the passport")] = "",
    name: Annotated[str, typer.Option(help="in the official's own script")] = "",
    latin: Annotated[str, typer.Option(help="in Latin letters, as in the passport")] = "",
    language: Annotated[str, typer.Option(help="of the certificate beside Korean, e.g. km")] = "en",
    position: Annotated[str, typer.Option(help="what they do")] = "",
    employer: Annotated[str, typer.Option(help="where: ministry, agency, city")] = "",
    document: Document = None,
    send: Annotated[bool, typer.Option("--send", help="nominate those in the file; else a dry run")] = False,
    output: OutputOption = Output.TABLE,
    as_: As = None,
) -> None:
    """Nominate officials of your country: one by flags, or a file of them (a dry run first)."""
    actor = context.actor(as_)
    country = context.read(lambda connection: nominations.country_of(connection, number, actor))
    if file:
        nominate_all(context, number, file, country, actor, send, output)
        return
    fields = {"identity": identity, "name": name, "latin": latin, "language": language}
    official = Official(country=country, position=position, employer=employer, **fields)
    documents = _kept(context, document)
    message = Register(context.database, actor, context.belief).nominate(number, Nominee(official, documents))
    context.send("nominate", message)
    tell(f"{message.nominee}: {official.latin}")


def nominated(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number of the cohort")],
    as_: As = None,
) -> None:
    """Say that your country nominates nobody else for a cohort."""
    actor = context.sender(as_)
    country = context.read(lambda connection: nominations.country_of(connection, number, actor))
    gate = nominations.gate_of(number)
    context.send("end_nominations", NominationsEnd(gate=gate, actor=actor, country=country))


def withdraw_nominee(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number of the cohort")],
    nominee: Annotated[str, typer.Argument(help="the id of the official")],
    reason: Annotated[str, typer.Option()],
    as_: As = None,
) -> None:
    """Withdraw an official of your country before the course."""
    context.case(number)
    message = NomineeWithdrawal(case=number, actor=context.sender(as_), nominee=nominee, reason=reason)
    context.send("withdraw_nominee", message)


def substitute(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number of the cohort")],
    leaving: Annotated[str, typer.Argument(help="the id of who cannot come")],
    reason: Annotated[str, typer.Option()],
    identity: Annotated[str, typer.Option(help="of who comes instead; else: confirm who was named")] = "",
    name: str = "",
    latin: str = "",
    language: str = "en",
    position: str = "",
    employer: str = "",
    document: Document = None,
    as_: As = None,
) -> None:
    """Let another official take a seat: the authority names them, a coordinator confirms."""
    context.case(number)
    actor = context.sender(as_)
    new = None
    if identity:
        country = context.read(lambda connection: nominations.country_of(connection, number, actor))
        fields = {"identity": identity, "name": name, "latin": latin, "language": language}
        official = Official(country=country, position=position, employer=employer, **fields)
        new = Nominee(official, _kept(context, document))
    message = Register(context.database, actor, context.belief).substitute(number, leaving, reason, new)
    context.send("substitute", message)


def _kept(context: Context, documents: list[str] | None) -> dict[str, str]:
    """The documents named by flags, kept; their digests by kind."""
    found: dict[str, str] = {}
    for text in documents or ():
        kind, _, name = text.partition("=")
        if not (kind and name):
            raise CommandError(Exit.USAGE, f"--document: {text[:60]!r} is no document", "write KIND=FILE")
        found[kind] = context.keep(Path(name))
    return found
