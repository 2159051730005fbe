"""Stored histories are only ever added: `python -m tests.support.manifest` says which were changed.

``SHA256SUMS`` lists every history with its digest, as `sha256sum --check` reads it. ``FORMAT`` has a line
for each time that all of them were recorded anew: its number, and how cases in flight were carried over. Only
another line there allows to change or delete one. Where the repository knows earlier commits, each list of
theirs with the same number must be part of today's.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HISTORIES = Path(__file__).parent.parent / "histories"
SUMS, FORMAT = "SHA256SUMS", "FORMAT"

Sums = dict[str, str]
"""Digests by the name of the file."""


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with the stored histories, one sentence each."""
    listed, there = read(folder), digests(folder)
    for name in sorted(listed.keys() | there.keys()):
        if name not in there:
            yield f"{name} is gone"
        elif name not in listed:
            yield f"{name} is not in {SUMS}: `make histories` adds it"
        elif listed[name] != there[name]:
            yield f"{name} was changed"
    yield from _shrunk(folder, listed)


def _shrunk(folder: Path, listed: Sums) -> Iterator[str]:
    """What earlier commits listed under the same number, and is no longer so. Without git: nothing."""
    now = _number((folder / FORMAT).read_text())
    for commit in _git(folder, "log", "--full-history", "--format=%h", "--", SUMS).split():
        then = _number(_git(folder, "show", f"{commit}:./{FORMAT}"))
        if then > now:
            yield f"{FORMAT} says {now}, and said {then} in commit {commit}"
        if then == now:
            before = _parsed(_git(folder, "show", f"{commit}:./{SUMS}"))
            changed = sorted(name for name, digest in before.items() if listed.get(name) != digest)
            yield from (f"{name} is no longer what {SUMS} had in commit {commit}" for name in changed)


def read(folder: Path) -> Sums:
    """The list, as it stands."""
    return _parsed((folder / SUMS).read_text())


def write(folder: Path) -> None:
    """List what is there."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests(folder).items()))
    (folder / SUMS).write_text("".join(lines))


def digests(folder: Path) -> Sums:
    """The digest of every history that is there."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("**/*.json.gz")
    }


def _parsed(text: str) -> Sums:
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def _number(text: str) -> int:
    """The number of the last line; 0 before there was one."""
    return int(text.splitlines()[-1].partition(" ")[0]) if text else 0


def _git(folder: Path, *words: str) -> str:
    """What git says; nothing where there is no repository, or no such file in that commit."""
    try:
        return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    found = list(problems(HISTORIES))
    sys.exit("\n".join(["Stored histories are only ever added:", *found]) if found else None)
