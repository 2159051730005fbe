"""The processes that belong to a home folder, however they came to be."""

from pathlib import Path


def servers(home: Path) -> list[int]:
    """The servers that work on the file in ``home``."""
    return _processes("cmdline", str(home / "temporal.db"))


def processes(home: Path) -> list[int]:
    """Every process that was told to work on ``home``: `accord up`, its worker, its server, a command."""
    return _processes("environ", f"ACCORD_HOME={home}")


def workers(home: Path) -> list[int]:
    """The workers that are at work for ``home``; a spare one waits under another name."""
    return sorted({*_processes("comm", "accord-worker")} & {*processes(home)})


def _processes(where: str, *words: str) -> list[int]:
    """Those that have one of these words among their arguments, in their environment or as their name."""
    wanted, found = {word.encode() for word in words}, []
    for process in Path("/proc").iterdir():
        try:
            said = (process / where).read_bytes().removesuffix(b"\n").split(b"\0")
            if process.name.isdigit() and wanted & {*said}:
                found.append(int(process.name))
        except OSError:
            continue
    return found
