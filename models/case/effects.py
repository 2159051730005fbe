"""Effects: what an entry changes beside being on record. Each system adds its own.

An effect says what shall hold; the projection that is registered for its name writes it to the tables, in
the transaction of the entry (``activities/case/projection.py``).
"""

from typing import Any, Literal, Self

from pydantic import ConfigDict

from models.base import GateId, Message, PersonId, Sha256
from models.case.calendar import CalendarDay
from models.case.case import Case, Standing
from models.case.conflict_of_interest import Declaration
from models.case.gate import Opening, Rescheduling
from models.case.notice import Draft
from models.case.seat_assignment import SeatAssignments


class Effect(Message):
    """Something that an entry changes. What the reader does not know of it is kept as it came."""

    model_config = ConfigDict(frozen=True, extra="allow", str_strip_whitespace=False)

    effect: str

    @classmethod
    def of(cls, given: "Effect") -> Self:
        """The effect as what it is, once it has been read back as any effect."""
        return given if isinstance(given, cls) else cls.model_validate(given.model_dump())


class Begins(Effect):
    """There is a case, as it stands from now on; said again of a known one, it changes title and parties."""

    effect: Literal["begins"] = "begins"
    case: Case
    standing: Standing


class Stands(Effect):
    """The case stands elsewhere."""

    effect: Literal["stands"] = "stands"
    before: Standing | None = None
    after: Standing
    closes: bool = False
    """Whether that is its end: nothing is written for it afterwards, and none of its gates stays open."""
    outcome: dict[str, Any] | None = None
    """What it came to, for the case that it is a part of."""


class Opens(Effect):
    """A gate opens. Its receipt has the instants of the deadline."""

    effect: Literal["opens"] = "opens"
    opening: Opening


class Closes(Effect):
    """A gate closes."""

    effect: Literal["closes"] = "closes"
    gate: str
    outcome: str


class Reschedules(Effect):
    """The clock of an open gate is changed. Its receipt has the new instants."""

    effect: Literal["reschedules"] = "reschedules"
    rescheduling: Rescheduling


class Assigns(Effect):
    """Seats or work at a gate are taken on, given back or passed on: all that is assigned there now."""

    effect: Literal["assigns"] = "assigns"
    seats: SeatAssignments


class Replaces(Effect):
    """Somebody who is named at an open gate may act there no more; another one may in their place."""

    effect: Literal["replaces"] = "replaces"
    gate: GateId
    old: PersonId
    new: PersonId


class Declares(Effect):
    """Somebody declared a conflict of interest, or that there is none."""

    effect: Literal["declares"] = "declares"
    declaration: Declaration


class Declared(Effect):
    """A country works on a day, or does not, whatever its law says."""

    effect: Literal["declared"] = "declared"
    day: CalendarDay


class Enacts(Effect):
    """There is a version of a programme: its terms are what cases are pinned to, by this digest."""

    effect: Literal["enacts"] = "enacts"
    programme: str
    version: int
    sha256: Sha256
    terms: dict[str, Any]


class Tells(Effect):
    """People are to be told."""

    effect: Literal["tells"] = "tells"
    notice: Draft
