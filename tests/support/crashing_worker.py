"""A worker that dies by SIGKILL, once: then it behaves. The file HOME/died says that it has.

Usage: crashing_worker.py HOME KEY. It dies when the entry KEY was just written, before
anybody hears of it; or, where KEY is ``pay:N``, at the N-th line that it executes in sending a payment.
How many lines there are is written to HOME/lines when it gets to the end.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine
from temporalio import activity
from temporalio.worker import Worker

from activities.case.record import Record
from activities.payment.sending import Bank, Payments
from adapters.bank_http import bank
from adapters.database import connect
from models.case.record import Batch, Receipts
from models.payment.bank import Instruction, Said
from runtime import logs
from runtime.keys import seals
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.wire.sealing import Sealing
from runtime.workers.worker import activities
from services.case.queue import TASK_QUEUE

CRASHING = __file__
"""The program."""


class Mortal(Record):
    """Writes like Record; then the process is gone."""

    def __init__(self, home: Path, key: str) -> None:
        super().__init__(connect(Settings(home=home).database))
        self._died = home / "died"
        self._key = key

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Receipts:
        """Commit, and die before the engine knows."""
        receipts = super().record(batch)
        if self._key in {entry.key for entry in batch.entries} and not self._died.exists():
            self._died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return receipts


class Reckless(Payments):
    """Sends like Payments, and dies at a line of it."""

    def __init__(self, engine: Engine, bank: Bank, home: Path, line: int) -> None:
        super().__init__(engine, bank)
        self._home, self._line, self._lines = home, line, 0

    @activity.defn(name="pay")
    def pay(self, instruction: Instruction) -> Said:
        """Send, and die on the way."""
        sys.settrace(self._traced)
        try:
            return super().pay(instruction)
        finally:
            sys.settrace(None)
            (self._home / "lines").write_text(str(self._lines))

    def _traced(self, frame: FrameType, event: str, _: object) -> Any:
        name = frame.f_code.co_filename
        if not name.endswith(("/activities/payment/sending.py", "/adapters/bank_http.py")):
            return None
        if event == "line":
            self._lines += 1
            if self._lines == self._line and not (self._home / "died").exists():
                (self._home / "died").touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return self._traced


def _acts(home: Path, key: str) -> list[Callable[..., Any]]:
    settings = Settings(home=home)
    database = connect(settings.database)
    if not key.startswith("pay:"):
        return activities(Mortal(home, key), database, settings)
    payments = Reckless(database, bank(settings), home, int(key.removeprefix("pay:")))
    usual = activities(Record(database), database, settings)
    return [act for act in usual if act.__name__ not in ("pay", "ask")] + [payments.pay, payments.ask]


async def main(home: Path, key: str) -> None:
    """Work until killed."""
    client = await engine.connect(Settings(home=home))
    with ThreadPoolExecutor(8) as threads:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            activities=_acts(home, key),
            activity_executor=threads,
            interceptors=[Sealing(seals(Settings(home=home)))],
            max_concurrent_activities=8,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        )
        await worker.run()


if __name__ == "__main__":
    logs.configure(50)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
