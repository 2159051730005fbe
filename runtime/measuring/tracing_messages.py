"""Passes a trace on with the messages: from a command to a workflow, and from there to its activities."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import SpanKind
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import (
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.converter import DefaultPayloadConverter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.worker import Interceptor as WorkerInterceptor

from activities.case.trace import TRACE
from runtime.measuring.tracing import instant, span

HEADER = "accord-trace"
_PLAIN = DefaultPayloadConverter()
_INSTANT = "accord_instant"


class Tracing(ClientInterceptor, WorkerInterceptor):
    """For clients and workers. No workflow asks OpenTelemetry anything, and nothing depends on the answer."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Called by the client."""
        return _Sending(next)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Called by the worker for each activity."""
        return _Acting(next)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Called by the worker once."""
        input.unsafe_extern_functions[_INSTANT] = instant
        return _Hearing


class _Sending(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        with span(f"start {input.workflow}", kind=SpanKind.CLIENT, workflow=input.id) as here:
            input.headers = {**input.headers, **_header(here)}
            return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        with span(f"update {input.update}", kind=SpanKind.CLIENT, workflow=input.id) as here:
            input.headers = {**input.headers, **_header(here)}
            return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        with span(f"signal {input.signal}", kind=SpanKind.CLIENT, workflow=input.id) as here:
            input.headers = {**input.headers, **_header(here)}
            await super().signal_workflow(input)


class _Hearing(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Asking(outbound))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        _hear(f"run {workflow.info().workflow_type}", input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        _hear(f"handle {input.signal}", input.headers)
        await super().handle_signal(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        _hear(f"handle {input.update}", input.headers)
        return await super().handle_update_handler(input)


class _Asking(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = {**input.headers, **_header(TRACE.get())}
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = {**input.headers, **_header(TRACE.get())}
        return super().start_local_activity(input)

    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        input.headers = {**input.headers, **_header(TRACE.get())}
        return await super().start_child_workflow(input)


class _Acting(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info, of = activity.info(), _place(input.headers)
        if not of:
            return await super().execute_activity(input)
        with span(info.activity_type, of, SpanKind.SERVER, workflow=info.workflow_id or ""):
            return await super().execute_activity(input)


def _hear(name: str, headers: Mapping[str, Payload]) -> None:
    """Remember whose trace it is; what is replayed has been shown."""
    of = _place(headers)
    TRACE.set(of)
    if of and not workflow.unsafe.is_replaying():
        show = workflow.extern_functions()[_INSTANT]
        show(name, of, workflow.time_ns(), {"workflow": workflow.info().workflow_id})


def _header(of: str) -> dict[str, Payload]:
    return {HEADER: _PLAIN.to_payload(of)} if of else {}


def _place(headers: Mapping[str, Payload]) -> str:
    payload = headers.get(HEADER)
    return payload.data.decode(errors="replace").strip('"')[:100] if payload else ""
