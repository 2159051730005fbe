"""Override: an outcome in the place of the panel's. Named, with a reason, by two people."""

from typing import Annotated, Literal

from pydantic import Field

from models.base import GateId, Message, PersonId, Prose, Sha256
from models.case.panel import Outcome


class Override(Message):
    """Puts an outcome in the place of the panel's, with a reason. It takes two people to say the same."""

    gate: GateId
    actor: PersonId
    outcome: Literal[Outcome.APPROVED, Outcome.REJECTED]
    content_hash: Sha256
    reason: Annotated[Prose, Field(min_length=1)]
