"""How many SQL statements one lifecycle takes, counted in a run of its own, in this process alone."""

import logging
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from temporalio import activity

from adapters.database import connect
from bench.measure import Latencies, carry
from bench.ours import Ours
from bench.stand import database_of
from runtime import logs
from runtime.settings import Settings
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working

_SERVICES = "services and driver"


async def count_statements() -> dict[str, int]:
    """Statements by sender: activities by name, the services with their driver, the relay. No BEGINs."""
    logs.configure(logging.ERROR)
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="accord-bench-", ignore_cleanup_errors=True) as folder:
        home, engine = Path(folder), Embedded(Path(folder))
        try:
            client = await engine.start()
            with database_of(home, None) as (url, front):
                workers = connect(url)
                settings = Settings(home=home, smtp_host=None)
                async with working(client, workers, settings):
                    driver = Ours(client, front, home)
                    await carry(driver, "SQL-WARM", Latencies())
                    await driver.settled()
                    _listen(front, _SERVICES, counted)
                    _listen(workers, "relay", counted)
                    await carry(driver, "SQL-1", Latencies())
                    before_waiting = counted[_SERVICES]
                    await driver.settled()
                    counted[_SERVICES] = before_waiting
        finally:
            engine.stop()
    return dict(counted)


def _listen(database: Engine, otherwise: str, counted: Counter[str]) -> None:
    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            counted[activity.info().activity_type if activity.in_activity() else otherwise] += 1

    event.listen(database, "before_cursor_execute", count)
