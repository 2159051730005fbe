"""A worker that has been launched: its process, and the line on which the two of us speak."""

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Mapping, Sequence

from runtime.temporal import launch
from runtime.watching.notify import Word, handed_down

LOOK = 1.0
"""Seconds that one looks for a word."""


class Launched:
    """One process. It reads its programs at once, and waits: nothing is done before ``begin``."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """``environment``: what it is told beside our own environment."""
        self._ours, theirs = socket.socketpair()
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        with theirs:
            self._process = subprocess.Popen(
                launch.bound(*command),
                stdin=subprocess.DEVNULL,
                env={**handed_down(theirs), **environment},
                start_new_session=True,  # Ctrl-C is for us alone: we say when to stop
                pass_fds=[theirs.fileno()],
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it has ended; None: it runs."""
        return self._process.poll()

    async def begin(self) -> None:
        """Have it come to work."""
        self._line = await asyncio.open_connection(sock=self._ours)
        self._line[1].write(f"{Word.BEGIN}\n".encode())

    async def says(self, word: Word) -> bool:
        """Whether it says this during one look, or has said it meanwhile."""
        assert self._line
        try:
            async with asyncio.timeout(LOOK):
                while said := await self._line[0].readline():
                    if said.decode().strip() == word:
                        return True
        except TimeoutError:
            return False
        except OSError:  # it was gone before it could be told to begin
            pass
        await asyncio.sleep(LOOK / 20)  # it has hung up: it is about to end
        return False

    async def stop(self, longest: float) -> int:
        """Tell it to stop, and wait for it; one that does not end in so many seconds is ended. Its status."""
        self._process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest):
                while self.status is None:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
        return self.kill()

    def kill(self) -> int:
        """End it at once, if it has not ended yet; nobody speaks to it any more. Its status."""
        self._process.kill()
        self._process.wait()
        if self._line:
            self._line[1].close()
        else:
            self._ours.close()
        return self._process.returncode
