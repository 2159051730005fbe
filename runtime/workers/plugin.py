"""One plugin for client, worker, tests and Replayer, so that none of them can differ."""

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from adapters.ciphers import Ciphers
from runtime.logs import Context
from runtime.measuring.telemetry import tracing
from runtime.wire.codec import converter
from runtime.workers.sandbox import ContextFreeRunner
from services.people.attesting import Attesting
from workflows.agreement.agreement import Agreement
from workflows.case.acknowledgement import AcknowledgementWorkflow
from workflows.case.notice import NoticeDelivery
from workflows.money.proof import Proof, RecordProof
from workflows.operations.archive import Archive
from workflows.operations.reconcile import Reconcile
from workflows.partnership.partnership import Partnership
from workflows.payment.payment import Payment
from workflows.study.study import Study
from workflows.training.cohort import Cohort

WORKFLOWS: Sequence[type] = [
    Partnership,
    Study,
    Agreement,
    Payment,
    Cohort,
    AcknowledgementWorkflow,
    Proof,
    RecordProof,
    Reconcile,
    Archive,
    NoticeDelivery,
]

_OURS = (
    "models",
    "activities",
    "workflows",
    "services",
    "runtime",
    "rfc8785",
    "structlog",
    "holidays",
    "idna",
)


def plugin(workflows: Sequence[type] = WORKFLOWS, ciphers: Ciphers | None = None) -> SimplePlugin:
    """Converter, interceptors, workflows and sandbox, as Accord uses them everywhere.

    ``ciphers``: what payloads are encrypted and read with. None: nothing is, and what is cannot be read.
    """
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_OURS)
    return SimplePlugin(
        "accord",
        data_converter=converter(ciphers),
        interceptors=[*tracing(), Context(), Attesting()],
        workflows=workflows,
        workflow_runner=ContextFreeRunner(restrictions=restrictions),
    )


def without_workflows(client: Client, ciphers: Ciphers | None) -> Client:
    """The same connection, for workers that only carry out activities."""
    config = client.config()
    config["plugins"] = [plugin(workflows=(), ciphers=ciphers)]
    return Client(**config)
