"""`accord up` that loses patience sooner: `python -m tests.support.hasty up`.

What is silent for 5 s is wedged; whoever comes back does so at once, and the end takes 3 s at most.
HASTY_WORKER is the program of its worker, where it shall not be a real one.
"""

import os
import sys

from runtime.temporal import watched_engine
from runtime.watching import backoff, stopping
from runtime.workers import launched, signs, worker_process


def main() -> None:
    """Make it so, and run the command line, or the worker of such an installation."""
    signs._EVERY = 0.5
    launched.LOOK, worker_process.SILENT = 0.25, 20
    watched_engine._UNANSWERED, watched_engine._BETWEEN = 2, 0.5
    stopping.LONGEST = 3.0
    backoff._SOON = 0.01
    program = os.environ.get("HASTY_WORKER")
    ours = ("-c", program) if program else ("-m", "tests.support.hasty", "worker")
    worker_process.COMMAND = (sys.executable, *ours)
    if sys.argv[1] == "worker":
        import worker

        worker.main()
    else:
        from runtime import command_line

        command_line.main()


if __name__ == "__main__":
    main()
