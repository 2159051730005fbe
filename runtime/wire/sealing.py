"""Seals between the workflows and the activities of this installation.

Whoever reaches the engine can have activities executed, by workflows of their own or by none. Ours carry a
seal over the workflow that asks, the activity, and its input as it travels; the start of a part, and that of
the run that continues this one, over its message.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, NoReturn

import structlog
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.converter import DefaultPayloadConverter
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ContinueAsNewInput,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from activities.case.door import Seals, start_parts
from models.base import Message
from models.case.envelope import said
from runtime.wire.converter import RECEIVED

HEADER = "accord-seal"

_LATER = timedelta(minutes=1)
"""What is not sealed is not told that for good: the seal of a worker that is newer may come with a reset."""

_PLAIN = DefaultPayloadConverter()


class Sealing(Interceptor):
    """Seals what workflows ask of activities, and refuses whatever else asks them."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Called by the worker for each activity."""
        return _Checking(next, self._seals)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Called by the worker once."""
        seals = self._seals

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Sealed(outbound, seals))

        return Inbound


class _Sealed(WorkflowOutboundInterceptor):
    def __init__(self, next: WorkflowOutboundInterceptor, seals: Seals) -> None:
        super().__init__(next)
        self._seals = seals

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        self._seal(input)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        self._seal(input)
        return super().start_local_activity(input)

    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        self._seal_start(input, input.id, input.workflow)
        return await super().start_child_workflow(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        info = workflow.info()
        self._seal_start(input, info.workflow_id, input.workflow or info.workflow_type)
        super().continue_as_new(input)

    def _seal_start(self, input: StartChildWorkflowInput | ContinueAsNewInput, where: str, kind: str) -> None:
        """Only what begins with a message of ours does anything that a seal is asked for."""
        for message in (one for one in input.args if isinstance(one, Message)):
            seal = self._seals.seal(*start_parts(where, kind, said(message)))
            input.headers = {**input.headers, HEADER: _header(seal)}

    def _seal(self, input: StartActivityInput | StartLocalActivityInput) -> None:
        """Convert the input here, so that what is sealed are the bytes that travel."""
        payloads = workflow.payload_converter().to_payloads(input.args)
        input.args = [RawValue(payload) for payload in payloads]
        info = workflow.info()
        parts = _parts(info.workflow_id, info.workflow_type, input.activity, payloads)
        input.headers = {**input.headers, HEADER: _header(self._seals.seal(*parts))}


class _Checking(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, seals: Seals) -> None:
        super().__init__(next)
        self._seals = seals

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        # without an input nothing was received here: what is there then is from before the worker started
        received = RECEIVED.get() if input.args else ()
        parts = _parts(info.workflow_id or "", info.workflow_type or "", info.activity_type, received)
        if not self._seals.is_sealed(read_seal(input.headers), *parts):
            structlog.get_logger("accord").warning(
                "not asked by a workflow of ours", activity=info.activity_type, workflow_id=info.workflow_id
            )
            raise ApplicationError(
                "Only workflows of this installation ask this.", type="unsealed", next_retry_delay=_LATER
            )
        return await super().execute_activity(input)


def read_seal(headers: Mapping[str, Payload]) -> str:
    """The seal in a header; empty: there is none, or it cannot be read."""
    payload = headers.get(HEADER)
    return payload.data.decode(errors="replace").strip('"') if payload else ""


def _header(seal: str) -> Payload:
    return _PLAIN.to_payload(seal)


def _parts(workflow_id: str, kind: str, name: str, payloads: Sequence[Payload]) -> tuple[str, ...]:
    """What is sealed of an activity. Not the run: a reset takes over what waits, and does not ask again."""
    content = sha256()
    for payload in payloads:
        content.update(len(payload.data).to_bytes(8, "big") + payload.data)
    return ("activity", workflow_id, kind, name, content.hexdigest())
