"""A worker put together: database, outbox, relay and threads. The one place where they meet."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from temporalio.client import Client

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
from runtime.keys import door, ring
from runtime.measuring.alarm import Alarm
from runtime.measuring.telemetry import traced
from runtime.mode import check
from runtime.settings import Settings
from runtime.watching.stopping import GRACE
from runtime.workers.hiring import hires
from runtime.workers.relay import Relay
from runtime.workers.schedules import nightly
from runtime.workers.supervision import kept_at_work

if TYPE_CHECKING:
    from runtime.measuring.metrics import Metrics


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
    payments = Payments(database, bank(settings))
    known = activities(Record(database, relay.wake), database, settings), banking(payments)
    looking = [metrics.batches] if metrics else []
    with hires(client, settings, known, looking, grace) as workers:
        await nightly(client)
        with metrics.served(database, alarm) if metrics else nullcontext():
            async with kept_at_work(workers, grace), relay.running(), alarm.running():
                yield


def activities(record: Record, database: Engine, settings: Settings) -> list[Callable[..., Any]]:
    """Everything that touches the world."""
    here = door(settings)
    directory = Directory(database, here)
    outbox = Outbox(database, traced(database, sender(settings)))
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
    # what goes to the bank only as far as an earlier version has scheduled it here
    earlier = banking(Payments(database, bank(settings)))
    doing: list[Callable[..., Any]] = [outbox.deliver, *earlier, certificates.make]
    proving = [Proofs(database).prove_all, RecordProofs(database).prove_record]
    caring = [Reconciliation(database, here.ring).reconcile, Archiving(database).archive_all]
    return [record.record, *reading, *doing, *proving, *caring]


def banking(payments: Payments) -> list[Callable[..., Any]]:
    """What waits for the bank."""
    return [payments.pay, payments.ask, payments.ask_returned]
