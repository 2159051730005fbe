"""What `CHANGELOG.md` says that an installation needs, since it was last set up."""

from collections.abc import Iterator
from contextlib import suppress

from models.operations.changelog import needed
from models.operations.deployment import Checked
from runtime.settings import ROOT, Settings

NAME = "CHANGELOG.md"
"""In the folder of the program; in the home folder, as it was when the installation was last set up."""


def needs(settings: Settings) -> Iterator[Checked]:
    """What the code that is installed here needs of the installation, and since when that was looked for."""
    ours, theirs = ROOT / NAME, settings.home / NAME
    if not ours.is_file():
        yield Checked(
            "what this version needs", is_good=False, detail=f"{ours} is missing: read it elsewhere"
        )
        return
    known = theirs.read_text(encoding="utf-8") if theirs.is_file() else ""
    found = [*needed(ours.read_text(encoding="utf-8"), known)]
    since = (
        "since the last `accord setup`" if known else "all of them: it is not known what was set up before"
    )
    yield Checked(f"lines of {NAME} that ask for something, {since}", is_good=True, detail=str(len(found)))
    yield from found


def remember(settings: Settings) -> None:
    """Keep what this version says: what comes later is told before the next one. Where nothing can be kept,
    in a container whose home is read-only, say, all is told again.
    """
    with suppress(OSError):
        (settings.home / NAME).write_bytes((ROOT / NAME).read_bytes())


def forget(settings: Settings) -> None:
    """An older version comes, which keeps nothing: all is told again before the next one."""
    (settings.home / NAME).unlink(missing_ok=True)
