"""A payment whose workflow was terminated: what was about to be sent cannot be sent any more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from activities.payment.sending import BankAnswer, Payments, fence, may_have_left
from models.payment.action import PaymentAction
from models.payment.bank import BankSays, Instruction
from tests.support.approved import CASE, KEY, approved, instruction
from tests.support.entries import entry


class Bank:
    """A bank that settles whatever it gets."""

    def __init__(self) -> None:
        self.has: list[str] = []

    def submit(self, asked: Instruction, _: str) -> BankAnswer:
        """It is paid."""
        self.has.append(asked.key)
        return BankAnswer(BankSays.SETTLED)

    def status(self, _: str) -> BankAnswer:
        """Nobody asks."""
        return BankAnswer(BankSays.UNKNOWN)


@pytest.fixture
def bank(database: Engine, tmp_path: Path) -> Bank:
    """Of a payment that the record has as being sent, and that nobody has begun to send."""
    sent = entry(f"{KEY}:1:1:sending", action=PaymentAction.SENT)
    approved(database, tmp_path).write(sent)
    return Bank()


def test_an_attempt_that_is_fenced_off_is_never_made(database: Engine, bank: Bank) -> None:
    with database.begin() as connection:
        fence(connection, CASE, KEY, datetime.now(UTC))
        assert not may_have_left(connection, KEY)
    said = Payments(database, bank).pay(instruction())
    assert (said.says, bank.has) == (BankSays.DOUBT, [])


def test_one_that_has_begun_may_have_left_and_stays(database: Engine, bank: Bank) -> None:
    assert Payments(database, bank).pay(instruction()).says is BankSays.SETTLED
    with database.begin() as connection:
        assert may_have_left(connection, KEY)
        fence(connection, CASE, KEY, datetime.now(UTC))
        assert may_have_left(connection, KEY)
    assert bank.has == [f"{KEY}:1"]
