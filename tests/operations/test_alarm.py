"""A workflow whose task fails again and again is an alarm that reaches a person, once."""

import re

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from activities.case.notice import listing as notices
from activities.operations.reconcile import Reconciliation
from models.operations.difference import DifferenceKind
from runtime import keys
from runtime.measuring.alarm import Alarm
from runtime.workers.plugin import plugin
from tests.support.differing import OPERATOR, kinds
from tests.support.house import House
from tests.support.patience import eventually_async

pytestmark = pytest.mark.engine


@workflow.defn(name="partnership", sandboxed=False)
class Faulty:
    """A version of the code that fails at whatever it is given."""

    @workflow.run
    async def run(self) -> None:
        raise KeyError("a bug")


def alarm(house: House) -> Alarm:
    """As the worker has it."""
    return Alarm(house.client, Reconciliation(house.database, keys.ring(house.settings)))


async def test_whose_task_fails_twice_is_told_to_operators_once_with_what_to_do(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    await case.handle.terminate(reason="to be started by a faulty version")
    address = house.client.service_client.config.target_host
    client = await Client.connect(address, plugins=[plugin([Faulty])])
    async with Worker(client, task_queue="faulty"):
        await house.client.start_workflow("partnership", id=case.handle.id, task_queue="faulty")
        looking = alarm(house)

        async def sounded() -> bool:
            await looking.look()
            return bool(looking.failing)

        await eventually_async(sounded, f"{case.id} fails")
        await looking.look()
        assert case.actions().count("difference found") == 1
        assert DifferenceKind.FAILING in await kinds(case)  # every night's comparison says the same
    await case.handle.terminate(reason="the end of the test")
    await looking.look()
    assert looking.failing == 0
    letters = [row for row in house.read(notices) if row["case"] == case.id and row["person"] == OPERATOR]
    (letter,) = [row for row in letters if "fails again and again" in row["subject"]]
    assert re.search(r"event \d+, workflow worker unhandled failure", letter["body"]), letter["body"]
    assert "accord admin reset" in letter["body"]
    assert "a bug" not in letter["body"]  # what a program says when it fails may quote anything
