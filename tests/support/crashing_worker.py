"""A worker that dies by SIGKILL, once: then it behaves. The file HOME/died says that it has.

Usage: crashing_worker.py HOME KEY. It dies when the entry KEY was just written, before
anybody hears of it; or, where KEY is ``pay:N``, at the N-th line that it executes in sending a payment.
How many lines there are is written to HOME/lines when it gets to the end.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine
from temporalio import activity

from activities.case.record import Record
from activities.payment.sending import Bank, Payments
from adapters.bank_http import bank
from adapters.database import connect
from models.case.record import Batch, Receipts
from models.payment.bank import Instruction, Said
from runtime import logs
from runtime.settings import Settings
from runtime.temporal import engine
from runtime.workers.hiring import Activities, hires
from runtime.workers.supervision import kept_at_work
from runtime.workers.worker import activities, banking

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


def _acts(home: Path, key: str) -> tuple[Activities, Activities]:
    """Those of cases, and those that wait for the bank."""
    settings = Settings(home=home)
    database = connect(settings.database)
    record, payments = Record(database), Payments(database, bank(settings))
    if key.startswith("pay:"):
        payments = Reckless(database, bank(settings), home, int(key.removeprefix("pay:")))
    else:
        record = Mortal(home, key)
    return activities(record, database, settings), banking(payments)


async def main(home: Path, key: str) -> None:
    """Work until killed."""
    settings = Settings(home=home)
    client = await engine.connect(settings)
    with hires(client, settings, _acts(home, key), (), timedelta()) as workers:
        async with kept_at_work(workers, timedelta()):
            await asyncio.Event().wait()


if __name__ == "__main__":
    logs.configure(50)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
