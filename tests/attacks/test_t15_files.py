"""T15: keys and folders that others can reach, and keys that are none."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.key_files import KeyProblem
from adapters.keys import Ring
from adapters.seals import Seals
from runtime import home
from runtime.settings import ROOT

pytestmark = pytest.mark.engine

NOBODY = 65_534


def accord(folder: Path, *words: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    """Run a command as people do."""
    program = (
        f"import os, sys; os.umask({umask}); sys.argv[1:] = {list(words)!r}; import starter; starter.main()"
    )
    environment = {**os.environ, "ACCORD_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_made_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    assert accord(folder, "setup", umask=0).returncode == 0
    made = [folder, *folder.rglob("*")]
    assert len(made) > 1
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o770, 0o777, 0o701])
def test_a_home_that_others_can_look_into_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(mode)
    done = accord(folder, "list")
    assert done.returncode == 5
    assert "chmod 700" in done.stderr
    folder.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_home_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    with pytest.raises(home.HomeProblem, match="belongs to another user"):
        home.guard(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_user_of_the_machine_reads_nothing_and_holds_no_lock(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    assert accord(folder, "setup").returncode == 0
    Ring(folder / "keys", folder / "signing").keys()
    Seals(folder / "keys").seal("x")
    for parent in (tmp_path, *tmp_path.parents):
        if parent.owner() == "root" and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    tries = ["os.listdir(h)", "os.open(h, os.O_RDONLY | os.O_DIRECTORY)", "open(h + '/x', 'w')"]
    tries += [f"open(h + '/{name}').read()" for name in ("accord.db", "keys/ring.json", "keys/workers.json")]
    for code in tries:
        program = f"import os; os.setgid({NOBODY}); os.setuid({NOBODY}); h = {str(folder)!r}; {code}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "PermissionError" in done.stderr, (code, done.stderr)


KEYS = ("", "a" * 64, "00" * 32, "ab" * 16, "not hex", "\n", "ff" * 31)


@pytest.mark.parametrize("secret", KEYS)
def test_a_key_that_is_none_is_refused(tmp_path: Path, secret: str) -> None:
    ring = Ring(tmp_path / "keys", tmp_path / "signing")
    (tmp_path / "signing" / f"{ring.kid}.key").write_text(secret)
    with pytest.raises(KeyProblem, match="has no key"):
        ring.signed(_envelope(ring))
    seals = Seals(tmp_path / "keys")
    known = seals.seal("x")
    path = tmp_path / "keys" / "workers.json"
    text = path.read_text()
    begins = text.index('"secret"')
    was = text[begins : text.index(",", begins)]
    path.write_text(text.replace(was, f'"secret": {secret!r}'.replace("'", '"').replace("\\n", " ")))
    os.utime(path, ns=(1, 1))
    with pytest.raises(KeyProblem):
        seals.is_sealed(known, "x")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    ring = Ring(tmp_path / "keys", tmp_path / "signing")
    private = tmp_path / "signing" / f"{ring.kid}.key"
    private.chmod(mode)
    with pytest.raises(KeyProblem, match="chmod 600"):
        ring.signed(_envelope(ring))
    Seals(tmp_path / "keys").seal("x")
    (tmp_path / "keys" / "workers.json").chmod(mode)
    with pytest.raises(KeyProblem, match="chmod 600"):
        Seals(tmp_path / "keys").seal("x")


def test_whoever_verifies_cannot_sign(tmp_path: Path) -> None:
    """A worker has the ring, and no private key."""
    signs = Ring(tmp_path / "keys", tmp_path / "signing")
    text = signs.signed(_envelope(signs))
    verifies = Ring(tmp_path / "keys", tmp_path / "empty")
    assert verifies.opened(text) == _envelope(signs)
    with pytest.raises(KeyProblem):
        verifies.signed(_envelope(signs))


def _envelope(ring: Ring):  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    from models.case.envelope import Envelope

    return Envelope(
        kid=ring.kid,
        act="decide",
        workflow="partnership/X",
        message="0" * 64,
        nonce="0" * 32,
        issued_at=datetime(2026, 11, 27, tzinfo=UTC),
    )
