"""The record: what happened, with everything that happened because of it, under one business key."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from models.base import Message
from models.case.approval import Gate
from models.case.conflict_of_interest import Declaration
from models.case.deadline import Extension, Ladder, Schedule, Terms
from models.case.duty import Act
from models.case.notice import Draft
from models.case.panel import Panel
from models.case.rule import Rule
from models.case.seat_assignment import Claim, Claims
from models.money.transfer import Transfer
from models.partnership.partnership import Proposal, Stage, Standing
from models.payment.payment import PaymentUpdate
from models.people.person import ENGINE

EVERY_GATE = "*"


class GateKind(StrEnum):
    """What a gate waits for: the votes of a panel, or a piece of work."""

    APPROVAL = "approval"
    REVISION = "revision"
    TENDER = "tender"
    AWARD = "award"
    DELIVERY = "delivery"
    TEXT = "text"
    SIGNING = "signing"
    CONDITIONS = "conditions"
    OFFER = "offer"
    REQUEST = "request"
    REPORT = "report"


class Opening(Message):
    """A gate to open: who may act, on what content, by when. The database works out the instants."""

    id: str
    kind: GateKind
    question: str
    roles: tuple[str, ...]
    """Roles that may act; for SIGNING empty, the ``persons`` may."""
    persons: tuple[str, ...] = ()
    act: Act | None = None
    """What whoever acts here does, as far as duties are concerned; None: nothing that concerns them."""
    panel: Panel | None = None
    amount: int | None = None
    """What it is about, in minor units of the programme's currency; None: no money."""
    subject: dict[str, Any]
    content_hash: str
    terms: Terms
    zone: str
    countries: tuple[str, ...]


class Opened(Message):
    """What the database adds to an opening: the instants of the deadline."""

    schedule: Schedule
    ladder: Ladder
    content_hash: str
    """What votes must name: as it is on record, whatever later code would make of the content."""


class Rescheduling(Message):
    """A gate whose clock was stopped or given more days. The database works out the new instants."""

    gate: str
    schedule: Schedule
    ladder: Ladder
    """The instants so far."""
    rung: int
    """How many of them have been reached."""
    content_hash: str


class Entry(Message):
    """One thing that happened and its effects; all of it is written, or none.

    ``key`` is the business key: a second entry with the same key changes nothing and returns what
    the first one got, whatever run or attempt it comes from.
    """

    key: str
    stage: Stage
    round: int = 0
    action: str
    actor: str = ENGINE
    on_behalf_of: str | None = None
    act: Act | None = None
    attested: bool | None = None
    """Whether an authenticated principal stood behind the actor; None where nobody acted."""
    role: str | None = None
    at: datetime
    rule: Rule | None = None
    """Set when the message was refused; the entry then has no effects."""
    reason: str = ""
    content_hash: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    before: Standing | None = None
    after: Standing | None = None
    proposal: Proposal | None = None
    declares: Declaration | None = None
    opens: Opening | None = None
    reschedules: Rescheduling | None = None
    claims: Claims | None = None
    closes: dict[str, str] = Field(default_factory=dict)
    """Gates to close: id → outcome. EVERY_GATE stands for all that the case has open."""
    transfer: Transfer | None = None
    payment: PaymentUpdate | None = None
    takes: str | None = None
    """The reservation whose offer the case takes note of."""
    thaws: str | None = None
    """The level of a fund at which money can move again."""
    notices: tuple[Draft, ...] = ()


class Session(Message):
    """The open gate of a workflow: what was opened, how far up its ladder the time has come."""

    opening: Opening
    opened: Opened
    rung: int = 0
    gate: Gate | None = None
    """The panel in session; None where the gate waits for a piece of work."""
    stopped_at: datetime | None = None
    """Since when the clock stands still."""
    wish: Extension | None = None
    """An extension that one person has asked for, and another must confirm."""
    wished_by: str = ""
    claims: tuple[Claim, ...] = ()
    reassigned: int = 0
    """How often a claim was taken, given back or passed on."""


class Decided(Message):
    """A gate as the record has it: what was put to its panel, the votes that count, how it was closed."""

    opening: Opening
    gate: Gate
    outcome: str | None = None
    """None: it is open."""
    superseded: bool = False
    """Whether the panel has decided again since."""


class Found(Message):
    """The answer to the question for a gate; None where the record has no panel by that name."""

    decided: Decided | None = None


class Source(Message):
    """Which execution writes: the workflow, its run, and the version of the rules it is pinned to."""

    case: str
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
    rule: Rule | None = None
    """Why the transfer was refused (the entry's other effects then did not happen)."""
    detail: str = ""
    """What is particular to this refusal."""
    opened: Opened | None = None


class Receipts(Message):
    """One receipt for each entry of a batch, in order."""

    receipts: tuple[Receipt, ...]


class Carried(Message):
    """What a workflow takes along when it continues as new."""

    session: Session | None = None
    past: tuple[str, ...] = ()
    refusals: int = 0
    answers: dict[str, "Answer"] = Field(default_factory=dict)
    """First answers by the digest of the accepted message."""
    declared: dict[str, tuple[int, str]] = Field(default_factory=dict)
    """Of each person: how many declarations, and the digest of the newest."""
    challenged: dict[str, str] = Field(default_factory=dict)
    """Challenges of one person that wait for a second: gate and vote → who."""


class Answer(Message):
    """What the sender of a message is told."""

    accepted: bool
    seq: int
    """The number of the entry on record: accepted or refused, it can be looked up."""
    rule: Rule | None = None
    message: str
    standing: str
    """Where the case stands once the message is handled, e.g. ``funding/open``."""
