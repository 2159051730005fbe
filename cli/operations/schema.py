"""The schema of the database, taken back."""

from typing import Annotated

import typer

from cli.context import Context
from cli.output import tell

_REVISION = "the revision that the older version works with, e.g. 0018; its migrations/versions has it last"


def downgrade(context: Context, revision: Annotated[str, typer.Argument(help=_REVISION)]) -> None:
    """Take the schema back to an earlier revision, after a backup, for the way back to an older version.

    Nothing may be at work: stop `accord up` and every worker first. What only the newer version knows is
    gone from the database, and in the backup that is made before (in the home folder, backups/).
    """
    for line in context.installation.deployment.downgrade(revision):
        tell(line)
