"""Seals: workers of one installation know by them what another of them has said (HMAC, RFC 2104)."""

import hmac
import secrets
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from adapters.key_files import SHORTEST, KeyFile, key
from models.base import canonical

_FOR = "accord-seal-1"
"""Is sealed with it: the seal is good for nothing else."""


class Secret(BaseModel):
    """What workers seal with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str
    """Hex."""
    made_at: AwareDatetime


class Seals:
    """Makes seals, with the newest secret of the file, and knows them again."""

    def __init__(self, folder: Path) -> None:
        self._file = KeyFile(folder / "workers.json", Secret, self._made)

    def seal(self, *parts: str) -> str:
        """What says that a worker of this installation said these parts, in this order."""
        return self._sealed(self._file.read()[-1], parts)

    def is_sealed(self, seal: str, *parts: str) -> bool:
        """Whether ``seal`` is that of a worker of this installation for these parts. Every secret of the file
        counts: what is sealed with an older one may be asked again years later.
        """
        kept = self._file.read()
        return any(hmac.compare_digest(seal.encode(), self._sealed(one, parts).encode()) for one in kept)

    def _sealed(self, by: Secret, parts: tuple[str, ...]) -> str:
        return hmac.digest(key(by.secret, self._file.path), canonical([_FOR, *parts]), "sha256").hex()

    def _made(self) -> Secret:
        return Secret(secret=secrets.token_hex(SHORTEST), made_at=datetime.now(UTC))
