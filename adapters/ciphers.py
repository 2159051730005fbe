"""Ciphers: what the engine keeps is read by nobody without these keys (AES-256-GCM, NIST SP 800-38D)."""

import secrets
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import AwareDatetime, BaseModel, ConfigDict

from adapters.key_files import SHORTEST, KeyFile, KeyProblem, key

_NONCE = 12
"""Bytes. Drawn anew for each text: one key is good for some four thousand million of them."""


class Cipher(BaseModel):
    """A key that texts are encrypted with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str
    """Hex."""
    made_at: AwareDatetime

    @property
    def public(self) -> str:
        """What it is known by, which does not give it away."""
        return sha256(b"accord-cipher-1\n" + bytes.fromhex(self.secret)).hexdigest()

    @property
    def kid(self) -> str:
        """Its short name, which stands beside whatever was encrypted with it."""
        return self.public[:16]


class Encrypted(NamedTuple):
    """A text that was encrypted, and with which key."""

    kid: str
    data: bytes


class Ciphers:
    """Encrypts with the newest key of the file, and decrypts with every one of them.

    Nothing is encrypted before ``begin`` was called once: whether it is, is said by the file being there, so
    that the processes of one installation cannot differ.
    """

    def __init__(self, folder: Path) -> None:
        self._file = KeyFile(folder / "payloads.json", Cipher, _made)

    def begin(self) -> None:
        """Encrypt from now on. Safe to repeat."""
        self._file.read()

    def listed(self) -> tuple[Cipher, ...]:
        """The keys, the oldest first; none where nothing is encrypted. KeyProblem: they cannot be read."""
        return self._file.read() if self._file.path.exists() else ()

    def encrypt(self, data: bytes) -> Encrypted | None:
        """``data``, readable with the newest key only. None: nothing is encrypted here."""
        if not (keys := self.listed()):
            return None
        newest, nonce = keys[-1], secrets.token_bytes(_NONCE)
        return Encrypted(newest.kid, nonce + self._cipher(newest).encrypt(nonce, data, newest.kid.encode()))

    def decrypt(self, kid: str, data: bytes) -> bytes:
        """What was encrypted. KeyProblem: that key is not here, or the text was changed."""
        found = next((one for one in self.listed() if one.kid == kid), None)
        if found is None:
            raise KeyProblem(f"{self._file.path} lacks the key {kid[:16]!r}. Restore it from a backup.")
        try:
            return self._cipher(found).decrypt(data[:_NONCE], data[_NONCE:], kid.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyProblem(f"What was encrypted with {kid} has been changed since.") from error

    def rotate(self) -> Cipher:
        """A new key to encrypt with from now on; what older ones have encrypted stays readable."""
        made = _made()
        self._file.write((*self.listed(), made))
        return made

    def _cipher(self, cipher: Cipher) -> AESGCM:
        return AESGCM(key(cipher.secret, self._file.path))


def _made() -> Cipher:
    return Cipher(secret=secrets.token_hex(SHORTEST), made_at=datetime.now(UTC))
