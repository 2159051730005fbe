"""What counts as a failed workflow task in the other tests: what our code does, not what a machine does."""

import gc
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType, TimeoutType, WorkflowTaskFailedCause
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import (
    HistoryEvent,
    WorkflowTaskFailedEventAttributes,
    WorkflowTaskScheduledEventAttributes,
    WorkflowTaskTimedOutEventAttributes,
)
from temporalio.worker._workflow import _InterruptDeadlockError

from tests.support.failed_tasks import but_too_slow, failures

CAUSES = WorkflowTaskFailedCause
WATCHDOG = "[TMPRL1101] Potential deadlock detected: workflow didn't yield within 2 second(s)."


def failed(
    message: str,
    cause: CAUSES.ValueType = CAUSES.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
) -> HistoryEvent:
    """A task that failed."""
    why = WorkflowTaskFailedEventAttributes(failure=Failure(message=message), cause=cause)
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return HistoryEvent(event_type=kind, workflow_task_failed_event_attributes=why)


def timed_out(kind: TimeoutType.ValueType) -> HistoryEvent:
    """A task that was not answered in time."""
    why = WorkflowTaskTimedOutEventAttributes(timeout_type=kind)
    event = EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
    return HistoryEvent(event_type=event, workflow_task_timed_out_event_attributes=why)


def scheduled(attempt: int) -> HistoryEvent:
    """The attempt that was good, as the engine writes it down."""
    what = WorkflowTaskScheduledEventAttributes(attempt=attempt)
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    return HistoryEvent(event_type=kind, workflow_task_scheduled_event_attributes=what)


SLOW = timed_out(TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE)
NOT_TAKEN = timed_out(TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START)
OVER = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ([failed("KeyError: 'x'"), scheduled(2)], 1),
        ([failed("KeyError: 'x'"), OVER], 1),
        ([failed(WATCHDOG), scheduled(2)], 0),
        ([failed(WATCHDOG), scheduled(3)], 1),
        ([failed(WATCHDOG)], 1),
        ([failed(WATCHDOG), OVER], 0),
        ([SLOW, scheduled(2)], 0),
        ([SLOW, scheduled(3)], 1),
        ([NOT_TAKEN], 0),
        ([failed("", CAUSES.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW)], 0),
        ([failed("", CAUSES.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR)], 1),
    ],
)
def test_a_task_that_raised_counts_and_one_that_took_too_long_where_it_did_twice(
    events: list[HistoryEvent], count: int
) -> None:
    assert len(list(failures(events))) == count


@pytest.mark.parametrize(("error", "reported"), [(_InterruptDeadlockError(), 0), (ValueError("a bug"), 1)])
def test_being_too_slow_where_nothing_can_be_raised_is_not_reported(
    error: BaseException, reported: int
) -> None:
    """The rest is: a callback of the garbage collector can have faults of its own."""
    heard: list[object] = []
    unraisable: Any = SimpleNamespace(exc_value=error)
    but_too_slow(heard.append)(unraisable)
    assert len(heard) == reported


def test_a_run_of_the_tests_does_not_fail_for_it() -> None:
    class Interrupted:
        def __del__(self) -> None:
            raise _InterruptDeadlockError

    Interrupted()
    gc.collect()
