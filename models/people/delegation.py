"""Delegation: who may let whom act for them. Pure rules, no clock, no I/O."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.amount import LARGEST
from models.base import Day, Line, Message, PersonId, Role
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from models.people.person import Exclusion, Person, Term
from models.people.rule import PeopleRule

DelegationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
"""What stands for a delegation, e.g. D-12: twelve is the entry by which it was given, or asked for."""

DIRECTORY = "directory"
"""What the record has for a case: a delegation concerns them all. No case can have this number."""


class Delegation(Term):
    """Somebody lets somebody else act for them: for some roles, up to an amount, by an instrument."""

    id: str
    giver: PersonId
    taker: PersonId
    roles: tuple[Role, ...] = Field(min_length=1)
    ceiling: int | None = Field(default=None, ge=0)
    """The largest amount in minor units of the programme's currency; None: no limit."""
    instrument: Line
    """The written act behind it, e.g. the number of an order."""
    acting: bool = False
    """Whether the taker signs as a deputy, in the giver's absence: each vote is then reported to the giver
    (Regulation on Administrative Efficiency and Collaboration, Republic of Korea, article 10: daegyeol)."""
    attested: bool = False
    """Whether an authenticated principal gave it: where votes must be attested, it must be, too."""

    @model_validator(mode="after")
    def _to_somebody_else(self) -> Self:
        if self.giver == self.taker:
            raise ValueError("nobody delegates to themselves")
        return self


class Giving(Message):
    """What somebody asks for who wants another to act for them."""

    actor: PersonId
    """The giver: nobody gives for somebody else."""
    taker: PersonId
    roles: tuple[Role, ...] = Field(min_length=1, max_length=30)
    ceiling: int | None = Field(default=None, ge=0, le=LARGEST)
    since: Day | None = None
    until: Day | None = None
    instrument: Line
    acting: bool = False

    def as_delegation(self, number: str, attested: bool) -> Delegation:
        """The delegation that this becomes; a role is in it once."""
        fields = self.model_dump(exclude={"actor", "roles"}) | {"attested": attested}
        return Delegation(id=number, giver=self.actor, roles=tuple(dict.fromkeys(self.roles)), **fields)

    def asked(self) -> dict[str, Any]:
        """What the giver asks for and a registrar confirms, as plain JSON types."""
        fields = self.model_dump(mode="json", exclude={"actor"})
        return {"giver": self.actor, **fields, "roles": list(dict.fromkeys(self.roles))}

    @classmethod
    def again(cls, asked: dict[str, Any]) -> Self:
        """What was asked for, as its giver has said it."""
        return cls.model_validate(
            {"actor": asked["giver"]} | {k: v for k, v in asked.items() if k != "giver"}
        )


class Approval(Message):
    """A registrar says that a delegation which was asked for shall be in force."""

    delegation: DelegationId
    actor: PersonId


class Revocation(Message):
    """The end of a delegation, by its giver; also of one that is only asked for."""

    delegation: DelegationId
    actor: PersonId


def refusal(
    asked: Giving,
    giver: Person | None,
    taker: Person | None,
    between: Iterable[Delegation],
    accounts: frozenset[str],
    today: date,
) -> Broken | None:
    """The rule that ``asked`` breaks, or None.

    ``between`` are the unrevoked delegations between the two people under any account, ``accounts`` those of
    the giver. Only one may cover a day between the same two accounts: a vote cites one delegation.
    """
    if giver is None or taker is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.actor if giver is None else asked.taker})")
    if giver.who == taker.who:
        return Broken(PeopleRule.SELF_DELEGATION)
    if missing := [role for role in asked.roles if role not in giver.roles_on(today)]:
        why = "a delegation gives what its giver holds in person now, and is never passed on."
        return Broken(CaseRule.ROLE_NOT_HELD, f"({giver.id}: {', '.join(missing)}); {why}")
    if asked.until and asked.until < max(asked.since or today, today):
        return Broken(PeopleRule.DELEGATION_DATES)
    standing = [one for one in between if _meet(asked, one, today)]
    if back := next((one for one in standing if one.giver not in accounts), None):
        return Broken(PeopleRule.DELEGATION_CIRCLE, f"({back.id})")
    mine = (one for one in standing if (one.giver, one.taker) == (giver.id, taker.id))
    if there := next(mine, None):
        return Broken(PeopleRule.ALREADY_DELEGATED, f"({there.id})")
    return None


def may_approve(actor: Person, giver: Person, taker: Person, registrars: frozenset[str]) -> Broken | None:
    """What keeps somebody from putting a delegation in force that was asked for, or None. It takes a
    registrar who is another subject than both; ``registrars`` are the subjects of those of today.
    """
    if not registrars:
        return Broken(PeopleRule.NO_REGISTRAR)
    if actor.who not in registrars:
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    return Broken(PeopleRule.BENEFITS, f"({actor.id})") if actor.who in (giver.who, taker.who) else None


def clash(roles: tuple[str, ...], held: Iterable[str], exclusive: Iterable[Exclusion]) -> Exclusion | None:
    """Why somebody who holds these may not take on ``roles``: two of them exclude each other; or None."""
    new, all_ = frozenset(roles), frozenset((*roles, *held))
    return next((pair for pair in exclusive if pair.parts(all_) and new & {pair.one, pair.other}), None)


def left(roles: Iterable[str], held: Iterable[str], exclusive: Iterable[Exclusion]) -> tuple[str, ...]:
    """Those of ``roles`` that somebody who holds these may take on, each looked at by itself."""
    pairs = tuple(exclusive)
    return tuple(role for role in roles if not clash((role,), held, pairs))


def _meet(asked: Giving, standing: Delegation, today: date) -> bool:
    """Whether the two have a day in common that is not over."""
    starts = max(asked.since or today, standing.since or today, today)
    return all(end is None or starts <= end for end in (asked.until, standing.until))
