"""Rules: what a case asks of any programme. Each system adds its own terms (``models/*/terms.py``)."""

from typing import Any

from pydantic import ConfigDict, Field

from models.base import Message, Role, Sha256
from models.case.accepted import Accepted
from models.case.deadline import Terms, Zone
from models.case.duty import Duty
from models.case.rule import CaseRule


class Rules(Message):
    """The part of a programme that the instruments need; the terms of systems are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    zone: Zone
    coordinators: tuple[Role, ...] = Field(min_length=1)
    overriders: tuple[Role, ...] = ()
    """Roles of which two people together may override a panel; none: nobody may."""
    duties: tuple[Duty, ...] = ()
    """What takes two people in one case, beside the rule that nobody decides on what they handed in."""
    report: Terms | None = None
    """How soon an absent approver takes note of what their deputy decided; None: no acting approval."""
    cooling_off_days: int = Field(default=0, ge=0, le=3660)
    """How long a former member of the beneficiary decides nothing about it."""


class Start(Message):
    """How a workflow was started: what came with its first message, and that message by its digest."""

    kind: str
    workflow: str
    message: Sha256
    """The digest of what it says."""
    envelope: str = ""
    """What the services signed; empty: nothing came."""
    seal: str = ""
    """What the workflow sealed that this one is a part of, or the run before it; empty: nothing came."""


class TermsWanted(Message):
    """What a workflow asks for when it starts: the terms of its programme, by digest and names of fields; and
    the messages of these names that an earlier run of it accepted.
    """

    rules: Sha256
    fields: tuple[str, ...]
    case: str
    workflow_id: str
    messages: tuple[str, ...] = ()
    after: int = 0
    """The number of the last message that is known already."""
    start: Start | None = None
    """How this run was started; None: it has been asked already."""


class TermsFound(Message):
    """The fields that were asked for, as the programme has them; None: no such programme is registered."""

    terms: dict[str, Any] | None = None
    refused: CaseRule | None = None
    """Why this workflow may do nothing: who started it is not to be believed."""
    attested: bool | None = None
    """Whether somebody who had proved who they are started it; None where this was not asked."""
    accepted: tuple[Accepted, ...] = ()
    more: int | None = None
    """The number of the last of them, where there are more."""
