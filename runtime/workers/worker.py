"""A worker put together: database, outbox, relay and threads. The one place where they meet."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.case.delivery import Outbox
from activities.case.parts import running
from activities.case.questions import Questions
from activities.case.record import Record
from activities.case.rights import Directory
from activities.money.nightly_proof import Proofs
from activities.money.offer import Offers
from activities.money.record_proof import RecordProofs
from activities.operations.archiving import Archiving
from activities.operations.reconcile import Reconciliation
from activities.payment.sending import Payments
from activities.training.certificates import Certificates
from activities.training.questions import CohortQuestions
from adapters.bank_http import bank
from adapters.certificate import render, unprintable
from adapters.mail import sender
from runtime.keys import door, ring, seals
from runtime.measuring.alarm import Alarm
from runtime.measuring.telemetry import traced
from runtime.mode import check
from runtime.settings import Settings
from runtime.watching.stopping import GRACE
from runtime.wire.sealing import Sealing
from runtime.workers.relay import Relay
from runtime.workers.schedules import nightly
from runtime.workers.supervision import kept_at_work
from services.case.queue import TASK_QUEUE

if TYPE_CHECKING:
    from runtime.measuring.metrics import Metrics

THREADS = 16


@asynccontextmanager
async def working(
    client: Client,
    database: Engine,
    settings: Settings,
    grace: timedelta = GRACE,
    metrics: "Metrics | None" = None,
) -> AsyncIterator[None]:
    """A worker, the relay that wakes the delivery of notices, and the alarm; all are kept running."""
    check(database, settings)
    relay, alarm = Relay(client, database), Alarm(client, Reconciliation(database, ring(settings)))
    looking = [metrics.batches] if metrics else []
    known = activities(Record(database, relay.wake), database, settings)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="activity") as threads:

        def hire(on_fatal: Callable[[BaseException], Awaitable[None]]) -> Worker:
            return Worker(
                client,
                task_queue=TASK_QUEUE,
                activities=known,
                activity_executor=threads,
                interceptors=[Sealing(seals(settings)), *looking],
                max_concurrent_activities=THREADS,
                graceful_shutdown_timeout=grace,
                # a decision after a crash waits for this, not for the default of 10 s
                sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
                deployment_config=_deployment(),
                on_fatal_error=on_fatal,
            )

        await nightly(client)
        with metrics.served(database, alarm) if metrics else nullcontext():
            async with kept_at_work(hire, grace), relay.running(), alarm.running():
                yield


def activities(record: Record, database: Engine, settings: Settings) -> list[Callable[..., Any]]:
    """Everything that touches the world."""
    here = door(settings)
    directory = Directory(database, here)
    outbox = Outbox(database, traced(database, sender(settings)))
    payments = Payments(database, bank(settings))
    questions = Questions(database, here)
    cohorts = CohortQuestions(database, unprintable)
    reading: list[Callable[..., Any]] = [
        directory.rights,
        directory.subjects,
        questions.terms,
        questions.conclusion,
        questions.past,
        questions.decided,
        questions.recall,
        questions.calendar,
        running,
        Offers(database).offer,
        cohorts.roster,
        cohorts.attendance,
        cohorts.nominee,
        cohorts.place,
    ]
    certificates = Certificates(database, render, unprintable)
    sending = (payments.pay, payments.ask, payments.ask_returned)
    doing: list[Callable[..., Any]] = [outbox.deliver, *sending, certificates.make]
    proving = [Proofs(database).prove_all, RecordProofs(database).prove_record]
    caring = [Reconciliation(database, here.ring).reconcile, Archiving(database).archive_all]
    return [record.record, *reading, *doing, *proving, *caring]


def _deployment() -> WorkerDeploymentConfig | None:
    """Worker versioning, only where a rainbow deployment says which build this is."""
    build = os.environ.get("TEMPORAL_WORKER_BUILD_ID")
    if not build:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name="accord", build_id=build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
