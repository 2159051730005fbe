"""Certificates: whoever is shown one can check it by its number."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from activities.training import certificates
from cli.context import LARGEST_DOCUMENT, Context
from cli.errors import CommandError, Exit, refusal
from cli.output import tell
from models.training.rule import TrainingRule


def verify(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number that is printed on it")],
    file: Annotated[Path | None, typer.Option(help="the PDF: whether it is the one that was issued")] = None,
) -> None:
    """Check a certificate: whether it was issued, whether it stands, and whether this file is it.

    Exit code 10: it was taken back, or the file is another one.
    """
    found = context.read(lambda connection: certificates.find(connection, number.strip()))
    if found is None:
        raise refusal(TrainingRule.NO_CERTIFICATE, f"({number[:60]})")
    if found["revoked_at"]:
        what = f"{number} was taken back on {found['revoked_at']:%Y-%m-%d}"
        raise CommandError(Exit.VERIFICATION, what, "ask the programme's coordinators why")
    if file and _digest(context, file) != found["document"]:
        what = f"{file.name} is not the certificate that was issued as {number}"
        raise CommandError(Exit.VERIFICATION, what, "get it again: accord training certificate")
    same = " This file is it, to the last byte." if file else ""
    tell(f"{number}: issued on {found['issued_at']:%Y-%m-%d}, SHA-256 of the file {found['document']}.{same}")


def certificate(
    context: Context,
    number: Annotated[str, typer.Argument(help="the number of the certificate")],
    to: Annotated[Path, typer.Option(help="where the PDF is written")],
) -> None:
    """Write a certificate to a file, as it was issued."""
    found = context.read(lambda connection: certificates.find(connection, number.strip()))
    content = found and context.read(lambda connection: certificates.kept(connection, found["document"]))
    if not content:
        raise refusal(TrainingRule.NO_CERTIFICATE, f"({number[:60]})")
    try:
        to.write_bytes(content)
    except OSError as error:
        raise CommandError(Exit.INVALID, f"{to.name}: {error.strerror}", "name another file") from error
    tell(f"{number}: {len(content):,} bytes.")


def _digest(context: Context, file: Path) -> str:
    return hashlib.sha256(context.installation.files.content(file, LARGEST_DOCUMENT)).hexdigest()
