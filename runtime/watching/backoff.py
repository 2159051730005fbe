"""How long something that has ended by itself rests before it is started again."""

from random import SystemRandom

_SOON, _LATEST = 0.2, 30.0
"""Seconds: the first pause, and the longest."""
CALM = 10.0
"""Seconds of service after which all is well again."""


class Backoff:
    """At once, then less and less often; never two at the same moment for ever."""

    def __init__(self) -> None:
        self.failures = 0
        """So many times in a row it has ended before it had served for ``CALM`` seconds."""
        self._chance = SystemRandom()

    def after(self, lasted: float) -> float:
        """Seconds to wait, now that it has ended after ``lasted`` seconds of service."""
        self.failures = 1 if lasted >= CALM else self.failures + 1
        longest = min(_SOON * 2.0**self.failures, _LATEST)
        return self._chance.uniform(longest / 2, longest)
