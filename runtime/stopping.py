"""Stopping on SIGTERM or Ctrl-C: in good order; and whatever is stuck, in the end all the same."""

import asyncio
import faulthandler
import signal

from runtime.worker import GRACE

LONGEST = GRACE.total_seconds() + 10
"""Seconds from the signal to the end of the process: what is under way has its grace, then all is closed."""


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set, in this loop; only the main thread may ask for it.

    After ``LONGEST`` the process ends with status 1 and says on standard error what it was doing. A thread
    that never returns (a workflow that loops, a mail server that never ends its greeting) cannot hold it up.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal(*_: object) -> None:
        if not stop.is_set():
            # it waits outside of the interpreter, whose lock may be what is stuck
            faulthandler.dump_traceback_later(LONGEST, exit=True)
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop
