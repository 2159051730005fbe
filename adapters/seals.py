"""Seals: workers of one installation know by them what another of them has said (HMAC, RFC 2104)."""

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from adapters.key_files import SHORTEST, KeyFile, key
from models.base import canonical

OVERLAP = timedelta(days=30)
"""So long an old secret stays valid: what was sealed with it may wait for a worker."""

_FOR = "accord-seal-1"
"""Is sealed with it: the seal is good for nothing else."""


class Secret(BaseModel):
    """What workers seal with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str
    """Hex."""
    made_at: AwareDatetime
    until: AwareDatetime | None = None
    """From when it is withdrawn; None: it is valid."""


class Seals:
    """Makes seals and knows them again."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = KeyFile(folder / "workers.json", Secret, self._made)
        self._now = now

    def seal(self, *parts: str) -> str:
        """What says that a worker of this installation said these parts, in this order."""
        return self._sealed(self._file.read()[-1], parts)

    def is_sealed(self, seal: str, *parts: str) -> bool:
        """Whether ``seal`` is that of a worker of this installation for these parts."""
        now = self._now()
        valid = [one for one in self._file.read() if one.until is None or now < one.until]
        return any(hmac.compare_digest(seal.encode(), self._sealed(one, parts).encode()) for one in valid)

    def rotate(self) -> None:
        """A new secret from now on."""
        ends = self._now() + OVERLAP
        others = (one if one.until else one.model_copy(update={"until": ends}) for one in self._file.read())
        self._file.write((*others, self._made()))

    def _sealed(self, by: Secret, parts: tuple[str, ...]) -> str:
        return hmac.digest(key(by.secret, self._file.path), canonical([_FOR, *parts]), "sha256").hex()

    def _made(self) -> Secret:
        return Secret(secret=secrets.token_hex(SHORTEST), made_at=self._now())
