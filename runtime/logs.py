"""Logging: structlog over the standard library; JSON in files and pipes, readable on a terminal."""

import contextlib
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from activities.case.trace import TRACE
from models.base import Message
from models.case.record import Batch
from models.text import escaped, one_line
from runtime.wire.sealing import read_seal
from services.people.principal import HEADER
from workflows.case.rights import ENVELOPE, STARTED, Started

_LOG = structlog.get_logger("accord")


def configure(level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error."""
    # Temporal would otherwise repeat its context inside the text of each message
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _flatten,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(shared, sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(shared: list[Any], terminal: bool) -> logging.Formatter:
    """How a line looks: for people where they look at a terminal, else as JSON."""
    traceback = structlog.dev.plain_traceback
    last: list[Any] = [structlog.processors.JSONRenderer()]  # which is ASCII
    if terminal:
        last = [_harmless, structlog.dev.ConsoleRenderer(exception_formatter=traceback)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            *last,
        ],
    )


def _trace(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say of which trace a line is, where traces are kept."""
    if place := TRACE.get():
        event["trace"] = place.split("-")[1]
    return event


def _flatten(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Lift what Temporal nests under one key, so that a log line has one level."""
    for nested in ("temporal_workflow", "temporal_activity"):
        for key, value in (event.pop(nested, None) or {}).items():
            event.setdefault(key, value)
    return event


def _harmless(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """What was logged may quote what somebody typed: a terminal obeys none of it, and a line stays a line."""
    lines = ("exception", "stack")
    return {
        escaped(name): escaped(str(value)) if name in lines else one_line(str(value))
        for name, value in event.items()
    }


class Context(Interceptor):
    """Binds case, stage, actor and workflow ids to every line logged while something is handled."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Bind what an activity works on."""
        return _ActivityContext(next)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Log the messages of a workflow."""
        return _WorkflowContext


class _ActivityContext(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        bound: dict[str, Any] = {"workflow_id": info.workflow_id, "run_id": info.workflow_run_id}
        batch = input.args[0] if input.args else None
        if isinstance(batch, Batch):
            entry = batch.entries[0]
            bound |= {"case": batch.source.case, "stage": entry.stage, "actor": entry.actor}
        with structlog.contextvars.bound_contextvars(**bound):
            result = await self.next.execute_activity(input)
            if isinstance(batch, Batch):
                _LOG.info("recorded", entries=[e.key for e in batch.entries])
            return result


class _WorkflowContext(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        message = next((one for one in input.args if isinstance(one, Message)), None)
        STARTED.set(Started(_envelope(input.headers), read_seal(input.headers), message))
        return await self.next.execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        _remember(input.headers)
        workflow.logger.info("signal", extra={"message_name": input.signal})
        await self.next.handle_signal(input)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        _remember(input.headers)
        self.next.handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        _remember(input.headers)
        message = input.args[0] if input.args else None
        bound = {name: getattr(message, name, None) for name in ("gate", "actor")}
        answer = await self.next.handle_update_handler(input)
        rule = getattr(answer, "rule", None)
        workflow.logger.info("answered", extra={"message_name": input.update, "rule": rule} | bound)
        return answer


def _remember(headers: Mapping[str, Payload]) -> None:
    """Let the workflow see the envelope that came with the message; what cannot be read is none."""
    ENVELOPE.set(_envelope(headers))


def _envelope(headers: Mapping[str, Payload]) -> str:
    payload = headers.get(HEADER)
    with contextlib.suppress(Exception):
        return workflow.payload_converter().from_payload(payload, str) if payload else ""
    return ""
