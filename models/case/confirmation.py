"""Confirmation: an act that takes two people. One asks, another confirms. Pure.

Used by everything that takes two: extensions, overrides, challenges, terminations, orders on funds. What is
*the same request* and when one *lapses* is said here, once.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from models.base import Message, digest
from models.case.rule import Broken, CaseRule

LAPSES_AFTER = timedelta(days=30)
"""A request that nobody confirms counts no longer after this."""

_PERSONAL = {"actor", "reason", "note", "comment"}
"""Two people say the same whatever their reasons, and whoever they are."""


class Request(Message):
    """What one person has asked for and another must confirm."""

    what: str
    """Digest of what is asked for, without who asks and why."""
    who: str
    """The subject that asks, whatever the account."""
    actor: str
    at: datetime


class Step(StrEnum):
    """What a message does to a request."""

    ASKED = "asked"
    CONFIRMED = "confirmed"


class Confirmed(NamedTuple):
    """Whether a message asks or confirms; whoever asked first, where it confirms."""

    step: Step
    request: Request


def requested(message: Message) -> str:
    """The digest of what a message asks for: everything but who says it and why."""
    return digest({name: value for name, value in message.content().items() if name not in _PERSONAL})


def confirm(pending: Request | None, new: Request) -> Confirmed | Broken:
    """What ``new`` is beside the ``pending`` request: another one takes its place, the same by another
    subject confirms it, the same by the same subject is refused (it takes two).
    """
    open_ = pending if pending and new.at - pending.at <= LAPSES_AFTER else None
    if open_ is None or open_.what != new.what:
        return Confirmed(Step.ASKED, new)
    if open_.who == new.who:
        return Broken(CaseRule.TWO_PEOPLE)
    return Confirmed(Step.CONFIRMED, open_)
