"""Payloads are encrypted from an entry on record on."""

from sqlalchemy import Engine

from adapters.ciphers import Ciphers
from models.case.envelope import DOOR, SELF_DECLARED
from services.case.acts import Act, Acts, Asked
from services.people.keys import ENCRYPTING


def encrypt(database: Engine, ciphers: Ciphers) -> None:
    """Encrypt from now on what the engine keeps. Safe to repeat; the first time is on record."""
    if ciphers.listed():
        return

    def begun(act: Act) -> None:
        made = ciphers.rotate()
        facts = {"kid": made.kid, "public": made.public}
        act.write(act.entry(f"{DOOR}:key:{act.number}", ENCRYPTING, facts=facts))

    Acts(database, SELF_DECLARED).carry_out(Asked(DOOR, DOOR, None, {}), begun)
