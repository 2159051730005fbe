"""Networks of their own for processes on this machine, each of which can be cut off from us (Linux, root)."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple


class NoNetworks(RuntimeError):
    """No network can be made here; the text says why."""


class Network(NamedTuple):
    """One with a line to us."""

    name: str
    line: str
    here: str
    """The address at which we are reached from inside."""

    def inside(self, *program: str) -> list[str]:
        """The command that runs a program in it."""
        return ["ip", "netns", "exec", self.name, *program]

    def is_open(self, port: int) -> bool:
        """Whether this port of ours is reached from inside."""
        call = f"import socket; socket.create_connection(({self.here!r}, {port}), 1)"
        asked = self.inside(sys.executable, "-I", "-S", "-c", call)
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def cut(self) -> None:
        """Let nothing through any more. Nobody is told: connections stay, and are silent."""
        _ip("link", "set", self.line, "down")

    def join(self) -> None:
        """Let everything through again."""
        _ip("link", "set", self.line, "up")


@contextmanager
def networks(number: int) -> Iterator[list[Network]]:
    """So many; gone afterwards. NoNetworks: this machine, or who we are, does not allow it."""
    with ExitStack() as stack:
        yield [stack.enter_context(_network()) for _ in range(number)]


@contextmanager
def _network() -> Iterator[Network]:
    known = secrets.token_hex(4)
    name, line, within = f"accord-{known}", f"ac{known}h", f"ac{known}n"
    # 198.18.0.0/15 is kept for tests of networks (RFC 2544); each takes four addresses of it
    first = 4 * secrets.randbelow(2**14)
    net = f"198.18.{first // 256}.{first % 256 + 1}", f"198.18.{first // 256}.{first % 256 + 2}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", line, "type", "veth", "peer", "name", within, "netns", name)
        _ip("address", "add", f"{net[0]}/30", "dev", line)
        _ip("link", "set", line, "up")
        _ip("-n", name, "address", "add", f"{net[1]}/30", "dev", within)
        _ip("-n", name, "link", "set", within, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Network(name, line, net[0])
    finally:
        _ip("netns", "delete", name)  # its end of the line goes with it, and so does ours


def _ip(*words: str) -> None:
    if not shutil.which("ip"):
        raise NoNetworks("there is no program `ip`; `apt-get install iproute2`")
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNetworks(f"ip {' '.join(words)}: {done.stderr.strip()}")
