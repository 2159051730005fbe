"""Gates: what a case waits for. Opened on record, under a deadline, over one content; closed on record."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from models.base import Message
from models.case.accepted import Accepted
from models.case.approval import Decision, Gate, Vote
from models.case.deadline import Ladder, Rung, Schedule, Terms
from models.case.duty import Act
from models.case.panel import Panel
from models.case.rules import Rules
from models.case.seat_assignment import SeatAssignment

AGAIN = ".again"
"""What the name of a gate ends in whose panel decides once more."""
OPEN_GATES = "open_gates"
"""The question to a workflow which gates it has open, by their ids."""


class GateKind(StrEnum):
    """Kinds of gates that every case knows; those of a system are its own words."""

    APPROVAL = "approval"
    """Waits for the votes of a panel."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """Waits until somebody has taken note of what a deputy decided for them."""


class GateRef(Message):
    """The parts of a gate id, ``{case}:{name}:{round}``: the business key of a gate. It has no order."""

    case: str
    name: str
    round: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``KCN-2020-01:study.final:2``; anything else is a ValueError."""
        case, name, round_ = [*text.split(":"), "", ""][:3]
        plain = round_.isascii() and round_.isdigit() and str(int(round_[:9])) == round_
        if text.count(":") != 2 or not (case and name and plain):
            raise ValueError(f"{text!r} is not a gate, e.g. KCN-2020-01:review:1")
        return cls(case=case, name=name, round=int(round_))

    @property
    def panel(self) -> str:
        """The name of the gate whose panel decides: a decision taken again has the panel of the first."""
        return self.name.removesuffix(AGAIN)

    def again(self) -> str:
        """The gate at which the panel decides once more what it decided at this one."""
        return f"{self.case}:{self.panel}{AGAIN}:{self.round + self.name.endswith(AGAIN)}"


class Opening(Message):
    """A gate to open: who may act, on what content, by when. The database works out the instants."""

    id: str
    kind: str
    question: str
    roles: tuple[str, ...]
    """Roles that may act; empty where only the ``persons`` may."""
    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    """Those whose members are asked by their roles; empty: all who hold one. It says who hears of the gate:
    what each may say there is for its own rules.
    """
    act: Act | None = None
    """What whoever acts here does, as far as duties are concerned; None: nothing that concerns them."""
    panel: Panel | None = None
    barred: tuple[str, ...] = ()
    """Persons without a vote: they handed in the content. It holds when the panel decides again, too."""
    declared: bool = False
    """Whether a vote takes a declaration of interest first."""
    attested: bool = False
    """Whether only authenticated principals may vote."""
    amount: int | None = None
    """What it is about, in minor units of the programme's currency; None: no money."""
    personal: bool = False
    """Whether nobody can take it on for the others, as with a signature."""
    subject: dict[str, Any]
    payee: str | None = None
    """Whose account the content is to show, as the directory has it when the gate opens; None: nobody's."""
    content_hash: str
    terms: Terms
    zone: str
    countries: tuple[str, ...]

    def on_record(self, opened: "Opened") -> Self:
        """The gate as the record has opened it."""
        shown = {"content_hash": opened.content_hash, "subject": opened.subject or self.subject}
        return self.model_copy(update=shown)


class Opened(Message):
    """What the database adds to an opening: the instants of the deadline."""

    schedule: Schedule
    ladder: Ladder
    content_hash: str
    """What votes must name: as it is on record, whatever later code would make of the content."""
    calendar: str = ""
    """The edition of the calendar by which the instants were worked out: the table of holidays, and the
    number of the newest day that was declared for one of the countries. Empty in what is older.
    """
    subject: dict[str, Any] | None = None
    """The content, where the record has added to it; None: it is what was asked for."""


class Rescheduling(Message):
    """A gate whose clock was stopped or given more days. The database works out the new instants."""

    gate: str
    schedule: Schedule
    ladder: Ladder
    """The instants so far."""
    rung: int
    """How many of them have been reached."""
    content_hash: str


class OpenGate(Message):
    """An open gate, as its workflow knows it."""

    opening: Opening
    opened: Opened
    rung: int = 0
    """How far up its ladder the time has come."""
    panel: Gate | None = None
    """The panel in session; None where the gate waits for a piece of work."""
    stopped_at: datetime | None = None
    """Since when the clock stands still."""
    suspended: bool = False
    """Whether it waits for an earlier decision that is being taken again."""
    assigned: tuple[SeatAssignment, ...] = ()
    assignments: int = 0
    """How often a seat was assigned, given back or passed on."""

    @property
    def id(self) -> str:
        """The id of the gate."""
        return self.opening.id

    @property
    def called_in(self) -> bool:
        """Whether the deadline has called in another role."""
        return any(step.rung is Rung.ESCALATE for step in self.opened.ladder[: self.rung])


class Past(Message):
    """What the record has of a gate that was opened before: by an earlier run, or before a reset."""

    outcome: str | None = None
    """None: it is open on record."""
    opened: Opened
    """The instants as they are now."""
    rung: int = 0
    stopped_at: datetime | None = None
    assigned: tuple[SeatAssignment, ...] = ()
    assignments: int = 0
    messages: tuple[Accepted, ...] = ()
    """What was accepted there, in order; what concerns clock and seats is in the fields above."""
    more: int | None = None
    """The number of the last of them, where there are more."""


def in_session(opening: Opening, rules: Rules) -> Gate:
    """The panel of a gate as it comes together; the record puts it together in the same way."""
    assert opening.panel and opening.act
    return Gate(
        id=opening.id,
        panel=opening.panel,
        content_hash=opening.content_hash,
        act=opening.act,
        duties=rules.duties,
        amount=opening.amount,
        declared=opening.declared,
        attested=opening.attested,
        acting=rules.report is not None,
        barred=opening.barred,
        overriders=rules.overriders,
    )


def recorded_vote(decision: Decision, accepted: Accepted) -> Vote:
    """A vote as its panel counts it, from its entry on record."""
    facts = accepted.facts
    return Vote(
        body=facts["body"],
        role=str(accepted.role),
        decision=decision,
        who=tuple(facts["who"]),
        attested=accepted.attested,
        delegation=facts.get("delegation"),
        acting=bool(facts.get("acting")),
    )


class PastWanted(Message):
    """The question what has become of a gate; messages from the number ``after`` on."""

    gate: str
    after: int = 0


class PastFound(Message):
    """The answer; None: the record has no such gate."""

    past: Past | None = None


class Decided(Message):
    """A panel as the record has it: what was put to it, the votes that count, how its gate was closed."""

    opening: Opening
    panel: Gate
    outcome: str | None = None
    """None: it is open."""
    superseded: bool = False
    """Whether the panel has decided again since."""


class Found(Message):
    """The answer to the question for a panel; None where the record has none by that name."""

    decided: Decided | None = None
