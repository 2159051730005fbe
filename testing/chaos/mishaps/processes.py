"""Processes are killed, stand still, or have another idea of what time it is."""

import asyncio
import random
import signal
from datetime import timedelta

from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.world import Has, Part, World

_ASTRAY = tuple(
    timedelta(seconds=seconds)
    for days in (1 / 24 / 60, 1 / 24, 1, 400)
    for seconds in (days * 86400, -days * 86400)
)
"""A minute, an hour, a day, four hundred days: before and after what the others say."""


def kills(part: Part) -> Nemesis:
    """SIGKILL."""

    async def strike(world: World, _: random.Random) -> str:
        return f"killed {world.signal(part, signal.SIGKILL)}"

    return Nemesis(f"kills {part}", strike)


def stops(part: Part) -> Nemesis:
    """It stands still for some seconds, as a machine does that swaps, or is cut off from the others."""

    async def strike(world: World, chance: random.Random) -> str:
        seconds = chance.uniform(1, 12)
        world.signal(part, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            world.signal(part, signal.SIGCONT)
        return f"stood still for {seconds:.1f} s"

    return Nemesis(f"stops {part}", strike)


async def _sets_the_clock(world: World, chance: random.Random) -> str:
    astray, seconds = chance.choice(_ASTRAY), chance.uniform(2, 12)
    world.clock.set(astray)
    try:
        await asyncio.sleep(seconds)
    finally:
        world.clock.set(timedelta())
    return f"by {astray} for {seconds:.1f} s"


KILLS = (kills(Part.WORKER), kills(Part.ENGINE), kills(Part.UP))
STOPS = (stops(Part.WORKER), stops(Part.ENGINE))
CLOCK = (Nemesis("sets the clock of `accord up` and its worker", _sets_the_clock, Has.CLOCK),)
