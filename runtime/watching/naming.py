"""What a process is called by `ps` and `top`."""

import contextlib
from pathlib import Path


def called(name: str) -> None:
    """Call this process so (at most 15 characters), where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)
