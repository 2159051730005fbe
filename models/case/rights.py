"""What somebody may bring to a message: their own capacity, and that of whom they act for."""

from datetime import date

from models.base import Message, PersonId, Role, Sha256
from models.case.conflict_of_interest import Conflict
from models.case.duty import DECIDING, HANDING_IN, Act, Duty, breach
from models.case.rule import Broken, Rule
from models.people.delegation import Delegation


class Capacity(Message):
    """What the directory and the record say of one person, at the moment a message arrives."""

    person: PersonId
    who: str
    organisation: str
    roles: tuple[Role, ...]
    done: frozenset[Act] = frozenset()
    """What the same subject did in this case before, under any account, in person or through a delegate."""
    conflict: Conflict | None = None
    """What they declared for this case; None: nothing yet."""
    cooling: bool = False
    """Whether they left the case's beneficiary too short a time ago."""


class Asked(Message):
    """The question that is put at the moment a message arrives: what may its actor bring to it?"""

    case: str
    actor: PersonId
    on_behalf_of: PersonId | None = None
    day: date
    """The day in the zone of the programme: roles and delegations are held by the day."""
    beneficiary: str
    """The applicant, by name: their members, and for a while their former ones, are not independent."""
    cooling_off_days: int
    message: Sha256
    token: str = ""
    """What the sender's principal has signed, as it came in the header; empty: nothing came."""


class Rights(Message):
    """What an actor may bring to a message: their own capacity, and that of whom they act for."""

    actor: Capacity
    giver: Capacity | None = None
    delegation: Delegation | None = None
    attested: bool = False
    """Whether an authenticated principal stands behind the actor; otherwise the name is self-declared."""


def may_do(person: Capacity, act: Act, duties: tuple[Duty, ...]) -> Broken | None:
    """The duty that keeps ``person`` from ``act``, with what they did before, or None."""
    duty = breach(duties, person.done, act)
    if duty is None:
        return None
    before = duty.one if duty.one is not act else duty.other
    own = before in HANDING_IN and act in DECIDING
    detail = f"{person.person} did {before} in this case; the rule is {duty}."
    return Broken(Rule.OWN_PROPOSAL if own else Rule.DUTIES, detail)
