"""What a worker from before the seals has left half done is named before ours would refuse it."""

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from activities.operations.engine import ENVELOPE, SEAL
from runtime.care.half_done import cannot_be_reset, half_done

CASE = "partnership/T-1"


def started(*headers: str) -> HistoryEvent:
    """The first event of a run, with these headers."""
    event = HistoryEvent(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    for name in headers:
        event.workflow_execution_started_event_attributes.header.fields[name].CopyFrom(Payload(data=b"x"))
    return event


def begun() -> HistoryEvent:
    """The end of its first task."""
    return HistoryEvent(event_id=4, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)


def asked(*headers: str) -> HistoryEvent:
    """An activity is asked for."""
    event = HistoryEvent(event_id=5, event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    wanted = event.activity_task_scheduled_event_attributes
    wanted.activity_type.name = "ask-bank"
    for name in headers:
        wanted.header.fields[name].CopyFrom(Payload(data=b"x"))
    return event


def done() -> HistoryEvent:
    """It is done."""
    event = HistoryEvent(event_id=7, event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
    event.activity_task_completed_event_attributes.scheduled_event_id = 5
    return event


def named(*events: HistoryEvent, workflow: str = CASE) -> list[str]:
    """What is said of an open run."""
    return [one.what for one in half_done(workflow, events) if not one.is_good]


def test_an_activity_that_waits_without_a_seal_is_named() -> None:
    assert named(started(), begun(), asked()) == [f"{CASE} waits for ask-bank"]
    assert named(started(), begun(), asked(), workflow="notice/outbox") == [
        "notice/outbox waits for ask-bank"
    ]


def test_one_that_is_sealed_or_done_is_not() -> None:
    assert named(started(ENVELOPE), begun(), asked(SEAL)) == []
    assert named(started(), begun(), asked(), done()) == []


def test_a_case_that_has_not_begun_and_that_nobody_signed_is_named() -> None:
    assert named(started()) == [f"{CASE} has not begun"]
    assert named(started(), workflow="notice/outbox") == []


def test_a_start_that_is_signed_or_sealed_may_wait() -> None:
    assert named(started(ENVELOPE)) == named(started(SEAL)) == []


def test_whoever_started_unsigned_cannot_be_reset() -> None:
    assert cannot_be_reset(CASE, [started()])
    assert not cannot_be_reset(CASE, [started(SEAL)])
    assert not cannot_be_reset("notice/outbox", [started()])
