"""The agreement: one text, two or more parties, each signatory signs its SHA-256."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from models.agreement.rule import AgreementRule
from models.base import GateId, Line, Message, PersonId, Prose, Sha256
from models.case.case import Case, Country, Kind
from models.case.duty import Act
from models.case.named import Known
from models.case.rights import Capacity
from models.case.rule import CaseRule, Rule

KIND = Kind(name="agreement", stages=("agreement",))
"""What an agreement is among the kinds of cases."""


SIGNATORY = "signatory"
"""The role of those who may bind their organisation."""


class AgreementStart(Message):
    """Whose agreement it is."""

    case: Case
    proposer: PersonId


class AgreementGate(StrEnum):
    """What the gates of an agreement wait for, beside panels."""

    TEXT = "text"
    SIGNING = "signing"


class AgreementKind(StrEnum):
    """A memorandum of understanding, or a letter of intent."""

    MOU = "mou"
    LOI = "loi"


class Party(Message):
    """One side of the agreement and who signs for it."""

    organisation: Line
    country: Country
    signatory: PersonId


class Text(Message):
    """A text put on the table, by the digest of its document."""

    gate: GateId
    actor: PersonId
    kind: AgreementKind
    title: Line
    document: Sha256
    parties: tuple[Party, ...] = Field(min_length=2, max_length=20)

    def organisations(self) -> tuple[str, ...]:
        """The parties, as they were written."""
        return tuple(party.organisation for party in self.parties)

    def identified(self, known: Mapping[str, Known]) -> Self:
        """The text with each party by its id."""
        parties = tuple(
            party.model_copy(update={"organisation": known[party.organisation].id}) for party in self.parties
        )
        return self.model_copy(update={"parties": parties})

    @model_validator(mode="after")
    def _different_signatories(self) -> Self:
        if len({party.signatory for party in self.parties}) < len(self.parties):
            raise ValueError(AgreementRule.PARTIES.text)
        return self


class SignatureVerdict(StrEnum):
    """What a signatory does with the text."""

    SIGN = "sign"
    REFUSE = "refuse"


class Signature(Message):
    """A signature, or its refusal, on the text with exactly this digest."""

    gate: GateId
    actor: PersonId
    verdict: SignatureVerdict
    document: Sha256
    authority: Prose = ""
    """Evidence that the signatory may bind the party, e.g. full powers of a date."""
    comment: Prose = ""


class Round(Message):
    """A signature round over one text. Complete when every party has signed, void on one refusal."""

    text: Text
    signatures: tuple[Signature, ...] = ()
    subjects: tuple[str, ...] = ()
    """Who has answered, whatever the account: one human does not bind two parties."""

    @property
    def refusal(self) -> Signature | None:
        """The signature that refuses, if there is one."""
        return next((s for s in self.signatures if s.verdict is SignatureVerdict.REFUSE), None)

    @property
    def settled(self) -> bool:
        """Nothing more is needed: all have signed, or one has refused."""
        return self.refusal is not None or len(self.signatures) == len(self.text.parties)

    def party_of(self, signatory: str) -> Party | None:
        """The party that somebody is named to sign for; None: they are no signatory of this text."""
        return next((party for party in self.text.parties if party.signatory == signatory), None)

    def replaced(self, old: str, new: str) -> Self:
        """The round in which ``new`` signs for the party of ``old``; what is signed stays signed."""
        parties = tuple(
            party.model_copy(update={"signatory": new}) if party.signatory == old else party
            for party in self.text.parties
        )
        return self.model_copy(update={"text": self.text.model_copy(update={"parties": parties})})

    def with_signature(self, signature: Signature, who: str) -> Self:
        """The round after ``signature`` by the subject ``who``."""
        more = {"signatures": (*self.signatures, signature), "subjects": (*self.subjects, who)}
        return self.model_copy(update=more)


class AgreementResult(Message):
    """The agreement in force."""

    kind: AgreementKind
    document: Sha256
    parties: tuple[Party, ...]


def judge_signature(round_: Round, signature: Signature) -> Rule | None:
    """The rule ``signature`` breaks, or None."""
    if signature.actor not in {party.signatory for party in round_.text.parties}:
        return AgreementRule.NOT_A_PARTY
    if signature.document != round_.text.document:
        return AgreementRule.OTHER_TEXT
    if any(given.actor == signature.actor for given in round_.signatures):
        return AgreementRule.ALREADY_SIGNED
    if signature.verdict is SignatureVerdict.REFUSE and not signature.comment:
        return CaseRule.COMMENT_REQUIRED
    return None


def judge_authority(round_: Round, signatory: Capacity) -> Rule | None:
    """Why this person may not bind a party of the text today, or None: they hold the role, belong to the
    party, bind no other one, and did not hand in what is signed.
    """
    if signatory.named_is_enough:
        return None
    party = round_.party_of(signatory.person)
    if party is None:
        return AgreementRule.NO_AUTHORITY
    if signatory.who in round_.subjects:
        return AgreementRule.ONE_PARTY
    return may_bind(party, signatory)


def may_bind(party: Party, somebody: Capacity) -> Rule | None:
    """Why somebody may not bind this party today, or None: they hold the role, belong to it, and did not
    hand in what is signed.
    """
    if SIGNATORY not in somebody.roles or not is_of(party, somebody):
        return AgreementRule.NO_AUTHORITY
    return AgreementRule.DRAFTER if Act.DRAFT in somebody.done else None


def is_of(party: Party, somebody: Capacity) -> bool:
    """Whether somebody belongs to a party, which is named by id, or by the name that the directory has."""
    named = party.organisation.casefold() in (somebody.organisation, somebody.employer.casefold())
    return named and bool(somebody.organisation) and party.country == somebody.country


def missing_countries(text: Text, countries: tuple[Country, ...], drafter: Capacity) -> tuple[str, ...]:
    """The countries of the case that no party of the text is of."""
    if drafter.named_is_enough:
        return ()
    there = {party.country for party in text.parties}
    return tuple(country for country in countries if country not in there)
