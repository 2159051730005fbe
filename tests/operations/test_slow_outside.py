"""A bank and a mail server that never answer: whoever has business with them waits, and nobody else."""

import asyncio
import os
from pathlib import Path

import pytest

from models.payment.action import PaymentAction
from tests.support.house import Case
from tests.support.installation import unmanned
from tests.support.patience import eventually
from tests.support.paying import due
from tests.support.silent import Silent
from tests.support.worker_thread import working_in_a_thread

pytestmark = pytest.mark.engine

WAITING = 120 if "ACCORD_PROVE" in os.environ else 40
"""Payments that wait for the bank; a worker has 16 threads for decisions."""


async def ordered(case: Case) -> Case:
    """Asked for and approved: it is the bank's turn."""
    assert (await case.request("inception")).accepted
    await case.approve("study.inception-payment")
    return case


def being_sent(case: Case) -> bool:
    """Whether its payment is written down as being sent."""
    return PaymentAction.SENT in case.actions()


async def test_who_waits_for_a_silent_bank_keeps_no_decision_waiting(tmp_path: Path) -> None:
    with Silent().listening() as bank, Silent().listening() as post:
        async with unmanned(tmp_path / "home") as (house, address):
            there = {"bank_url": f"http://127.0.0.1:{bank.port}", "smtp_host": "127.0.0.1"}
            settings = house.settings.model_copy(update=there | {"smtp_port": post.port})
            with working_in_a_thread(address, settings):
                others = [await house.propose() for _ in range(3)]
                paid = await asyncio.gather(*[ordered(await due(house)) for _ in range(WAITING)])
                await eventually(lambda: all(map(being_sent, paid)), "the bank's turn everywhere")
                await eventually(lambda: post.calls, "a letter waits for the mail server")
                for case in others:
                    await case.approve("review")
                assert bank.calls < WAITING / 2, "most had not even called when the votes were answered"
                assert not [case for case in paid if PaymentAction.NOT_SENT in case.actions()]
                bank.hang_up()
                post.hang_up()
