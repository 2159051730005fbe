"""T15: keys and folders that others can reach, and keys that are none."""

import os
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from activities.case.delivery import Letter
from adapters.key_files import KeyProblem
from adapters.keys import Ring
from adapters.mail import sender
from adapters.seals import Seals
from models.case.envelope import Envelope
from runtime import home
from runtime.settings import ROOT, Settings
from runtime.temporal.server import free_ports

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
    Ring(folder / "keys", folder / "signing").listed()
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


def _self_signed(folder: Path) -> ssl.SSLContext:
    """The certificate of somebody who says that they are this machine."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "made.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


class _Nobody:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.kept.append(envelope)
        return "250 kept"


def test_a_mail_server_that_nobody_vouches_for_gets_no_letter(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, smtp_host="localhost", smtp_port=free_ports()[0], smtp_starttls=True)
    nobody = _Nobody()
    controller = Controller(
        nobody, hostname="localhost", port=settings.smtp_port, tls_context=_self_signed(tmp_path)
    )
    controller.start()
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            sender(settings)(Letter("k", "C-1", "s", "b", "a@accord.example"))
    finally:
        controller.stop()
    assert nobody.kept == []


def test_whoever_verifies_cannot_sign(tmp_path: Path) -> None:
    """A worker has the ring, and no private key."""
    signs = Ring(tmp_path / "keys", tmp_path / "signing")
    text = signs.signed(_envelope(signs))
    verifies = Ring(tmp_path / "keys", tmp_path / "empty")
    assert verifies.opened(text) == _envelope(signs)
    with pytest.raises(KeyProblem):
        verifies.signed(_envelope(signs))


def _envelope(ring: Ring) -> Envelope:
    return Envelope(
        kid=ring.kid,
        act="decide",
        workflow="partnership/X",
        message="0" * 64,
        nonce="0" * 32,
        issued_at=datetime(2026, 11, 27, tzinfo=UTC),
    )
