"""What somebody may bring to a message: their own capacity, and that of whom they act for."""

from datetime import date, datetime

from models.base import Message, PersonId, Role, Sha256
from models.case.conflict_of_interest import Conflict
from models.case.duty import DECIDING, HANDING_IN, Act, Duty, breach
from models.case.gate import Opening
from models.case.rule import Broken, CaseRule


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
    employer: str = ""
    """The name of their organisation, and ..."""
    country: str = ""
    """... its country. Empty: they are not in the directory."""
    named_is_enough: bool = True
    """Whether somebody who is named for a piece of work needs no role for it. What is read today says no:
    power ends with the role. What was read before, and is judged again in a replay, stays as it was.
    """


class Authority(Message):
    """What a delegation in force lets somebody do for somebody else: roles, ceiling, whether as a deputy."""

    id: str
    roles: tuple[Role, ...]
    ceiling: int | None = None
    """The largest amount in minor units of the programme's currency; None: no limit."""
    acting: bool = False
    """Whether it is for a deputy, whose votes are reported to whom they are cast for."""
    attested: bool = False
    """Whether an authenticated principal gave it."""


class Asked(Message):
    """The question that is put at the moment a message arrives: what may its actor bring to it?"""

    case: str
    actor: PersonId
    on_behalf_of: PersonId | None = None
    day: date
    """The day in the zone of the programme: roles and delegations are held by the day."""
    parties: tuple[str, ...]
    """Who benefits, by name: their members, and for a while their former ones, are not independent."""
    cooling_off_days: int
    act: str = ""
    """The name of the message."""
    workflow: str = ""
    at: datetime | None = None
    """The time of the workflow."""
    message: Sha256
    """Digest of the message."""
    seal: Sha256 | None = None
    """What an earlier answer to the same message is looked up by; None: there can be none."""
    about: PersonId | None = None
    """Somebody else whose capacity matters to the message."""
    envelope: str = ""
    """What came with the message in its header; empty: nothing came."""


class Accounts(Message):
    """The question which humans are behind some accounts."""

    persons: tuple[PersonId, ...]


class Subjects(Message):
    """The answer, by account: who is not in the directory stands for themselves."""

    who: dict[PersonId, str]


class Rights(Message):
    """What an actor may bring to a message: their own capacity, and that of whom they act for."""

    actor: Capacity
    giver: Capacity | None = None
    delegation: Authority | None = None
    attested: bool = False
    """Whether an authenticated principal stands behind the actor; otherwise the name is self-declared."""
    about: Capacity | None = None
    nonce: str | None = None
    """That of the envelope; None: none came."""
    refused: CaseRule | None = None
    """Why the message cannot be believed, whatever its actor may do."""
    answered: int | None = None
    """Number of the entry by which the same message was accepted before; None: it is new."""


def may_work_at(opening: Opening, person: Capacity, called_in: bool) -> bool:
    """Whether somebody has a role for the work that a gate waits for; being named does not replace that.
    Where no role is asked for, whoever is named may, while they are in the directory.
    """
    roles = (*opening.roles, opening.terms.escalate_to) if called_in else opening.roles
    named = person.person in opening.persons
    if person.named_is_enough:
        return named or bool(set(person.roles) & set(roles))
    if named and not opening.roles:
        return bool(person.organisation)
    return bool(set(person.roles) & set(roles))


def may_do(person: Capacity, act: Act, duties: tuple[Duty, ...]) -> Broken | None:
    """The duty that keeps ``person`` from ``act``, with what they did before, or None."""
    duty = breach(duties, person.done, act)
    if duty is None:
        return None
    before = duty.one if duty.one is not act else duty.other
    own = before in HANDING_IN and act in DECIDING
    detail = f"{person.person} did {before} in this case; the rule is {duty}."
    return Broken(CaseRule.OWN_PROPOSAL if own else CaseRule.DUTIES, detail)
