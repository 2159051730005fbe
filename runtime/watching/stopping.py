"""Stopping on SIGTERM or Ctrl-C: in good order; and whatever is stuck, in the end all the same."""

import asyncio
import faulthandler
import os
import signal
from datetime import timedelta

GRACE = timedelta(seconds=20)
"""What is under way gets this long to finish; a container needs a longer grace period."""
AT_ONCE = 130
"""The status of a process that was told to stop twice."""
LONGEST = GRACE.total_seconds() + 10
"""Seconds from the signal to the end of a worker: what is under way has its grace, then all is closed."""
CLOSING = 20.0
"""Seconds more for whoever waits for a worker, and has an engine to stop afterwards."""


class Unfinished(RuntimeError):
    """The worker was told to stop, and did not finish what it had begun; nothing is lost by that."""


def told_to_stop(more: float = 0.0) -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set, in this loop; only the main thread may ask for it.

    ``LONGEST`` seconds later, or ``more``, the process ends with status 1 and says on standard error what it
    was doing. A thread that never returns (a workflow that loops, a mail server that never ends its greeting)
    cannot hold it up. A second signal ends it at once: whatever it was doing is done again, or not at all.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    told: list[int] = []

    def on_signal(number: int, _: object) -> None:
        told.append(number)
        if len(told) > 1:
            os.write(2, b"Ended at once; nothing is lost.\n")
            os._exit(AT_ONCE)
        # it waits outside of the interpreter, whose lock may be what is stuck
        faulthandler.dump_traceback_later(LONGEST + more, exit=True)
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop
