"""What entries change in the list of partnerships."""

from typing import Literal

from models.case.effects import Effect
from models.partnership.partnership import Proposal


class Proposes(Effect):
    """A version of the proposal was handed in; it takes the place of the one before."""

    effect: Literal["proposes"] = "proposes"
    proposal: Proposal
