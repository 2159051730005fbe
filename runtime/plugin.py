"""One plugin for client, worker, tests and Replayer, so that none of them can differ."""

from collections.abc import Sequence

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from runtime.logs import Context
from runtime.principal import Attesting
from runtime.sandbox import ContextFreeRunner
from workflows.agreement import Agreement
from workflows.notice import NoticeDelivery
from workflows.partnership import Partnership
from workflows.payment import Payment
from workflows.proof import Proof
from workflows.report import Report
from workflows.study import Study

WORKFLOWS: Sequence[type] = [Partnership, Study, Agreement, Payment, Report, Proof, NoticeDelivery]

_OURS = ("models", "activities", "workflows", "runtime", "rfc8785", "structlog", "holidays")


def plugin(workflows: Sequence[type] = WORKFLOWS) -> SimplePlugin:
    """Converter, interceptors, workflows and sandbox, as Accord uses them everywhere."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_OURS)
    return SimplePlugin(
        "accord",
        data_converter=pydantic_data_converter,
        interceptors=[Context(), Attesting()],
        workflows=workflows,
        workflow_runner=ContextFreeRunner(restrictions=restrictions),
    )
