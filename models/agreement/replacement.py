"""A signatory is replaced while a text is being signed: who may ask, and who may be the new one. Pure."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from models.agreement.agreement import Round, is_of, may_bind
from models.agreement.rule import AgreementRule
from models.base import GateId, Message, PersonId, Prose
from models.case.rights import Capacity
from models.case.rule import Broken, CaseRule


class Replacement(Message):
    """Another one signs for a party. A coordinator asks; a second person says the same words."""

    gate: GateId
    actor: PersonId
    old: PersonId
    new: PersonId
    times: int = Field(default=0, ge=0)
    """How often ``old`` had taken another one's place at this gate before. It tells these words from the same
    words of earlier, which an operator's reset sends once more: a signatory can be replaced, and come back.
    """
    reason: Annotated[Prose, Field(min_length=1)]

    @model_validator(mode="after")
    def _by_another(self) -> Self:
        if self.old == self.new:
            raise ValueError("a signatory is replaced by somebody else")
        return self


class ReplacementWithdrawal(Message):
    """A replacement that nobody has confirmed yet is wanted no more."""

    gate: GateId
    actor: PersonId
    old: PersonId
    reason: Prose = ""


def judge_replacement(
    round_: Round, wanted: Replacement, new: Capacity, other_signatories: frozenset[str]
) -> Broken | None:
    """What keeps ``new`` from signing in the place of ``wanted.old``, or None.

    ``other_signatories`` are the subjects of all others who are named in the text, also of those who have
    signed: one human binds one party, under whatever account.
    """
    party = round_.party_of(wanted.old)
    if party is None:
        return Broken(AgreementRule.NO_SIGNATORY, f"({wanted.old})")
    if any(given.actor == wanted.old for given in round_.signatures):
        return Broken(AgreementRule.HAS_SIGNED, f"({wanted.old})")
    if not new.organisation:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({wanted.new})")
    if new.who in {*other_signatories, *round_.subjects}:
        return Broken(AgreementRule.ONE_PARTY, f"({wanted.new})")
    rule = may_bind(party, new)
    return Broken(rule, f"({wanted.new}: {party.organisation}, {party.country})") if rule else None


def may_replace(
    round_: Round, wanted: Replacement, actor: Capacity, new: Capacity, coordinators: frozenset[str]
) -> Broken | None:
    """Why this person may not say that a signatory is replaced, or None. A coordinator may ask and confirm,
    whoever belongs to the party may confirm; nobody names themselves, under any account.
    """
    if actor.who == new.who:
        return Broken(AgreementRule.NAMES_THEMSELVES)
    if coordinators & set(actor.roles):
        return None
    party = round_.party_of(wanted.old)
    return None if party and is_of(party, actor) else Broken(CaseRule.ROLE_NOT_HELD)
