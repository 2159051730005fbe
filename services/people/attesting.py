"""The envelope of a message, put into the header of what goes to the engine."""

from typing import Any

from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.converter import DataConverter

from services.people.principal import HEADER, carried


class Attesting(Interceptor):
    """Puts it into the header of starts, updates and signals."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Called by the client."""
        return _Outbound(next)


class _Outbound(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        input.headers = {**input.headers, **_header()}
        return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        input.headers = {**input.headers, **_header()}
        return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        input.headers = {**input.headers, **_header()}
        await super().signal_workflow(input)


def _header() -> dict[str, Any]:
    envelope = carried()
    return {HEADER: DataConverter.default.payload_converter.to_payload(envelope)} if envelope else {}
