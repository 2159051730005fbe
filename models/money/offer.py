"""An offer: the money that a case waited for is reserved, and its coordinators say whether they take it."""

from typing import Annotated, Self

from pydantic import model_validator

from models.base import GateId, Message, PersonId, Prose


class OfferAnswer(Message):
    """Takes up the money that came back, or declines it; declining takes a reason."""

    gate: GateId
    actor: PersonId
    accept: bool
    reason: Annotated[Prose, "why it is declined"] = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if not self.accept and not self.reason:
            raise ValueError("declining an offer needs a reason")
        return self
