"""The clock of the processes of an installation, where libfaketime is installed: another one than ours."""

import os
from datetime import timedelta
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")


class Clock:
    """Says by how much it goes wrong: at first, not at all. The engine knows nothing of it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._library = next((path for place in _PLACES for path in Path("/").glob(place[1:])), None)
        self.set(timedelta())

    @property
    def can(self) -> bool:
        """Whether it can go wrong here (`apt-get install libfaketime`)."""
        return self._library is not None

    def set(self, astray: timedelta) -> None:
        """Have it differ by so much from now on."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{astray.total_seconds():+.0f}\n")
        written.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What a process is told that shall go by it."""
        if self._library is None:
            return {}
        preloaded = (str(self._library), os.environ.get("LD_PRELOAD", ""))
        return {
            "LD_PRELOAD": ":".join(filter(None, preloaded)),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
