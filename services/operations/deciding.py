"""What operators say of an operation, within one transaction: asked for, confirmed, rejected; or why not."""

from typing import Any

from activities.case import cases, request
from activities.case.cases import CaseRow
from activities.operations import operation as operations
from models.case.confirmation import Step
from models.case.effects import Effect, Tells
from models.case.rule import Broken, CaseRule
from models.operations import letters
from models.operations.operation import OPERATIONS, Operation, OperationOrder, Task, Waiting
from models.operations.rule import OperationsRule
from models.people.asking import Confirmation, Withdrawal
from models.people.person import Person
from services.case.acts import Act
from services.operations.independence import operator_of

Found = Task | Broken | None
"""What the engine has of an operation: where a reset goes to, why it cannot be, or nothing to say."""


class Deciding:
    """What somebody says of an operation, in the transaction of their act."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.connection = act.connection

    def ask(self, order: OperationOrder, wanted: Operation, found: Found) -> Waiting | Broken:
        """Ask for an operation, or confirm what another subject asked for in the same words."""
        row, actor = self._may(order.case, order.actor)
        if isinstance(actor, Broken):
            return actor
        if isinstance(found, Broken):
            return found
        same = [one for one in self._waiting() if one.operation == wanted]
        if confirmed := next((one for one in same if one.confirmed_by), None):
            return Broken(OperationsRule.CONFIRMED, f"({confirmed.number})")
        weighed = request.weigh(self.connection, wanted.asked(), actor, self.act.at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED or not same:
            return self._ask_for(row, order, wanted)
        return self._confirmed(row, same[-1], order, found)

    def confirm(self, asked: Confirmation, found: Found) -> Waiting | Broken:
        """Say the same as who asked. Where two have said so already, it is to be finished: by any operator
        who may.
        """
        there = operations.find(self.connection, asked.number, self.act.at)
        if there is None:
            return Broken(OperationsRule.UNKNOWN_OPERATION, f"({asked.number})")
        row, actor = self._may(there.operation.case, asked.actor)
        if isinstance(actor, Broken):
            return actor
        if there.confirmed_by:
            return there
        weighed = request.weigh(self.connection, there.operation.asked(), actor, self.act.at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED:  # whoever asked for it is in the directory no more
            return Broken(OperationsRule.UNKNOWN_OPERATION, f"({asked.number})")
        if isinstance(found, Broken):
            return found
        return self._confirmed(row, there, asked, found)

    def reject(self, asked: Withdrawal) -> int | Broken:
        """Have an operation wait no more; whoever asked for it withdraws it so. Its number on record."""
        there = operations.find(self.connection, asked.number, self.act.at)
        if there is None:
            return Broken(OperationsRule.UNKNOWN_OPERATION, f"({asked.number})")
        row, actor = self._may(there.operation.case, asked.actor)
        if isinstance(actor, Broken):
            return actor
        if there.confirmed_by:
            return Broken(OperationsRule.CONFIRMED, f"({there.number})")
        request.settle(self.connection, there.operation.asked())
        word = "withdrawn" if asked.actor == there.asked_by else "rejected"
        facts = {"of": there.number, "operation": there.operation.asked()}
        key = operations.steps(row["number"], there.number).ended
        return self._write(key, f"{there.operation.act} {word}", asked.reason, facts)

    # -- on record ----------------------------------------------------------------------------

    def _ask_for(self, row: CaseRow, order: OperationOrder, wanted: Operation) -> Waiting:
        number = self.act.number
        told = Tells(notice=letters.waits(number, wanted, order.actor, order.reason))
        key, action = f"{row['number']}:{OPERATIONS}:{number}:asked", f"{order.act} {request.ASKED_FOR}"
        seq = self._write(key, action, order.reason, {"operation": wanted.asked()}, told)
        request.put_down(self.connection, wanted.asked(), seq)
        return Waiting(seq, wanted, order.actor, self.act.at, order.reason)

    def _confirmed(
        self, row: CaseRow, there: Waiting, said: OperationOrder | Confirmation, found: Task | None
    ) -> Waiting | Broken:
        """The second yes. Who asked must be one who may to this day."""
        _, asker = self._may(there.operation.case, there.asked_by)
        if isinstance(asker, Broken):
            return asker
        request.settle(self.connection, there.operation.asked())
        facts = {"of": there.number, "operation": there.operation.asked(), "asked_by": there.asked_by}
        facts |= {"task": found._asdict()} if found else {}
        key = operations.steps(row["number"], there.number).confirmed
        self._write(key, f"{there.operation.act} confirmed", said.reason, facts)
        return there._replace(confirmed_by=said.actor, task=found)

    def _write(self, key: str, action: str, reason: str, facts: dict[str, Any], *effects: Effect) -> int:
        return self.act.write(self.act.entry(key, action, reason=reason, facts=facts, effects=effects)).seq

    def _waiting(self) -> list[Waiting]:
        return operations.waiting(self.connection, self.act.at)

    def _may(self, case: str, actor: str) -> tuple[Any, Person | Broken]:
        """The row of a case, and the operator; or what keeps them from operating on it."""
        row = cases.find(self.connection, case)
        if row is None:
            return None, Broken(CaseRule.UNKNOWN_CASE, f"({case})")
        return row, operator_of(self.connection, row, actor, self.act.at)
