"""What `accord chaos` does: an installation to throw away, and a report of which promises held."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from cli.errors import CommandError, Exit
from cli.installation import Suffered
from runtime import logs
from testing.chaos.history import History
from testing.chaos.mail import MailMissing
from testing.chaos.mishaps import SCENARIOS
from testing.chaos.run import Plan, promises, run
from testing.postgres import PostgresMissing

_MOST_DETAILS = 20
"""Lines about what did not hold; the history has all of them."""


class Chaos:
    """Runs it, in a folder of its own: no installation that exists is touched."""

    def scenarios(self) -> Iterable[dict[str, str]]:
        """Each, and what happens in it."""
        for name, nemeses in SCENARIOS.items():
            happens = "; ".join(one.name for one in nemeses) or "nothing: people work"
            yield {"scenario": name, "what happens": happens}

    def run(
        self, scenario: str, seed: int, seconds: float, kind: str, folder: Path, say: Callable[[str], None]
    ) -> Suffered:
        """Let it happen. CommandError: there is no such scenario, or the folder is there already."""
        if scenario not in SCENARIOS:
            raise CommandError(Exit.USAGE, f"There is no scenario {scenario!r}", "see `accord chaos list`")
        if folder.exists():
            raise CommandError(Exit.CONFLICT, f"{folder} exists already", "name a new folder: --folder")
        logs.configure(logging.CRITICAL)
        plan = Plan(scenario, seed, seconds, kind)
        try:
            home = folder.absolute() / "home"
            for place in (folder, home):
                place.mkdir(parents=True, mode=0o700)
            with closing(History(folder / "history.jsonl")) as history:
                report = asyncio.run(run(plan, home, history, say))
        except (MailMissing, PostgresMissing) as missing:
            what, _, how = str(missing).partition(". ")
            raise CommandError(Exit.UNREACHABLE, what, how or "install it, then run this again") from missing
        return Suffered(
            rows=[{"promise": promise, "broken": times} for promise, times in promises(report)],
            details=[f"{one.promise.name}: {one.detail}" for one in report.violations[:_MOST_DETAILS]],
            summary=(
                f"{report.operations} requests, {report.unknown} of them without an answer; "
                f"{report.happened} mishaps; {report.entries} entries on record."
            ),
            broken=len(report.violations),
        )
