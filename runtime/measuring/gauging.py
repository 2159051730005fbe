"""Asks the database for the figures, one question at a time: it may never answer."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from activities.operations.figures import figures
from models.operations.figures import Figures
from runtime.temporal.engine import SOON


class Gauging:
    """Of one database. Reads only, on one connection, whoever asks how often."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._lock = Lock()
        self._asking: Future[Figures | None] | None = None

    def look(self) -> Figures | None:
        """What it says now; None: nothing within two seconds, or it is away."""
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = self._thread.submit(self._ask)
            asking = self._asking
        wait((asking,), timeout=SOON.total_seconds())
        return asking.result() if asking.done() else None

    def _ask(self) -> Figures | None:
        try:
            with self._database.connect().execution_options(readonly=True) as connection:
                return figures(connection, datetime.now(UTC))
        except SQLAlchemyError:
            return None
