"""The lines are bad; the bank and the mail server misbehave."""

import asyncio
import random

from testing.chaos import mail
from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.proxy import Line, Proxy
from testing.chaos.world import Has, World
from testing.fakebank import Manner


async def _cut(proxy: Proxy, chance: random.Random) -> str:
    """Have a line be bad for some seconds."""
    line, seconds = chance.choice([one for one in Line if one is not Line.GOOD]), chance.uniform(1, 10)
    proxy.line = line
    try:
        await asyncio.sleep(seconds)
    finally:
        proxy.line = Line.GOOD
    return f"{line} for {seconds:.1f} s"


async def _cuts_bank(world: World, chance: random.Random) -> str:
    return await _cut(world.outside.to_bank, chance)


async def _cuts_mail(world: World, chance: random.Random) -> str:
    return await _cut(world.outside.to_mail, chance)


async def _cuts_engine(world: World, chance: random.Random) -> str:
    assert world.to_engine
    return await _cut(world.to_engine, chance)


async def _bank_misbehaves(world: World, chance: random.Random) -> str:
    manners = chance.choices([one for one in Manner if one is not Manner.SILENT], k=4)
    with world.outside.bank.lock:
        world.outside.bank.manners = list(manners)
    return ", ".join(manners)


async def _mail_misbehaves(world: World, chance: random.Random) -> str:
    manners = chance.choices(list(mail.Manner), k=20)
    world.outside.mail.manners = list(manners)
    return ", ".join(sorted(set(manners)))


LINES = (
    Nemesis("cuts the line to the bank", _cuts_bank),
    Nemesis("cuts the line to the mail server", _cuts_mail),
    Nemesis("cuts the line to the engine", _cuts_engine, Has.LINE),
)
OUTSIDE = (Nemesis("bank misbehaves", _bank_misbehaves), Nemesis("mail server misbehaves", _mail_misbehaves))
