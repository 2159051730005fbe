"""What operators say of an operation, within one transaction: asked for, confirmed, rejected; or why not."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.case import cases, record, request
from activities.case.cases import CaseRow
from activities.operations import operation as operations
from models.base import Message
from models.case.action import CaseAction
from models.case.confirmation import Step
from models.case.effects import Tells
from models.case.envelope import Belief
from models.case.record import Batch, Entry, Source
from models.case.rule import Broken, CaseRule
from models.operations import letters
from models.operations.operation import OPERATIONS, Operation, OperationOrder, Task, Waiting
from models.operations.rule import OperationsRule
from models.people.asking import Confirmation, Withdrawal
from models.people.person import Person
from services.operations.closing import source
from services.operations.independence import operator_of

Found = Task | Broken | None
"""What the engine has of an operation: where a reset goes to, why it cannot be, or nothing to say."""


class Deciding:
    """Operations within one transaction. Make one with the record locked."""

    def __init__(self, connection: Connection, belief: Belief, at: datetime) -> None:
        self.connection = connection
        self.belief = belief
        self.at = at

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
        weighed = request.weigh(self.connection, wanted.asked(), actor, self.at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED or not same:
            return self._ask_for(row, order, wanted)
        return self._confirmed(row, same[-1], order.actor, order.reason, found)

    def confirm(self, asked: Confirmation, found: Found) -> Waiting | Broken:
        """Say the same as who asked. Where two have said so already, it is to be finished: by any operator
        who may.
        """
        there = operations.find(self.connection, asked.number, self.at)
        if there is None:
            return Broken(OperationsRule.UNKNOWN_OPERATION, f"({asked.number})")
        row, actor = self._may(there.operation.case, asked.actor)
        if isinstance(actor, Broken):
            return actor
        if there.confirmed_by:
            return there
        weighed = request.weigh(self.connection, there.operation.asked(), actor, self.at)
        if isinstance(weighed, Broken):
            return weighed
        if weighed.step is Step.ASKED:  # whoever asked for it is in the directory no more
            return Broken(OperationsRule.UNKNOWN_OPERATION, f"({asked.number})")
        if isinstance(found, Broken):
            return found
        return self._confirmed(row, there, asked.actor, asked.reason, found)

    def reject(self, asked: Withdrawal) -> int | Broken:
        """Have an operation wait no more; whoever asked for it withdraws it so. Its number on record."""
        there = operations.find(self.connection, asked.number, self.at)
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
        fields = {"actor": asked.actor, "reason": asked.reason, "facts": facts}
        key = operations.steps(row["number"], there.number).ended
        return self._write(row, f"{there.operation.act} {word}", key, **fields)

    def refuse(self, case: str, message: Message, broken: Broken) -> int:
        """Put a refusal on record; its number."""
        number = case.partition("/")[0]
        row = cases.find(self.connection, case)
        entry = Entry(
            key=f"{number}:{OPERATIONS}:refused:{record.lock(self.connection) + 1}",
            stage=OPERATIONS,
            action=CaseAction.REFUSED,
            actor=getattr(message, "actor", ""),
            attested=self.belief.attested,
            at=self.at,
            rule=broken.rule,
            reason=broken.text,
            facts={"message": message.content()},
        )
        unknown = Source(case=number, workflow_id="", run_id="", rules="")
        batch = Batch(source=source(row) if row else unknown, entries=(entry,))
        return record.write(self.connection, batch)[0].seq

    # -- on record ----------------------------------------------------------------------------

    def _ask_for(self, row: CaseRow, order: OperationOrder, wanted: Operation) -> Waiting:
        number = record.lock(self.connection) + 1
        told = Tells(notice=letters.waits(number, wanted, order.actor, order.reason))
        fields = {"actor": order.actor, "reason": order.reason, "facts": {"operation": wanted.asked()}}
        key = f"{row['number']}:{OPERATIONS}:{number}:asked"
        action = f"{order.act} {request.ASKED_FOR}"
        seq = self._write(row, action, key, effects=(told,), **fields)
        request.put_down(self.connection, wanted.asked(), seq)
        return Waiting(seq, wanted, order.actor, self.at, order.reason)

    def _confirmed(
        self, row: CaseRow, there: Waiting, actor: str, reason: str, found: Task | None
    ) -> Waiting | Broken:
        """The second yes. Who asked must be one who may to this day."""
        _, asker = self._may(there.operation.case, there.asked_by)
        if isinstance(asker, Broken):
            return asker
        request.settle(self.connection, there.operation.asked())
        facts = {"of": there.number, "operation": there.operation.asked(), "asked_by": there.asked_by}
        facts |= {"task": found._asdict()} if found else {}
        key = operations.steps(row["number"], there.number).confirmed
        fields = {"actor": actor, "reason": reason, "facts": facts}
        self._write(row, f"{there.operation.act} confirmed", key, **fields)
        return there._replace(confirmed_by=actor, task=found)

    def _write(self, row: CaseRow, action: str, key: str, **more: Any) -> int:
        known = {"stage": OPERATIONS, "action": action, "key": key, "at": self.at}
        entry = Entry(attested=self.belief.attested, **known | more)
        (receipt,) = record.write(self.connection, Batch(source=source(row), entries=(entry,)))
        return receipt.seq

    def _waiting(self) -> list[Waiting]:
        return operations.waiting(self.connection, self.at)

    def _may(self, case: str, actor: str) -> tuple[Any, Person | Broken]:
        """The row of a case, and the operator; or what keeps them from operating on it."""
        row = cases.find(self.connection, case)
        if self.belief.refused:
            return row, Broken(self.belief.refused)
        if row is None:
            return None, Broken(CaseRule.UNKNOWN_CASE, f"({case})")
        return row, operator_of(self.connection, row, actor, self.at)
