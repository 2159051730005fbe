"""What entries change in the list of payments."""

from typing import Literal

from models.case.effects import Effect
from models.payment.payment import PaymentUpdate


class Lists(Effect):
    """The list of payments shows something new of one."""

    effect: Literal["lists-payment"] = "lists-payment"
    payment: PaymentUpdate
