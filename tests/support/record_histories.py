"""Adds to tests/histories/ what is not there yet: `make histories`, on each release.

A file that is there stays (tests/support/manifest.py). To record all of them anew, give FORMAT another line,
delete them, and run this.
"""

import asyncio
import gzip
import tempfile
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from runtime import logs
from tests.support import cohort_lives, manifest, paying, scenarios
from tests.support.house import Case, House
from tests.support.installation import installation


async def record(folder: Path) -> int:
    """Play every scenario and store the histories that are not there yet. Returns how many those are."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        async with installation(Path(home)) as house:
            return await _record_all(house, folder)


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
        count += _keep(history, folder / "payment" / f"{name}.json.gz")
    return count + await _record_cohorts(house, folder / "cohort")


async def _record_cohorts(house: House, folder: Path) -> int:
    count = 0
    for name, (life, _) in cohort_lives.CLOSED.items():
        cohort = await life(house)
        await cohort.ended()
        count += _keep(await cohort.handle.fetch_history(), folder / f"{name}.json.gz")
    for name, living in cohort_lives.OPEN.items():
        history = await (await living(house)).handle.fetch_history()
        count += _keep(history, folder / f"{name}.json.gz")
    return count


def _keep(history: WorkflowHistory, path: Path) -> bool:
    """Store a history where none is; whether it was stored."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # no time in the header: the same history makes the same file
    path.write_bytes(gzip.compress(history.to_json().encode(), mtime=0))
    return True


async def _store(client: Client, case: Case, name: str, folder: Path) -> int:
    stored = 0
    of_case = {row["workflow_id"] for row in case.history()}
    for workflow_id in sorted(of_case - {one for one in of_case if "/payment/" in one}):
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        part = workflow_id.removeprefix(f"partnership/{case.id}").strip("/").partition("/")[0]
        stored += _keep(history, folder / (part or "partnership") / f"{name}.json.gz")
    return stored


if __name__ == "__main__":
    logs.configure(50)
    print(f"{asyncio.run(record(manifest.HISTORIES))} histories added to {manifest.HISTORIES.name}/")
    manifest.write(manifest.HISTORIES)
