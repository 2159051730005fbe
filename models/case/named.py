"""Organisations that a message names: people write a name, what is believed is an id of the directory."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, Self, runtime_checkable


class Known(NamedTuple):
    """An organisation of the directory."""

    id: str
    name: str


@runtime_checkable
class NamesOrganisations(Protocol):
    """A message in which somebody has written the names of organisations."""

    def organisations(self) -> tuple[str, ...]:
        """The names, as they were written."""
        ...

    def identified(self, known: Mapping[str, Known]) -> Self:
        """The message with the ids of those that the names mean, whatever ids it came with."""
        ...
