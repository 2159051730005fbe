"""Backing an installation up, and bringing it back."""

from pathlib import Path
from typing import Annotated

import typer

from cli.context import Context
from cli.output import tell

_FOLDER = "a folder that does not exist yet"
_KEYS = "with the private keys: whoever has such a backup can sign as anybody"


def backup(
    context: Context,
    folder: Annotated[Path, typer.Argument(help=_FOLDER)],
    signing_keys: Annotated[bool, typer.Option("--signing-keys", help=_KEYS)] = False,
) -> None:
    """Back this installation up into a new folder, while everything runs.

    The engine's file is copied first, the record second, each as of one moment; then the public keys, and
    what workers seal with. Whatever is not whole is not there at all.

    The private keys stay out: they are not needed to go on, for a restored installation makes itself a new
    one. The folder is as confidential as the record: it is its owner's alone.
    """
    for line in context.installation.backups.back_up(folder, signing_keys):
        tell(line)


def restore(context: Context, folder: Annotated[Path, typer.Argument(help="the folder of a backup")]) -> None:
    """Make an installation from a backup, in a home folder that is empty or does not exist (ACCORD_HOME).

    Refused, with nothing done: a file that is missing, altered or of another backup, an engine that knows
    more than the record, a schema newer than this program, a home or a database that is not empty.
    """
    for line in context.installation.backups.restore(folder):
        tell(line)
