"""Access tokens: who asks for one, what is on record of it, who may."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from models.base import Message, PersonId, Prose, Sha256
from models.case.effects import Effect
from models.case.rule import Broken, CaseRule
from models.people.guard import REGISTRAR
from models.people.person import Person
from models.people.rule import PeopleRule


class TokenOrder(Message):
    """A token that somebody shall have; the same words from a second registrar issue it."""

    person: PersonId
    days: Annotated[int, Field(ge=1, le=366)]
    """Until it expires."""
    actor: PersonId | None = None
    """A registrar; None: whoever runs the installation."""
    reason: Prose = ""

    def asked(self) -> dict[str, Any]:
        """What two people must both say."""
        return {"token_of": self.person, "days": self.days}


class TokenRevocation(Message):
    """The end of all tokens of somebody."""

    person: PersonId
    actor: PersonId
    reason: Annotated[Prose, Field(min_length=1)]


class IssuesToken(Effect):
    """Somebody has a token. It is known by its SHA-256 alone."""

    effect: Literal["issues-token"] = "issues-token"
    person: PersonId
    sha256: Sha256
    expires_at: datetime


class RevokesTokens(Effect):
    """All tokens of somebody count no more."""

    effect: Literal["revokes-tokens"] = "revokes-tokens"
    person: PersonId


def may_order(
    actor: Person | None, of: Person, registrars: frozenset[str], signed_in: frozenset[str]
) -> Broken | None:
    """What keeps somebody from ordering a token, or None. ``registrars`` are the subjects that hold the role
    now, ``signed_in`` those of them who have a token.

    While fewer than two registrars can sign in, whoever runs the installation issues theirs: somebody must be
    the first. It is on record like any other.
    """
    if actor is None:
        founding = of.who in registrars and len(signed_in) < _TWO
        return None if founding else Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    if actor.who not in registrars:
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")
    return Broken(PeopleRule.BENEFITS, f"({actor.id})") if actor.who == of.who else None


def may_revoke(actor: Person, of: Person, registrars: Iterable[str]) -> Broken | None:
    """What keeps somebody from revoking the tokens of somebody, or None: one's own, or as a registrar."""
    if actor.who == of.who or actor.who in registrars:
        return None
    return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")


_TWO = 2
