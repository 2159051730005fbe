"""What is measured of a worker, where somebody wants to know: nothing of it is imported otherwise."""

from typing import TYPE_CHECKING

from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.metrics import Metrics


def metrics(settings: Settings) -> "Metrics | None":
    """The metrics of this worker; None: ACCORD_METRICS does not ask for any."""
    if not settings.metrics:
        return None
    from runtime.metrics import Metrics

    return Metrics(settings)
