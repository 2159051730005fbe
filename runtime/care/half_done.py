"""What a worker from before the seals has left half done: today's refuses it, so its own must finish it."""

from collections.abc import Iterator, Sequence

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from activities.operations.engine import ENVELOPE, OF_A_CASE, SEAL
from models.operations.deployment import Checked

_HOW = "Let the version that is at work finish it, then check again."


def half_done(workflow_id: str, events: Sequence[HistoryEvent]) -> Iterator[Checked]:
    """Each thing in the history of an open run that would wait for ever, or come to nothing."""
    if OF_A_CASE.match(workflow_id) and not _is_signed(events[0]) and not _has_begun(events):
        why = f"a start that is not signed does nothing. {_HOW}"
        yield Checked(f"{workflow_id} has not begun", is_good=False, detail=why)
    for name in _unsealed(events):
        why = f"it is not sealed, and would be refused. {_HOW}"
        yield Checked(f"{workflow_id} waits for {name}", is_good=False, detail=why)


def cannot_be_reset(workflow_id: str, events: Sequence[HistoryEvent]) -> bool:
    """Whether a reset would be refused: the run was started when starts were not signed."""
    return bool(OF_A_CASE.match(workflow_id)) and not _is_signed(events[0])


def _is_signed(started: HistoryEvent) -> bool:
    fields = started.workflow_execution_started_event_attributes.header.fields
    return ENVELOPE in fields or SEAL in fields


def _has_begun(events: Sequence[HistoryEvent]) -> bool:
    return any(one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for one in events)


def _unsealed(events: Sequence[HistoryEvent]) -> Iterator[str]:
    """The activities that are asked for, are not done, and bear no seal."""
    waiting: dict[int, str] = {}
    for one in events:
        if one.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            asked = one.activity_task_scheduled_event_attributes
            if SEAL not in asked.header.fields:
                waiting[one.event_id] = asked.activity_type.name
        if (over := one.WhichOneof("attributes")) in _OVER:
            waiting.pop(getattr(one, over).scheduled_event_id, None)
    yield from waiting.values()


_OVER = (
    "activity_task_completed_event_attributes",
    "activity_task_failed_event_attributes",
    "activity_task_timed_out_event_attributes",
    "activity_task_canceled_event_attributes",
)
