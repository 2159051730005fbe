"""What a lifecycle leaves behind in the engine."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

_LOCAL = "core_local_activity"


@dataclass
class History:
    """Events and their bytes by type, all workflows together; activities by name."""

    events: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    activities: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    """Bytes of what activities were given, and of all that is on record of local ones."""
    answered: Counter[str] = field(default_factory=Counter)
    """Bytes of what activities answered."""


async def look(client: Client, workflow_ids: Iterable[str]) -> History:
    """The histories of one lifecycle."""
    found = History()
    for workflow_id in workflow_ids:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        names: dict[int, str] = {}
        for event in history.events:
            kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()
            found.events[kind] += 1
            found.bytes[kind] += event.ByteSize()
            _activity(event, names, found)
    return found


def _activity(event: HistoryEvent, names: dict[int, str], found: History) -> None:
    """Count an event that is about an activity; ``names`` are those scheduled so far."""
    marker = event.marker_recorded_event_attributes
    if marker.marker_name == _LOCAL:
        name = f"{_name_of(marker.details['data'].payloads[0].data)} (local)"
        found.activities[name] += 1
        found.given[name] += event.ByteSize()
    elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        scheduled = event.activity_task_scheduled_event_attributes
        names[event.event_id] = scheduled.activity_type.name
        found.activities[scheduled.activity_type.name] += 1
        found.given[scheduled.activity_type.name] += scheduled.input.ByteSize()
    elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        completed = event.activity_task_completed_event_attributes
        found.answered[names[completed.scheduled_event_id]] += completed.result.ByteSize()


def _name_of(marker: bytes) -> str:
    """The activity that a marker of the SDK is about."""
    return str(json.loads(marker)["activity_type"])
