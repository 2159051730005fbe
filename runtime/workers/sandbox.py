"""The sandbox of the workflows, asked only when a workflow has something to do.

For every payload of every task the SDK enters the sandbox, up to four times, to learn the context in which to
convert it. Our converter takes no context, and we keep no payload outside the engine: measured, those
questions were a sixth of the worker's time.
"""

from typing import Any

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

_NOT_STORED_OUTSIDE = StorageDriverStoreContext(target=None)


class ContextFreeRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox for a converter, a codec and a store that take no context."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A sandboxed instance that knows the answer without being entered."""
        return _ContextFree(super().create_instance(det))


class _ContextFree(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return _NOT_STORED_OUTSIDE

    def activate(self, act: Any) -> Any:
        return self._sandboxed.activate(act)

    def get_info(self) -> Any:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()
