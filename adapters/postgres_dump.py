"""PostgreSQL's own tools, `pg_dump` and `pg_restore`: a copy of one database as of one moment."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from models.operations.backup import BackupProblem

_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")


def tool(name: str) -> str:
    """The newest program of this name. BackupProblem: there is none."""
    folders = [path for place in _PLACES for path in Path("/").glob(place) if (path / name).exists()]
    if folders:
        return str(max(folders, key=_version) / name)
    if beside := shutil.which(name):
        return beside
    what = f"{name} is missing: PostgreSQL is backed up with its own tools"
    raise BackupProblem(f"{what}. Install them where this is run, e.g. apt-get install postgresql-client.")


def dump(url: str, target: Path, snapshot: str) -> None:
    """Copy a database to a new file in the custom format, as the transaction sees it that has exported
    ``snapshot``.
    """
    target.touch(mode=0o600, exist_ok=False)
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    _run("pg_dump", url, *words)


def restore(source: Path, url: str) -> None:
    """Bring a copy into an empty database: all of it, or nothing."""
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(source)]
    _run("pg_restore", url, *words)


def listed(source: Path) -> None:
    """BackupProblem: the table of contents of this copy cannot be read."""
    _said([tool("pg_restore"), "--list", str(source)], dict(os.environ))


def _run(name: str, url: str, *words: str) -> None:
    parsed = make_url(url)
    _said([tool(name), f"--dbname={_without_password(parsed)}", *words], _environment(parsed))


def _said(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own words, a file and a URL of the settings
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        name = Path(command[0]).name
        raise BackupProblem(f"{name} says: {done.stderr.strip()[-500:]}. Put it right, then run this again.")


def _without_password(url: URL) -> str:
    """Whoever lists the processes of this machine sees what programs were called with."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _environment(url: URL) -> dict[str, str]:
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    return {**os.environ, **password}


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(char if char.isdigit() else " " for char in str(folder))
    return tuple(int(number) for number in digits.split())
