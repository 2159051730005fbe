"""Keys, changed on record: one person may, for a key that has leaked must not wait for a second."""

from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Engine

from activities.case import record
from activities.people import directory, person
from models.case.envelope import DOOR, Belief
from models.case.record import Batch, Entry, Source
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from services.case.cases import Refused


class Key(Protocol):
    """The public half of a key."""

    @property
    def kid(self) -> str: ...
    @property
    def public(self) -> str: ...


class KeyRing(Protocol):
    """The keys that envelopes are signed with."""

    def rotate(self) -> Key:
        """A new key to sign with from now on; the others are valid for a while."""
        ...

    def withdraw(self, kid: str) -> Key | None:
        """Let nothing count any more that this key has signed. None: there is no such key."""
        ...


class Changed(NamedTuple):
    """A key that was made or withdrawn, and the number of that on record."""

    kid: str
    seq: int


class Keys:
    """Takes what registrars say about keys. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Engine, ring: KeyRing, belief: Belief) -> None:
        self._database = database
        self._ring = ring
        self._belief = belief

    def rotate(self, actor: str, reason: str) -> Changed:
        """Make a new key. Refused: why not, on record."""
        self._check(actor, "rotate")
        made = self._ring.rotate()
        facts = {"kid": made.kid, "public": made.public}
        return Changed(made.kid, self._write(actor, "key made", reason=reason, facts=facts))

    def withdraw(self, kid: str, actor: str, reason: str) -> Changed | None:
        """Withdraw a key at once. None: there is no such key. Refused: why not, on record."""
        self._check(actor, "withdraw")
        gone = self._ring.withdraw(kid)
        if gone is None:
            return None
        return Changed(kid, self._write(actor, "key withdrawn", reason=reason, facts={"kid": kid}))

    def _check(self, actor: str, what: str) -> None:
        with self._database.connect().execution_options(readonly=True) as connection:
            broken = self._forbidden(connection, actor)
        if broken:
            facts = {"message": {"asked": what}}
            seq = self._write(actor, "refused", rule=broken.rule, reason=broken.text, facts=facts)
            raise Refused(broken.rule, broken.detail, seq)

    def _forbidden(self, connection: Connection, actor: str) -> Broken | None:
        if self._belief.refused:
            return Broken(self._belief.refused)
        known = person.find(connection, actor)
        if known is None:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({actor})")
        today = datetime.now(UTC).date()
        if known.who not in directory.in_force(connection).holders(REGISTRAR, today):
            return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
        return None

    def _write(self, actor: str, action: str, **more: Any) -> int:
        with self._database.begin() as connection:
            entry = Entry(
                key=f"{DOOR}:key:{record.lock(connection) + 1}",
                stage=DOOR,
                action=action,
                actor=actor,
                attested=self._belief.attested,
                at=datetime.now(UTC),
                **more,
            )
            source = Source(case=DOOR, workflow_id=DOOR, run_id="", rules="")
            return record.write(connection, Batch(source=source, entries=(entry,)))[0].seq
