"""Workflows started as the services start them: with an envelope."""

from typing import Any

from temporalio.client import Client, WorkflowHandle

from models.base import Message
from models.case.envelope import said, starting
from runtime import keys
from runtime.settings import Settings
from services.case.queue import TASK_QUEUE
from services.people.principal import carrying


async def start(
    client: Client, settings: Settings, kind: str, message: Message, workflow_id: str, queue: str = TASK_QUEUE
) -> WorkflowHandle[Any, Any]:
    """Start a workflow of this kind."""
    envelope = keys.principal(settings).envelope(starting(kind), workflow_id, said(message))
    with carrying(envelope):
        return await client.start_workflow(kind, message, id=workflow_id, task_queue=queue)
