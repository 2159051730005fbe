"""The files of the image without Docker: what the Dockerfile copies of what .dockerignore lets it see, and
the packages of its lock, in folders that the user of the image cannot write to.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from runtime.settings import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOCK = ROOT / "requirements-runtime.lock"
USER = 10001
"""Of the image; the tests that need another user become it where they may."""
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def instructions(dockerfile: str) -> list[list[str]]:
    """The words of each instruction."""
    lines = dockerfile.replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def copied(dockerfile: str) -> Iterator[tuple[str, str]]:
    """What is taken from the project into the last stage, and to which folder."""
    stages = [n for n, words in enumerate(instructions(dockerfile)) if words[0] == "FROM"]
    for first, *rest in instructions(dockerfile)[stages[-1] :]:
        if first == "COPY" and not rest[0].startswith("--from"):
            yield from ((source, rest[-1]) for source in rest[:-1])


def seen(path: Path) -> bool:
    """Whether .dockerignore lets the build see a file; as in Docker, the last line that matches decides."""
    found = True
    for line in (ROOT / ".dockerignore").read_text().split():
        pattern = line.removeprefix("!")
        if any(_matches(part, pattern) for part in (path, *path.parents[:-1])):
            found = line.startswith("!")
    return found


def _matches(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    return ("/" not in str(path) and pattern == "*") or str(path) == pattern


def built(place: Path) -> Path:
    """The folder of the program as the image has it."""
    for source, target in copied(DOCKERFILE):
        there = ROOT / source
        for file in sorted(there.rglob("*")) if there.is_dir() else [there]:
            if file.is_file() and seen(file.relative_to(ROOT)):
                inside = file.relative_to(there) if there.is_dir() else Path(file.name)
                (place / target / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, place / target / inside)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(place)], check=True)
    return _shut(place)


def _shut(place: Path) -> Path:
    for path in (place, *place.rglob("*")):
        path.chmod(path.stat().st_mode & 0o555)
    return place


def locked() -> dict[str, str]:
    """The packages of the image, with their versions."""
    return dict(_PINNED.findall(LOCK.read_text()))


def packages(place: Path) -> Path:
    """A Python with the packages of the image and no others; they are those of our own environment."""
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    library = next(place.glob("lib/python*/site-packages"))
    for package in installed():
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (library / top).exists():
                os.symlink(str(package.locate_file(top)), library / top)
    return python


def installed() -> Iterator[Distribution]:
    """What of the lock this machine needs; some is for others (`; sys_platform == …`)."""
    for line in LOCK.read_text().splitlines():
        if found := _PINNED.match(line):
            with contextlib.suppress(*([PackageNotFoundError] if ";" in line else [])):
                yield distribution(found[1])


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that the user of the image may enter. Those of pytest are for us alone."""
    with TemporaryDirectory(prefix="accord-image-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o711)
        yield Path(place)


def as_another(*words: str) -> list[str]:
    """The command as the user of the image, where we are root. It may read all that we may, as our Python is
    in our own home, and write nothing.
    """
    if os.geteuid() != 0:
        return [*words]
    reads = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *reads, *words]
