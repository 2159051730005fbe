"""A PostgreSQL to throw away, for tests and the benchmark: real, and gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL, make_url

SERVER_FROM = "ACCORD_TEST_POSTGRES_URL"
"""Environment variable: the URL of a server to use, with a role that may create databases."""

DURABLE = {"fsync": "on", "synchronous_commit": "on"}
"""Settings under which it loses nothing when the power fails: what is measured is what people have."""
HASTY = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
"""The same without waiting for the disk, or tidying up meanwhile, which has one question answered in other
ways. A server that is killed still loses nothing: tests pull no plug.
"""

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_NAME = "accord"


class PostgresMissing(RuntimeError):
    """No PostgreSQL can be had here; the text says why, and what would help."""


class PostgresServer:
    """A server of our own. It listens on a Unix socket in a folder that only its user may enter."""

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        """An empty database in the empty folder ``home``. PostgresMissing: it cannot be had here."""
        self._home, self._programs, self._user = home, _programs(), _user()
        self._options = {"listen_addresses": "", "unix_socket_directories": str(home), **settings}
        if self._user:
            os.chown(home, self._user.pw_uid, self._user.pw_gid)
        _initialise(self._programs, home, self._user)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        with psycopg.connect(self._address("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"CREATE DATABASE {_NAME}".encode())

    @property
    def url(self) -> str:
        """Where it is reached."""
        return self._address(_NAME)

    def start(self) -> None:
        """Start it, also after it was stopped at once, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._home / "data")]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        self._process = _run(command, self._home, self._user)
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise PostgresMissing(f"PostgreSQL did not start: {_said(self._home)}")

    def stop_at_once(self) -> None:
        """Without a farewell (an immediate shutdown): when it starts again, it recovers from its log."""
        self._stop(signal.SIGQUIT)

    def stop(self) -> None:
        """In good order; it does not wait for clients (a fast shutdown)."""
        self._stop(signal.SIGINT)

    def _stop(self, how: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _address(self, database: str) -> str:
        socket = {"host": str(self._home)}
        if port := self._options.get("port"):
            socket["port"] = port
        return _for_libpq(URL.create("postgresql", username=_NAME, database=database, query=socket))


@contextmanager
def temporary_postgres(settings: Mapping[str, str] = DURABLE) -> Iterator[str]:
    """The URL of an empty database: on the server the environment names, else on one started for it, with
    these settings.

    PostgresMissing: there is no such server, and no PostgreSQL is installed that could be started.
    """
    server = os.environ.get(SERVER_FROM)
    if server:
        with fresh_database(server) as url:
            yield url
        return
    with started_postgres(settings) as started:
        yield started.url


@contextmanager
def started_postgres(settings: Mapping[str, str] = DURABLE) -> Iterator[PostgresServer]:
    """A server of our own, with an empty database, and with these settings; it may be stopped and started."""
    with tempfile.TemporaryDirectory(prefix="accord-pg-", ignore_cleanup_errors=True) as place:
        server = PostgresServer(Path(place), settings)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database on the server of the URL ``server``; dropped afterwards."""
    name = f"accord_{secrets.token_hex(6)}"
    _administer(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    try:
        with psycopg.connect(_for_libpq(make_url(server)), autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement.encode())
    except psycopg.OperationalError as error:
        raise PostgresMissing(f"The PostgreSQL server does not answer: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise PostgresMissing(f"The role of {SERVER_FROM} may not create databases: {error}") from error


def _for_libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _programs() -> Path:
    """The folder with initdb and postgres, of the newest version that is installed."""
    beside = shutil.which("initdb")
    folders = [path for place in _PLACES for path in Path("/").glob(place[1:]) if (path / "initdb").exists()]
    folders.sort(key=_version)
    if beside:
        folders.append(Path(beside).resolve().parent)
    if not folders:
        raise PostgresMissing(
            f"PostgreSQL is not installed: neither initdb on PATH nor {_PLACES[0]}. "
            f"`apt-get install postgresql`, or set {SERVER_FROM} to a server's URL."
        )
    return folders[-1]


def _version(folder: Path) -> tuple[int, ...]:
    digits = "".join(char if char.isdigit() else " " for char in str(folder))
    return tuple(int(number) for number in digits.split())


def _user() -> pwd.struct_passwd | None:
    """Who runs the server: PostgreSQL refuses to run as root, anybody else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")


def _initialise(programs: Path, home: Path, user: pwd.struct_passwd | None) -> None:
    command = [str(programs / "initdb"), "--pgdata", str(home / "data"), "--username", _NAME]
    command += ["--encoding", "UTF8", "--no-locale", "--auth-local", "trust", "--auth-host", "reject"]
    if _run(command, home, user).wait(timeout=60):
        raise PostgresMissing(f"initdb failed: {_said(home)}")


def _run(command: list[str], home: Path, user: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    """Start a program as ``user``, with none of root's groups; what it says goes to the log."""
    become: dict[str, Any] = {}
    if user:
        become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with (home / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=home, stdout=log, stderr=log, start_new_session=True, **become)


def _said(home: Path) -> str:
    return (home / "log").read_text(errors="replace").strip()[-500:]
