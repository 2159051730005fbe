"""Asks a worker for its metrics, as Prometheus does."""

import re
import urllib.request
from pathlib import Path

from runtime.measuring.alarm import Alarm
from runtime.measuring.metrics import Metrics
from runtime.settings import Settings


def scraped(port: int) -> str:
    """What Prometheus gets."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def value(text: str, name: str) -> float:
    """The value of a metric without labels."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is missing in {text}"
    return float(found[1])


class Silent(Alarm):
    """An alarm that looks at no engine."""

    def __init__(self) -> None:
        self.failing, self.looked_at = 2, 7.0


def metrics(home: Path) -> Metrics:
    """Of a worker, at any free port."""
    return Metrics(Settings(home=home, metrics="0"))
