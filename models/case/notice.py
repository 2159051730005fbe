"""Notices: what is to be told to whom. Written with what happened, delivered later."""

from enum import StrEnum

from models.base import Message


class NoticeStatus(StrEnum):
    """Where a notice is. A dead one was refused for good and waits for a person."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Draft(Message):
    """A notice before it has a recipient's address: to whoever holds ``roles``, and to ``persons``."""

    subject: str
    body: str
    roles: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    """Of those who hold ``roles``, the members of these; empty: all of them."""
    persons: tuple[str, ...] = ()


class Delivered(Message):
    """What one round of delivery did, and in how many seconds the next one is due (None: nothing left)."""

    delivered: int
    failed: int
    dead: int
    next_in: float | None = None
