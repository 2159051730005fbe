"""The keys of this installation, and what it believes: put together from its settings."""

from activities.case.door import Door
from adapters.ciphers import Ciphers
from adapters.keys import Ring
from adapters.seals import Seals
from runtime.settings import Settings
from services.people.principal import Principal


def ring(settings: Settings) -> Ring:
    """The keys that envelopes are signed with."""
    return Ring(settings.keys_folder, settings.signing_folder)


def seals(settings: Settings) -> Seals:
    """What workers seal with."""
    return Seals(settings.keys_folder)


def ciphers(settings: Settings) -> Ciphers:
    """What payloads are encrypted with."""
    return Ciphers(settings.keys_folder)


def door(settings: Settings) -> Door:
    """What is believed here."""
    return Door(ring(settings), seals(settings), settings.mode_in_force)


def principal(settings: Settings, person: str | None = None) -> Principal:
    """Who speaks through the services; ``person`` is who has proved who they are."""
    return Principal(ring(settings), person, settings.mode_in_force)
