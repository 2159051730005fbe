"""How messages of one name are taken, and what became of one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.record import Entry, Receipt
    from models.case.rights import Rights
    from models.case.rule import Broken


class FromSomebody(Protocol):
    """Any message that a person sends to a case."""

    @property
    def actor(self) -> str: ...
    def digest(self) -> str: ...
    def content(self) -> dict[str, Any]: ...


class Taken(NamedTuple):
    """How messages of one name are taken."""

    name: str
    model: type[Any]
    judge: Callable[[Any, Rights], Broken | None]
    """The rule that a message breaks, or None. It is called in one step with ``accept``."""
    accept: Callable[[Any, Rights], Entry]
    """What an accepted message changes, and its entry."""
    since: Callable[[Any], object]
    """What has superseded the same words before: while it is the same, they get the same answer."""
    about: Callable[[Any], str | None]
    """Somebody else whose capacity is read for the message."""
    prepare: Callable[[Any], Awaitable[None]] | None
    """What has to be looked up before it can be judged."""
    restore: Callable[[Any, Accepted], None] | None
    """Takes over what it changed once it was accepted; None: as ``accept`` does."""
    anywhere: bool
    """Whether it may name gates that are closed, also of parts of the case that are over. A new run takes it
    over where it came among what else happened.
    """
    of_case: bool
    """Whether it is about the case as a whole: a new run takes it over when it starts, not with its gate."""


class Outcome(NamedTuple):
    """What became of a message: a rule it breaks, the receipt to come, or the number of its first answer."""

    broken: Broken | None = None
    receipt: asyncio.Future[Receipt] | None = None
    seq: int = 0
    brought: Rights | None = None
    """What its sender may bring to it; None: nothing of it is believed, or it was not asked."""
