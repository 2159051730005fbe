"""The key that this installation signs with for who is signed in."""

import contextlib
import os
import secrets
from pathlib import Path

from runtime.settings import Settings


def key_of(settings: Settings) -> bytes:
    """ACCORD_PRINCIPAL_KEY, else a file that only its owner reads, made when it is missing."""
    if settings.principal_key:
        return settings.principal_key.get_secret_value().encode()
    path = settings.home / "principal.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(f"{path}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32), encoding="ascii")
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key counts
            os.link(made, path)
        made.unlink()
    return path.read_text(encoding="ascii").strip().encode()
