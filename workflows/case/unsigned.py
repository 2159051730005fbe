"""A workflow that nobody of ours has started: it does nothing, and that is on record."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.case.record import Record
    from models.base import cleaned, digest
    from models.case.action import CaseAction
    from models.case.envelope import DOOR
    from models.case.record import Batch, Entry, Source
    from models.case.rule import CaseRule


class UnsignedStart(ApplicationError):
    """Who started this workflow is not to be believed. It leaves its number to others."""

    def __init__(self, rule: CaseRule) -> None:
        super().__init__(rule.text, type=rule, non_retryable=True)
        self.rule = rule


async def put_on_record(refused: UnsignedStart) -> None:
    """Write down that it was tried. Nothing that it says is believed: not even its number."""
    info = workflow.info()
    named = cleaned(info.workflow_id, 150)
    entry = Entry(
        key=f"{DOOR}:{digest([info.workflow_id, info.run_id])[:24]}",
        stage=DOOR,
        action=CaseAction.REFUSED,
        at=workflow.now(),
        rule=refused.rule,
        reason=refused.rule.text,
        facts={"workflow": named, "kind": cleaned(info.workflow_type, 100)},
    )
    source = Source(case=DOOR, workflow_id=named, run_id=info.run_id, rules="")
    await workflow.execute_activity_method(
        Record.record,
        Batch(source=source, entries=(entry,)),
        start_to_close_timeout=timedelta(seconds=5),
        summary="a start that nobody has signed",
    )
