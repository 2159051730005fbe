"""What a check-up looks at without asking anybody: settings, folders, keys, programs, disk, fonts."""

import base64
import hashlib
import shutil
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from adapters.key_files import KeyProblem, read_secret
from adapters.keys import Ring
from models.case.envelope import Mode
from models.operations.checkup import Finding, judged, ok, problem, warning
from runtime import home
from runtime.care.backup import LAST, LastBackup
from runtime.settings import Settings
from runtime.temporal import server
from runtime.temporal.engine import EngineError, configured

_GB = 1_000_000_000
_LITTLE, _NOTHING = 5 * _GB, _GB
_STALE = (26.0, 7 * 24.0)
"""Hours since the last backup: nightly, with some to spare; a week."""


def settings(of: Settings) -> Iterator[Finding]:
    """What this installation believes, and whom it pays through."""
    mode = of.mode_in_force
    if mode is Mode.TRIAL:
        yield warning("mode", "trial: names may be self-declared", "for real work: accord setup --attested")
    else:
        yield ok("mode", "attested: whoever acts is signed in")
    bank = "named" if of.bank_url else "none: payments are approved and wait"
    mail = of.smtp_host or f"none: letters are written to {of.home}/mail"
    yield ok("settings", f"bank {bank}; mail server {mail}")


def folders(of: Settings) -> Iterator[Finding]:
    """Whether others can look into the home folder, or into anything there."""
    try:
        home.guard(of.home)
    except home.HomeProblem as found:
        what, _, how = str(found).partition(". ")
        yield problem("permissions", what, how)
        return
    open_ = [path for path in _all(of.home) if path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if open_:
        first = open_[0].relative_to(of.home)
        yield warning("permissions", f"{len(open_)} files can be read by others, e.g. {first}", _SHUT)
    else:
        yield ok("permissions", f"{of.home} is its owner's alone")


_SHUT = "chmod -R go= on the home folder"


def _all(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_symlink())


def keys(of: Settings) -> Iterator[Finding]:
    """Whether what signs and what seals is there, and nobody else's."""
    try:
        for needed in (of.keys_folder / "ring.json", of.keys_folder / "workers.json"):
            if not needed.exists():
                yield warning("keys", f"{needed.name} is not there yet", "the first message makes it")
                return
            read_secret(needed)
        ring = Ring(of.keys_folder, of.signing_folder)
        read_secret(of.signing_folder / f"{ring.kid}.key")
    except KeyProblem as found:
        what, _, how = str(found).rpartition(". ")
        yield problem("keys", what or how, f"{how} Or make another: accord keys rotate")
        return
    yield ok("keys", f"signed with {ring.kid}; {len(ring.listed())} public keys; seals of workers")


def engine_program() -> Iterator[Finding]:
    """Which engine this is, and whether it is the one that was installed."""
    if configured():
        yield ok("engine program", "none of ours: the environment names a cluster")
        return
    try:
        program = Path(server.binary())
    except EngineError as found:
        yield problem("engine program", str(found), "make install")
        return
    version = _version(program)
    with program.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    known = _installed_as(program)
    says = f"{version}, SHA-256 {digest.hex()[:16]}"
    if known is None:
        yield warning("engine program", f"{says}; no package says what it should be", "make install")
    elif known != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        yield problem("engine program", f"{says}: not what its package has", "make clean install")
    else:
        yield ok("engine program", says)


def _version(program: Path) -> str:
    said = subprocess.run(  # noqa: S603 - our own program
        [str(program), "--version"], capture_output=True, text=True, timeout=10, check=False
    )
    return said.stdout.strip()[:80]


def _installed_as(program: Path) -> str | None:
    """The digest that the package has of this program, as it is written there."""
    for package in distributions():
        for file in package.files or ():
            if file.name == program.name and Path(str(file.locate())).resolve() == program.resolve():
                return file.hash.value if file.hash else None
    return None


def disk(of: Settings) -> Iterator[Finding]:
    """Whether there is room to write."""
    free = shutil.disk_usage(of.home if of.home.exists() else of.home.absolute().parent).free
    says = f"{free / _GB:.1f} GB free"
    yield judged("disk", -free, (-_LITTLE, -_NOTHING), says, "make room: below 1 GB nothing is safe")


def fonts() -> Iterator[Finding]:
    """Whether certificates can be set in the scripts of those who get them."""
    from adapters.fonts import FIRST, families

    missing = [name for name in FIRST if name not in families()]
    if missing:
        yield problem("fonts", f"{', '.join(missing)} missing: no certificate is made", "make install")
    else:
        yield ok("fonts", f"typst with {len(families())} families")


def last_backup(of: Settings) -> Iterator[Finding]:
    """How old the newest backup is."""
    todo = "accord backup DIR, every night (docs/backup.md)"
    try:
        last = LastBackup.model_validate_json((of.home / LAST).read_bytes())
    except FileNotFoundError:
        yield warning("backup", "none was ever taken", todo)
        return
    hours = (datetime.now(UTC) - last.taken_at).total_seconds() / 3600
    says = f"{hours:.0f} hours ago, up to record {last.last}, in {last.folder}"
    yield judged("backup", hours, _STALE, says, todo)
