"""Two people, and a delegation between them."""

from datetime import date
from typing import Any

from models.people.delegation import Delegation, Giving
from tests.support.furnished import somebody

TODAY = date(2026, 11, 23)
CHO = somebody("cho", "treasury", "legal")
YOON = somebody("yoon", "legal")


def asked(**changes: Any) -> Giving:
    """Cho lets Yoon act as treasury."""
    fields = {"actor": "cho", "taker": "yoon", "roles": ["treasury"], "instrument": "Order 1"}
    return Giving(**(fields | changes))


def standing(giver: str = "cho", taker: str = "yoon", **changes: Any) -> Delegation:
    """One that is in force."""
    fields = {"id": "D-1", "giver": giver, "taker": taker, "roles": ["legal"], "instrument": "Order 0"}
    return Delegation(**(fields | changes))
