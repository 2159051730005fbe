"""The processes that belong to a home folder, however they came to be."""

from pathlib import Path

from runtime.settings import ROOT


def servers(home: Path) -> list[int]:
    """The servers that work on the file in ``home``."""
    return _processes("cmdline", str(home / "temporal.db"))


def processes(home: Path) -> list[int]:
    """Every process that was told to work on ``home``: `accord up`, its worker, its server, a command."""
    return _processes("environ", f"ACCORD_HOME={home}")


def workers(home: Path) -> list[int]:
    """The workers that `accord up` has started for ``home``."""
    started = _processes("cmdline", "worker", str(ROOT / "worker.py"))
    return sorted({*started} & {*processes(home)})


def _processes(where: str, *words: str) -> list[int]:
    """Those that have one of these words among their arguments or in their environment."""
    wanted, found = {word.encode() for word in words}, []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and wanted & {*(process / where).read_bytes().split(b"\0")}:
                found.append(int(process.name))
        except OSError:
            continue
    return found
