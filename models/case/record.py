"""The record: what happened, with everything that happened because of it, under one business key."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import Field, SerializeAsAny

from models.base import Message, Sha256
from models.case.duty import Act
from models.case.effects import Effect
from models.case.gate import Opened, Past

ENGINE = "accord"
"""The actor of what happens by itself: a deadline that passes, a stage that opens."""

E = TypeVar("E", bound=Effect)


class Sent(Message):
    """A message that was accepted. A case that is reset, or begun again, takes it from here."""

    name: str
    seal: Sha256
    """Digest of the message and of what has superseded the same words: same seal, same answer."""
    message: dict[str, Any]
    """Its fields."""


class Entry(Message):
    """One thing that happened and its effects; all of it is written, or none.

    ``key`` is the business key: a second entry with the same key changes nothing and returns what
    the first one got, whatever run or attempt it comes from.
    """

    key: str
    stage: str
    round: int = 0
    action: str
    """A word of its system."""
    actor: str = ENGINE
    on_behalf_of: str | None = None
    act: Act | None = None
    attested: bool | None = None
    """Whether an authenticated principal stood behind the actor; None where nobody acted."""
    role: str | None = None
    at: datetime
    rule: str | None = None
    """The name of a rule: set when a message was refused; the entry then has no effects."""
    reason: str = ""
    content_hash: str | None = None
    nonce: str | None = None
    """That of the envelope of a message: the same envelope counts once."""
    facts: dict[str, Any] = Field(default_factory=dict)
    sent: Sent | None = None
    effects: tuple[SerializeAsAny[Effect], ...] = ()

    def effect(self, kind: type[E]) -> E | None:
        """The first effect of this kind, or None."""
        name = kind.model_fields["effect"].default
        return next((kind.of(one) for one in self.effects if one.effect == name), None)

    def with_effects(self, *more: Effect) -> "Entry":
        """The entry with further effects."""
        return self.model_copy(update={"effects": (*self.effects, *more)})


class Source(Message):
    """Which execution writes: the number of the case, which part of it, the workflow and its run."""

    case: str
    id: str = ""
    """The case or the part of it that writes; empty: the case itself."""
    workflow_id: str
    run_id: str
    rules: str
    """SHA-256 of the programme."""


class Batch(Message):
    """Entries to write in one transaction, in order."""

    source: Source
    entries: tuple[Entry, ...]


class Receipt(Message):
    """Proof that an entry is on record: its gap-free number, and what the database answered."""

    key: str
    seq: int
    rule: str | None = None
    """Why an effect was refused (the entry's other effects then did not happen), or the case is closed."""
    detail: str = ""
    """What is particular to this refusal."""
    opened: Opened | None = None
    past: Past | None = None
    """What came of the gate, where the record had opened it before."""


class Receipts(Message):
    """One receipt for each entry of a batch, in order."""

    receipts: tuple[Receipt, ...]


class Answer(Message):
    """What the sender of a message is told, and which message it answers: none is taken for another's."""

    accepted: bool
    seq: int
    """The number of the entry on record: accepted or refused, it can be looked up."""
    rule: str | None = None
    message: str
    standing: str
    """Where the case stands once the message is handled, e.g. ``funding/open``."""
    name: str = ""
    answers: str = ""
    """Digest of the message that is answered."""
    actor: str = ""
    attested: bool | None = None
    """Whether its sender had proved who they are; otherwise the name is self-declared."""
