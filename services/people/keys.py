"""Keys, changed on record: one person may, for a key that has leaked must not wait for a second."""

from typing import NamedTuple, Protocol

from sqlalchemy import Engine

from activities.people import directory, person
from models.case.envelope import DOOR, Belief
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from services.case.acts import Act, Acts, Asked

ENCRYPTING = "encryption key made"
"""What the record says where payloads are encrypted with a new key from then on."""


class Key(Protocol):
    """What may be known of a key: its public half, or its digest."""

    @property
    def kid(self) -> str: ...
    @property
    def public(self) -> str: ...


class Rotating(Protocol):
    """Keys of which the newest is used."""

    def rotate(self) -> Key:
        """A new key from now on. What older ones have signed is valid for a while; what they have encrypted
        can be read for ever.
        """
        ...


class KeyRing(Rotating, Protocol):
    """The keys that envelopes are signed with."""

    def withdraw(self, kid: str) -> Key | None:
        """Let nothing count any more that this key has signed. None: there is no such key."""
        ...


class Changed(NamedTuple):
    """A key that was made or withdrawn, and the number of that on record."""

    kid: str
    seq: int


class Keys:
    """Takes what registrars say about keys. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Engine, ring: KeyRing, ciphers: Rotating, belief: Belief) -> None:
        self._ring = ring
        self._ciphers = ciphers
        self._acts = Acts(database, belief)

    def rotate(self, actor: str, reason: str) -> Changed:
        """Make a new key to sign with. Refused: why not, on record."""
        return self._rotated(self._ring, "key made", actor, reason)

    def encrypt(self, actor: str, reason: str) -> Changed:
        """Make a new key to encrypt with; where nothing was encrypted so far, that begins. Refused: why not,
        on record.
        """
        return self._rotated(self._ciphers, ENCRYPTING, actor, reason)

    def _rotated(self, keys: Rotating, action: str, actor: str, reason: str) -> Changed:
        def rotated(act: Act) -> Changed | Broken:
            if broken := _forbidden(act, actor):
                return broken
            made = keys.rotate()
            return _changed(act, made.kid, action, reason, {"kid": made.kid, "public": made.public})

        return self._acts.carry_out(_asked(actor, action), rotated)

    def withdraw(self, kid: str, actor: str, reason: str) -> Changed | None:
        """Withdraw a key at once. None: there is no such key. Refused: why not, on record."""

        def withdrawn(act: Act) -> Changed | Broken | None:
            if broken := _forbidden(act, actor):
                return broken
            gone = self._ring.withdraw(kid)
            return _changed(act, kid, "key withdrawn", reason, {"kid": kid}) if gone else None

        return self._acts.carry_out(_asked(actor, "withdraw"), withdrawn)


def _asked(actor: str, what: str) -> Asked:
    return Asked(DOOR, DOOR, actor, {"message": {"asked": what}})


def _forbidden(act: Act, actor: str) -> Broken | None:
    known = person.find(act.connection, actor)
    if known is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({actor})")
    if known.who not in directory.in_force(act.connection).holders(REGISTRAR, act.at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    return None


def _changed(act: Act, kid: str, action: str, reason: str, facts: dict[str, str]) -> Changed:
    entry = act.entry(f"{DOOR}:key:{act.number}", action, reason=reason, facts=facts)
    return Changed(kid, act.write(entry).seq)
