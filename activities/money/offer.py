"""Offers: whether there is money now for a case that waits for it."""

from sqlalchemy import Engine
from temporalio import activity

from activities.money import waitlist
from models.money.waitlist import Offer, WaitState, Wish


class Offers:
    """Answers whether the money that a case waits for is reserved. It changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn(name="offer")
    def offer(self, wish: Wish) -> Offer:
        """Whether there is an offer."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            state = waitlist.state(connection, wish.reservation)
        return Offer(made=state in (WaitState.OFFERED, WaitState.TAKEN))
