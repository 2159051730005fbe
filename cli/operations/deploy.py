"""Before a new version is rolled out."""

import asyncio

from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import tell


def check(context: Context) -> None:
    """Try the code that is installed here on this installation before it is rolled out; nothing is changed.

    Every history that is open is run again with it: as the engine has it, or as it was archived where no
    engine runs. The migrations are carried out on a copy of the database, and the proof of the record is made
    there. What an earlier version has left that this one would not carry on is named. At the end stands what
    CHANGELOG.md asks for since the last `accord setup`. Exit code 10: something would break.
    """
    problems = asyncio.run(_checked(context))
    if problems:
        how = "do not roll it out: the version that runs now goes on as it is"
        raise CommandError(Exit.VERIFICATION, f"{problems} of these would go wrong", how)


async def _checked(context: Context) -> int:
    """Say each line as soon as it is known; how many problems there are."""
    problems = 0
    async for one in context.installation.deployment.check():
        tell(str(one))
        problems += not one.is_good
    return problems
