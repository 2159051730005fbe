"""What operators ask for: a workflow reset, terminated, cancelled. Two of them say so, on record, and only
then does it happen; whoever confirms again finishes what a crash has left half done.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine as Database

from activities.case import cases
from activities.operations import operation as operations
from models.case.envelope import Belief
from models.case.rule import Broken
from models.operations.operation import OPERATIONS, Operation, OperationOrder, Task, Waiting
from models.people.asking import Confirmation, Withdrawal
from services.case.acts import Acts, Asked
from services.case.cases import Refused
from services.operations.carrying_out import CarryingOut
from services.operations.deciding import Deciding, Found
from services.operations.engine import Engine

T = TypeVar("T", Waiting, int)
Asking = OperationOrder | Confirmation | Withdrawal
UNKNOWN = OPERATIONS
"""What the record has for a case where an operation is named that nobody has asked for."""


class Said(NamedTuple):
    """What became of what an operator said: it waits for a second one, or is done; its number on record."""

    operation: Operation
    done: bool
    seq: int


class Operators:
    """Takes what operators say. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Database, belief: Belief, engine: Engine) -> None:
        self._database = database
        self._acts = Acts(database, belief)
        self._work = CarryingOut(database, engine)

    async def ask(self, order: OperationOrder) -> Said:
        """Ask for an operation; the same words from a second operator carry it out. Refused: why not."""
        found = await self._work.look(order.act, order.case, order.event)
        fixed = found if order.event and isinstance(found, Task) else None
        known = {"run": fixed.run, "event": fixed.event} if fixed else {}
        wanted = Operation(act=order.act, case=order.case, **known)
        return await self._done(order.case, order, lambda one: one.ask(order, wanted, found))

    async def confirm(self, asked: Confirmation) -> Said:
        """Say the same as who asked, and carry it out; or finish what two have said. Refused: why not."""
        there = self._find(asked.number)
        found: Found = None
        if there and not there.confirmed_by:
            of = there.operation
            to = Task(of.run, of.event) if of.run and of.event else None
            found = await self._work.look(of.act, of.case, to)
        case = there.operation.case if there else UNKNOWN
        return await self._done(case, asked, lambda one: one.confirm(asked, found))

    def reject(self, asked: Withdrawal) -> int:
        """Have an operation wait no more; its number on record. Refused: why not."""
        there = self._find(asked.number)
        case = there.operation.case if there else UNKNOWN
        return self._on_record(case, asked, lambda one: one.reject(asked))

    async def _done(self, case: str, message: Asking, act: Callable[[Deciding], Waiting | Broken]) -> Said:
        one = await asyncio.to_thread(self._on_record, case, message, act)
        if one.confirmed_by is None:
            return Said(one.operation, False, one.number)
        done = await self._work.carry_out(one)
        if done.broken:
            raise Refused(done.broken.rule, done.broken.detail, done.seq)
        return Said(one.operation, True, done.seq)

    def _find(self, number: int) -> Waiting | None:
        with self._database.connect().execution_options(readonly=True) as connection:
            return operations.find(connection, number, datetime.now(UTC))

    def _on_record(self, case: str, message: Asking, decide: Callable[[Deciding], T | Broken]) -> T:
        return self._acts.carry_out(self._asked(case, message), lambda act: decide(Deciding(act)))

    def _asked(self, case: str, message: Asking) -> Asked:
        with self._database.connect().execution_options(readonly=True) as connection:
            row = cases.find(connection, case)
        facts = {"message": message.content()}
        if row is None:
            return Asked(case.partition("/")[0], OPERATIONS, message.actor, facts, "")
        return Asked(row["number"], OPERATIONS, message.actor, facts, row["workflow_id"], row["id"])
