"""The end of a process."""

import contextlib
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process at once. Taking the interpreter apart while threads of the Temporal client are
    still at work aborts it now and then, after all is done (temporalio/sdk-python issue 300).
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)
