"""docker-compose.yml as tests look at it: merged, filled in, and broken on purpose."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from dotenv import dotenv_values

from runtime.settings import ROOT

Document = dict[str, Any]
Rule = Callable[[Document], Iterator[str]]

EXAMPLE = dotenv_values(ROOT / "compose" / "example.env")
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")
GONE = object()
"""Breaks a place by taking away what is there."""


def load() -> Document:
    """The compose file, merged, with nothing shared between its parts."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return dict(json.loads(json.dumps(loaded)))


def filled_in(value: str) -> str:
    """The text with its variables replaced, as compose does with a filled-in example."""
    return REQUIRED.sub(lambda found: EXAMPLE.get(found[1]) or "given", value)


def environments(document: Document) -> Iterator[tuple[str, str, str | None]]:
    """Service, variable and value, for all that the containers are told."""
    for name, service in document["services"].items():
        for key, value in service.get("environment", {}).items():
            yield name, key, value


def secrets(service: Document) -> Iterator[tuple[str, str]]:
    """Which secrets a service is given, and the names of their files in /run/secrets."""
    for secret in service.get("secrets", []):
        if isinstance(secret, str):
            yield secret, secret
        else:
            yield secret["source"], secret.get("target", secret["source"])


def broken(place: str, value: Any) -> Document:
    """The compose file with another value at ``place``, the keys to it parted by slashes."""
    document = load()
    *way, last = place.split("/")
    part = document
    for step in way:
        part = part[step]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return document
