"""Programmes of any kind: what would stop a case of one, what changed from one version to another."""

import re
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from activities.case import registry as programme
from cli.case.difference import show_changes
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows, remark
from models.case.difference import difference
from models.files import InvalidFile
from services.case.check import check as find_faults
from services.case.programme import Programme

_NAME = re.compile(r"(?P<id>[a-z0-9-]{1,60})(@(?P<version>[0-9]{1,7}))?")
_HASH = re.compile(r"[0-9a-f]{6,64}")

Reference = Annotated[str, typer.Argument(help="a TOML file, ID, ID@VERSION, or the beginning of a hash")]


CHECKED = ("key", "rule", "what", "to_do")


def check(
    context: Context,
    file: Annotated[Path, typer.Argument(help="the TOML file of a programme")],
    defaults: Annotated[bool, typer.Option("--defaults", help="show every default that holds")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Read the file of a programme and say what would stop a case of it: a key, a role nobody holds, a duty
    that bars the last one left. Exit code 10: something would.
    """
    terms = context.installation.files.programme(file)
    if defaults:
        show_changes(difference(terms.content(), terms.in_full()), output)
        return
    programmes = context.installation.programmes
    found = context.read(lambda connection: find_faults(connection, programmes, terms))
    print_rows(found, CHECKED, output)
    stops = sum(row["stops"] for row in found)
    remark(f"{file.name}: {stops} to put right, {len(found) - stops} to know")
    if stops:
        raise typer.Exit(Exit.VERIFICATION)


def diff(context: Context, before: Reference, after: Reference, output: OutputOption = Output.TABLE) -> None:
    """Every key that differs from one version of a programme to another."""
    (one, old), (other, new) = _meant(context, before), _meant(context, after)
    changes = difference(old.in_full(), new.in_full())
    show_changes(changes, output)
    remark(f"{one} → {other}: {len(changes)} differences")


def _meant(context: Context, reference: str) -> tuple[str, Programme]:
    """A programme and its name: what has the form of a name or hash is looked up, anything else is a file."""
    if not (_NAME.fullmatch(reference) or _HASH.fullmatch(reference)):
        terms = context.installation.files.programme(Path(reference))
        return f"{terms.id}@{terms.version} {terms.digest()[:12]}", terms
    kept = _kept(reference, context.read(lambda connection: _found(connection, reference)))
    try:
        return f"{kept.id}@{kept.version} {kept.hash[:12]}", context.installation.programmes.of(kept)
    except InvalidFile as error:
        raise InvalidFile(f"{reference}: {error}") from error


def _found(connection: Connection, reference: str) -> list[programme.Kept]:
    """What is kept under this name, the newest alone; else what has a hash that begins so."""
    if name := _NAME.fullmatch(reference):
        version = int(name["version"]) if name["version"] else None
        if newest := programme.versions(connection, name["id"], version):
            return newest[:1]
    return programme.by_hash(connection, reference) if _HASH.fullmatch(reference) else []


def _kept(reference: str, found: list[programme.Kept]) -> programme.Kept:
    if len(found) > 1:
        raise CommandError(Exit.INVALID, f"{reference} is the beginning of {len(found)} hashes", "write more")
    if not found:
        what = f"No programme {reference!r} is registered."
        raise CommandError(Exit.NOT_FOUND, what, "name another, or a file as programmes/k-city-2020.toml")
    return found[0]
