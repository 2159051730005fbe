"""PostgreSQL as compose starts it: whoever comes by the network comes by TLS, and sees whose server it is."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from runtime.settings import ROOT
from runtime.temporal.server import free_ports
from testing.postgres import HASTY, SERVER_FROM, temporary_postgres

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def secrets() -> Iterator[Path]:
    """What compose/prepare.sh makes; the server's key is its user's, as compose/postgresql.sh has it."""
    with TemporaryDirectory(prefix="accord-tls-", ignore_cleanup_errors=True) as place:
        script = ["/bin/sh", str(ROOT / "compose" / "prepare.sh")]
        subprocess.run(script, cwd=place, check=True, timeout=60)
        made = Path(place) / "secrets"
        shutil.copy(ROOT / "compose" / "pg_hba.conf", made / "pg_hba.conf")
        for folder in (Path(place), made):
            folder.chmod(0o711)
        (made / "pg_hba.conf").chmod(0o444)
        (made / "postgresql.key").chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(made / "postgresql.key", "postgres")
        yield made


@pytest.fixture(scope="module")
def port(secrets: Path, postgres_url: str) -> Iterator[int]:
    """That of a server with the settings of compose/postgresql.sh, and a role `accord` with its password."""
    script = (ROOT / "compose" / "postgresql.sh").read_text()
    said = dict(re.findall(r"-c (\w+)=(\S+)", script))
    places = {"ssl_cert_file": "postgresql.crt", "ssl_key_file": "postgresql.key", "hba_file": "pg_hba.conf"}
    said |= {name: str(secrets / file) for name, file in places.items()}
    said |= {"listen_addresses": "127.0.0.1", "port": str(free_ports()[0])}
    if SERVER_FROM in os.environ:
        pytest.skip("a server that somebody else has started")
    with temporary_postgres(HASTY | said) as url, psycopg.connect(url, autocommit=True) as connection:
        password = (secrets / "db_accord").read_text()
        connection.execute(f"CREATE ROLE accord_works LOGIN PASSWORD '{password}'".encode())
        yield int(said["port"])


def _connected(secrets: Path, port: int, **changes: str) -> bool:
    told = {
        "host": "postgresql",
        "hostaddr": "127.0.0.1",
        "dbname": "accord",
        "user": "accord_works",
        "password": (secrets / "db_accord").read_text(),
        "sslmode": "verify-full",
        "sslrootcert": str(secrets / "ca.crt"),
    }
    told |= {"port": str(port), "connect_timeout": "10"} | changes
    with psycopg.connect(make_conninfo(**told)) as connection:
        return bool(connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone())


def test_who_knows_the_authority_is_connected(secrets: Path, port: int) -> None:
    assert _connected(secrets, port)
    assert "sslmode=verify-full&sslrootcert=/run/secrets/ca.crt" in (secrets / "url_accord").read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sslmode": "disable"}, "no pg_hba.conf entry"),
        ({"host": "temporal"}, "does not match host name"),
        ({"password": "another"}, "password authentication failed"),
        ({"sslrootcert": "system"}, "certificate verify failed"),
    ],
    ids=["in clear", "another server", "another password", "an authority that nobody knows"],
)
def test_nobody_else_is(secrets: Path, port: int, changes: dict[str, str], said: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=said):
        _connected(secrets, port, **changes)
