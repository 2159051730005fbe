"""Something that happens to an installation: it strikes once, and leaves it to recover."""

import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from testing.chaos.world import Has, World

Strike = Callable[[World, random.Random], Awaitable[str]]


class Nemesis(NamedTuple):
    """What happens, and how; the answer says in words what was done."""

    name: str
    strike: Strike
    needs: Has | None = None
    """What the installation must have for it to happen."""
