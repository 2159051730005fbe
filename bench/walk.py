"""What one vote walks through: our files, SQL statements, activities, events and bytes of its case's history.

    python -m bench.walk

Counted in one process: `Walk` notes each function of ours that is entered. Walked are a vote that settles
nothing and one that settles its gate, each by an update that is answered.
"""

import asyncio
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event
from temporalio.client import WorkflowHandle

from activities.case.gate import find_gate
from adapters.database import connect
from models.amount import Amount
from models.case.approval import Decision
from models.case.panel import Choice
from models.partnership.partnership import Area, Proposal, StudyKind
from runtime import keys, logs
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from services.case.cases import CaseService
from services.partnership.partnerships import PartnershipService

ROOMS = ("models", "activities", "workflows", "services", "adapters", "runtime")
VOTES = (("expert.lim", "a vote that settles nothing"), ("sec.han", "the vote that settles the gate"))


class Walk:
    """Which of our files are entered, and which SQL statements are sent, while it is ``on``."""

    def __init__(self) -> None:
        self.on = False
        self.files: Counter[str] = Counter()
        self.statements: list[str] = []

    def entered(self, frame: FrameType, what: str, _: Any) -> None:
        """Told by the interpreter of every call."""
        if self.on and what == "call":
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ROOMS:
                self.files[str(path.relative_to(ROOT))] += 1

    def sent(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """Told by the database of every statement."""
        if self.on and not statement.startswith(("BEGIN", "PRAGMA")):
            self.statements.append(statement)


async def walk() -> None:
    """Walk the votes at one gate, and print what was entered."""
    logs.configure(50)
    seen = Walk()
    threading.setprofile(seen.entered)
    sys.setprofile(seen.entered)
    with tempfile.TemporaryDirectory(prefix="accord-walk-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder))
        database, engine = connect(settings.database), Embedded(settings.home)
        set_up(database, settings)
        event.listen(database, "before_cursor_execute", seen.sent)
        try:
            client = await engine.start()
            async with working(client, database, settings):
                cases = CaseService(client, database, keys.principal(settings))
                await PartnershipService(cases).propose(_proposal())
                handle = client.get_workflow_handle("partnership/WALK-1")
                for person, what in VOTES:
                    await _walk_one(seen, cases, database, handle, person, what)
        finally:
            engine.stop()
    sys.setprofile(None)


async def _walk_one(
    seen: Walk, cases: CaseService, database: Engine, handle: WorkflowHandle[Any, Any], person: str, what: str
) -> None:
    gate = await _at_rest(database)
    decision = Decision(
        gate=gate["id"], actor=person, content_hash=gate["content_hash"], verdict=Choice.APPROVE
    )
    before = await _history(handle)
    seen.files.clear()
    seen.statements.clear()
    seen.on = True
    answer = await cases.send("decide", decision)
    seen.on = False
    assert answer.accepted, answer
    after = await _history(handle)
    print(f"{what}: {len(seen.files)} files of ours, {len(seen.statements)} SQL statements, ", end="")
    print(f"{after[0] - before[0]} events, {after[1] - before[1]} bytes of history")
    for name in sorted(seen.files):
        print(f"    {name}")


async def _at_rest(database: Engine) -> dict[str, Any]:
    for _ in range(600):
        await asyncio.sleep(0.1)
        with database.connect() as connection:
            gate = find_gate(connection, "WALK-1:review:1")
        if gate:
            await asyncio.sleep(1.0)
            return dict(gate)
    raise TimeoutError("The gate does not open.")


async def _history(handle: WorkflowHandle[Any, Any]) -> tuple[int, int]:
    history = await handle.fetch_history()
    return len(history.events), sum(one.ByteSize() for one in history.events)


def _proposal() -> Proposal:
    return Proposal(
        case="WALK-1",
        programme="k-city-2020",
        title="A walk",
        country="VN",
        city="Hue",
        area=Area.TRANSPORT,
        applicant="Hue People's Committee",
        study=StudyKind.MASTER_PLAN,
        requested=Amount(minor=1_000_000, currency="KRW"),
        proposer="coord.seo",
    )


if __name__ == "__main__":
    asyncio.run(walk())
