"""The keys that envelopes are signed with (Ed25519, RFC 8032).

``ring.json`` lists their public halves: whoever verifies needs no more. The private halves stand in a folder
of their own, one file each, for whoever authenticates people and for nobody else.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict

from adapters.key_files import KeyFile, KeyProblem, key, read_secret, write_once
from models.case.envelope import Envelope
from models.case.rule import CaseRule

OVERLAP = timedelta(days=1)
"""So long an old key stays valid once there is a new one: what was signed with it may be on its way."""

_FOR = b"accord-envelope-1\n"
"""Stands before what is signed: the signature is good for nothing else."""
_SIGNATURE = 128


class Public(BaseModel):
    """The public half of a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str
    public: str
    """Hex."""
    made_at: AwareDatetime
    until: AwareDatetime | None = None
    """From when it signs nothing more; None: it does."""

    withdrawn: bool = False
    """Whether nothing counts any more that it has signed, whenever that was: it may have leaked."""

    def is_valid(self, at: datetime) -> bool:
        """Whether what was signed with it at that instant counts."""
        return not self.withdrawn and (self.until is None or at < self.until)


class Ring:
    """Signs envelopes where the private half is at hand, and verifies them."""

    def __init__(
        self, folder: Path, private: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._file = KeyFile(folder / "ring.json", Public, self._made)
        self._private = private
        self._now = now

    def listed(self) -> tuple[Public, ...]:
        """The public halves, the oldest first."""
        return self._file.read()

    @property
    def kid(self) -> str:
        """The key that envelopes are signed with now."""
        return [one for one in self.listed() if one.until is None][-1].kid

    def signed(self, envelope: Envelope) -> str:
        """The envelope with its signature, as it travels. KeyProblem: the private half is not here."""
        said = envelope.model_dump_json(exclude_none=True).encode()
        path = self._private / f"{envelope.kid}.key"
        private = Ed25519PrivateKey.from_private_bytes(key(read_secret(path).decode(), path))
        return private.sign(_FOR + said).hex() + said.decode()

    def opened(self, text: str) -> Envelope | CaseRule:
        """The envelope in ``text``, where a valid key has signed it; else the rule that this breaks."""
        signature, said = text[:_SIGNATURE], text[_SIGNATURE:]
        try:
            envelope = Envelope.model_validate_json(said)
            found = next(one for one in self.listed() if one.kid == envelope.kid)
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public))
            public.verify(bytes.fromhex(signature), _FOR + said.encode())
        except (ValueError, StopIteration, InvalidSignature):
            return CaseRule.ENVELOPE_FORGED
        return envelope if found.is_valid(envelope.issued_at) else CaseRule.ENVELOPE_FORGED

    def rotate(self) -> Public:
        """A new key to sign with from now on; the others are valid for a while, unless they end sooner."""
        ends = self._now() + OVERLAP
        others = (
            one if one.until and one.until < ends else one.model_copy(update={"until": ends})
            for one in self.listed()
        )
        made = self._made()
        self._file.write((*others, made))
        return made

    def withdraw(self, kid: str) -> Public | None:
        """Let nothing count any more that this key has signed. None: there is no such key.

        KeyProblem: nothing could be signed any more; make another first.
        """
        keys, now = self.listed(), self._now()
        gone = next((one for one in keys if one.kid == kid), None)
        if gone is None:
            return None
        if not any(one.until is None and one.kid != kid for one in keys):
            raise KeyProblem(f"Nothing else is signed with than {kid}. Make another: accord keys rotate")
        gone = gone.model_copy(update={"until": now, "withdrawn": True})
        self._file.write(tuple(gone if one.kid == kid else one for one in keys))
        (self._private / f"{kid}.key").unlink(missing_ok=True)
        return gone

    def _made(self) -> Public:
        """A new key, of which the private half is written down."""
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        kid = sha256(public).hexdigest()[:16]
        write_once(self._private / f"{kid}.key", private.private_bytes_raw().hex().encode())
        return Public(kid=kid, public=public.hex(), made_at=self._now())
