"""Becomes another program, which does not outlive its parent: `launch.py PARENT PROGRAM ARGUMENT…`.

Linux ends it with the thread that started it (prctl(2), PR_SET_PDEATHSIG); a parent that was gone before that
could be arranged is noticed, too. Elsewhere, only the lock that it has inherited says that it is still there.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def bound(*program: str) -> list[str]:
    """The command that becomes ``program``, and does not outlive the thread that starts it."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *program]


def main(parent: int, *program: str) -> None:
    """Arrange it, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that started this has ended")
    os.execv(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
