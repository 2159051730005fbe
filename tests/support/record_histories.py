"""Records tests/histories/ anew: `make histories`, on each release. The files are never edited."""

import asyncio
import gzip
import tempfile
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from adapters.database import connect
from runtime import logs
from runtime.engine import Embedded
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.worker import working
from testing.fakebank import FakeBank, serve
from tests.support import paying, scenarios
from tests.support.house import Case, House

HISTORIES = Path(__file__).parent.parent / "histories"
SKIPPING = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")


async def record(folder: Path) -> int:
    """Play every scenario and store the history of each of its workflows. Returns how many."""
    bank = FakeBank()
    counter = serve(bank)
    with tempfile.TemporaryDirectory() as home:
        url = f"http://127.0.0.1:{counter.server_address[1]}"
        settings = Settings(home=Path(home), bank_url=url)
        database = connect(settings.database)
        set_up(database, settings)
        embedded = Embedded(settings.home, extra=SKIPPING)
        client = await embedded.start()
        try:
            async with working(client, database, settings):
                return await _record_all(House(client, database, settings, bank), folder)
        finally:
            embedded.stop()


async def _record_all(house: House, folder: Path) -> int:
    count = 0
    for name, (scenario, _) in scenarios.CLOSED.items():
        case = await scenario(house)
        await case.ended()
        count += await _store(house.client, case, name, folder)
    for name, waiting in scenarios.OPEN.items():
        count += await _store(house.client, await waiting(house), name, folder)
    for name, way in paying.SCENARIOS.items():
        history = await paying.payment(await way(house)).fetch_history()
        _keep(history, folder / "payment" / f"{name}.json.gz")
        count += 1
    return count


def _keep(history: WorkflowHistory, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # no time in the header: the same history makes the same file
    path.write_bytes(gzip.compress(history.to_json().encode(), mtime=0))


async def _store(client: Client, case: Case, name: str, folder: Path) -> int:
    stored = 0
    of_case = {row["workflow_id"] for row in case.history()}
    for workflow_id in sorted(of_case - {one for one in of_case if "/payment/" in one}):
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        part = workflow_id.removeprefix(f"partnership/{case.id}").strip("/").partition("/")[0]
        _keep(history, folder / (part or "partnership") / f"{name}.json.gz")
        stored += 1
    return stored


if __name__ == "__main__":
    logs.configure(50)
    print(f"{asyncio.run(record(HISTORIES))} histories recorded in {HISTORIES.name}/")
