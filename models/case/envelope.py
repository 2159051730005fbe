"""Envelopes: who sends which message to which workflow, as the services say who authenticated them. Pure.

The services sign one for each message that they hand in; the worker only verifies it. So an envelope that was
seen on the way is of no use for another message, another case, another person, or later.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from models.base import Message, PersonId, Sha256, digest
from models.case.rule import CaseRule

FRESH_FOR = timedelta(minutes=5)
"""So far may the clock of whoever signed be from that of the engine, either way."""

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""What stands for a key: the beginning of the SHA-256 of its public half."""

Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A number that is used once."""


DOOR = "engine"
"""What the record has for a case: what was tried past the services. No case can have this number."""


class Mode(StrEnum):
    """What an installation believes."""

    TRIAL = "trial"
    """Names may be self-declared, so that a newcomer can be everybody. What was is marked so, for ever."""
    ATTESTED = "attested"
    """Whatever a person sends needs an envelope that names them."""


class Envelope(Message):
    """What the services say of one message."""

    v: Literal[1] = 1
    kid: KeyId
    person: PersonId | None = None
    """Who has proved who they are; None: the services took it from somebody who has not."""
    act: Annotated[str, Field(min_length=1, max_length=80)]
    """The name of the message, or ``start:`` and the kind of the workflow: a hold is no release."""
    workflow: Annotated[str, Field(min_length=1, max_length=200)]
    message: Sha256
    """Its digest."""
    nonce: Nonce
    issued_at: AwareDatetime


class Meant(NamedTuple):
    """What an envelope must say for the message that it came with."""

    act: str
    workflow: str
    message: str
    person: str | None
    """Its actor."""
    at: datetime
    """The time of the workflow."""


class Belief(NamedTuple):
    """What is to be believed of who sent a message."""

    attested: bool | None = False
    """Whether its actor has proved who they are, otherwise the name is self-declared; None: nobody asked."""
    nonce: str | None = None
    refused: CaseRule | None = None
    """Why nothing of it is to be believed."""

    def breaks(self, mode: Mode) -> CaseRule | None:
        """Why nobody acts with it in an installation of this mode, or None."""
        unproven = mode is Mode.ATTESTED and not self.attested
        return self.refused or (CaseRule.NOT_ATTESTED if unproven else None)


SELF_DECLARED = Belief(attested=False)
"""Of somebody who only says who they are."""


def believed(opened: Envelope | CaseRule | None, meant: Meant, mode: Mode) -> Belief:
    """What to believe of a message. ``opened`` is the envelope that came with it, the rule that this breaks,
    or None where none came.

    A wrong envelope is worse than none: it is refused whatever the mode.
    """
    if isinstance(opened, CaseRule):
        return Belief(refused=opened)
    attested = opened is not None and opened.person is not None
    broken = _broken(opened, meant) if opened else None
    if not attested and mode is Mode.ATTESTED:
        broken = broken or CaseRule.NOT_ATTESTED
    return Belief(attested and broken is None, opened.nonce if opened else None, broken)


def starting(kind: str) -> str:
    """The act of starting a workflow of this kind."""
    return f"start:{kind}"


def said(start: Message) -> str:
    """The digest of what a start says. What it leaves out is no part of it: code of later years knows further
    fields.
    """
    return digest(start.model_dump(mode="json", exclude_defaults=True))


def _broken(envelope: Envelope, meant: Meant) -> CaseRule | None:
    """The rule that keeps an envelope, of which the signature is right, from counting here; or None."""
    agrees = (
        envelope.act == meant.act
        and envelope.workflow == meant.workflow
        and envelope.message == meant.message
        and envelope.person in (None, meant.person)
    )
    if not agrees:
        return CaseRule.ENVELOPE_OTHER
    return CaseRule.ENVELOPE_LATE if abs(meant.at - envelope.issued_at) > FRESH_FOR else None


def signs_start(opened: object, kind: str, workflow: str, at: datetime) -> bool:
    """Whether what was ``opened`` is the envelope of this start; ``at``: when it was started."""
    return (
        isinstance(opened, Envelope)
        and (opened.act, opened.workflow) == (starting(kind), workflow)
        and abs(at - opened.issued_at) <= FRESH_FOR
    )
