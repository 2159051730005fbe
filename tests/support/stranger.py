"""Another user of this machine, who reaches the engine's port and nothing else: a program that tries."""

import asyncio
import json
import os
import sys
from typing import Any

from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from services.case.queue import TASK_QUEUE
from tests.support.rogue import QUEUE, Wanted, rogue

NOBODY = 65534


async def tries(address: str, home: str, wanted: dict[str, Any], start: Any) -> dict[str, str]:
    """What became of each try: what it was refused with, or ``done``."""
    told = {name: _read(f"{home}/{name}") for name in ("accord.db", "keys/workers.json")}
    async with rogue(address) as client:
        for name, given in wanted.items():
            told[name] = await _activity(client, name, given)
        told["start"] = await _start(client, start)
    return told


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except PermissionError:
        return "PermissionError"
    return "done"


async def _activity(client: Client, name: str, given: Any) -> str:
    """Have an activity of ours executed, by a workflow of one's own."""
    try:
        await client.execute_workflow("rogue", Wanted(name, given), id=f"stranger-{name}", task_queue=QUEUE)
    except WorkflowFailureError as error:
        cause = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
        return str(cause.type) if isinstance(cause, ApplicationError) else repr(cause)
    return "done"


async def _start(client: Client, start: Any) -> str:
    """Start a case of ours, with terms of one's own."""
    workflow_id = f"partnership/{start['proposal']['case']}"
    handle = await client.start_workflow("partnership", start, id=workflow_id, task_queue=TASK_QUEUE)
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return str(error.cause.type) if isinstance(error.cause, ApplicationError) else repr(error.cause)
    return "done"


if __name__ == "__main__":
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    print(json.dumps(asyncio.run(tries(**json.loads(sys.argv[1])))))
    sys.stdout.flush()
    os._exit(0)
