"""What the three workflows of own shape have in common: they rest, write in one place, and answer."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ParentClosePolicy

from bench.answers import Answers
from bench.payload import asking, closing, entry, moving, opening, paying, sent, wanted
from models.agreement.agreement import Signature, Text
from models.base import Message
from models.case.approval import Decision
from models.case.case import Case, Ending
from models.case.conclusion import ConclusionWanted
from models.case.effects import Effect
from models.case.gate import GateRef
from models.case.record import Answer, Batch, Entry, Source
from models.case.rights import Asked, Rights
from models.partnership.programme import PartnershipTerms
from models.study.study import Award, Delivery

_STAGE = SearchAttributeKey.for_keyword("AccordStage")
_STATUS = SearchAttributeKey.for_keyword("AccordStatus")
_TAKEN: dict[str, type[Message]] = {
    "decide": Decision,
    "award": Award,
    "deliver": Delivery,
    "table": Text,
    "sign": Signature,
}
_SHORT = timedelta(seconds=3)

T = TypeVar("T")


class ShapeCase:
    """Opens gates one after the other; what is decided is written with what follows."""

    def __init__(self, case: Case) -> None:
        info = workflow.info()
        self.case = case
        self._source = Source(
            case=case.number,
            id=case.id,
            workflow_id=info.workflow_id,
            run_id=info.run_id,
            rules=case.rules,
        )
        self.terms: PartnershipTerms
        self._open = ""
        self._votes = 0
        self._nudges = 0
        self._pending: list[Entry] = []
        self._written: set[str] = set()
        for name, model in _TAKEN.items():
            self._take(name, model)
        workflow.set_dynamic_signal_handler(self._nudge)

    def _take(self, name: str, model: type[Message]) -> None:
        async def on_update(message: Any) -> Answer:
            return await self._answered(name, message)

        def turn_away(message: Any) -> None:
            if GateRef.parse(message.gate).case != self.case.number:
                raise ApplicationError("another case", non_retryable=True)

        on_update.__annotations__ = {"message": model, "return": Answer}
        turn_away.__annotations__ = {"message": model, "return": None}
        workflow.set_update_handler(name, on_update, validator=turn_away)

    async def load(self) -> None:
        """Ask for the terms of the programme. Own shape always reads those of a partnership."""
        question = wanted(self.case, self._source.workflow_id, PartnershipTerms)
        found = await workflow.execute_local_activity_method(
            Answers.terms, question, schedule_to_close_timeout=_SHORT
        )
        self.terms = PartnershipTerms.model_validate(found.terms)

    async def open_each(self, gates: Sequence[tuple[str, int]], paid: bool = False) -> None:
        """Open each gate and wait for so many messages at it; where it is ``paid``, after acceptances."""
        for name, votes in gates:
            await self.open(name, votes)
            if paid and not name.endswith(("-delivery", ".award")):
                for step in ("tranche", "tranche:paid"):
                    key = f"{self.case.number}:{name}:{step}"
                    self.note(key, *paying(key))

    async def open(self, name: str, votes: int, show: str = "") -> None:
        """Open a gate, with an alarm for its deadline, and wait for so many messages."""
        gate = f"{self.case.number}:{name}:1"
        self.note(f"{gate}:opened", *opening(gate, self.case, self.terms))
        await self.write()
        self._open, self._votes = gate, 0
        if show:
            self.show(show)
        alarm = asyncio.create_task(workflow.sleep(timedelta(days=20), summary=f"remind: {gate}"))
        while self._votes < votes:
            await self.write()
            await workflow.wait_condition(lambda: self._votes >= votes or bool(self._pending))
        alarm.cancel()
        self._open = ""
        self.note(f"{gate}:closed", *closing(gate))

    async def carry(self, workflow_name: str, start: Message, name: str) -> None:
        """A child with a life of its own: asked about before and after, known to be over by its signal."""
        self.note(f"{self.case.number}:{name}:1:opened", *moving())
        await self.write()
        self.show(name)
        await self._ask_about(name)
        nudges = self._nudges
        child = await workflow.start_child_workflow(
            workflow_name,
            start,
            id=f"{workflow.info().workflow_id}/{name}",
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=f"{self.case.number}/{name}",
        )
        await workflow.wait_condition(lambda: self._nudges > nudges or child.done())
        await self._ask_about(name)

    async def _ask_about(self, name: str) -> None:
        question = ConclusionWanted(case=f"{self.case.number}/{name}")
        await workflow.execute_local_activity_method(
            Answers.conclusion, question, schedule_to_close_timeout=_SHORT
        )

    async def write(self) -> None:
        """Write what is waiting, in one activity."""
        while self._pending:
            batch = tuple(self._pending)
            await workflow.execute_activity_method(
                Answers.record,
                Batch(source=self._source, entries=batch),
                start_to_close_timeout=timedelta(seconds=30),
                summary=", ".join(e.action for e in batch)[:190],
            )
            del self._pending[: len(batch)]
            self._written.update(e.key for e in batch)

    async def finish(self) -> Ending:
        """Write the rest, answer whoever waits, and tell the parent."""
        self.note(f"{self.case.id}:closed", *moving(closes=True))
        await self.write()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if parent := workflow.info().parent:
            await workflow.get_external_workflow_handle(parent.workflow_id).signal("concluded")
        return Ending(status="concluded", reason="The project is launched.")

    def show(self, stage: str) -> None:
        """Upsert the attributes that lists filter by."""
        workflow.upsert_search_attributes([_STAGE.value_set(stage), _STATUS.value_set("open")])

    def note(self, key: str, *effects: Effect) -> None:
        """Have something written."""
        self._pending.append(entry(key, workflow.now(), *effects))

    async def _nudge(self, _name: str, _args: Sequence[RawValue]) -> None:
        self._nudges += 1

    async def _answered(self, name: str, message: Any) -> Answer:
        """Ask for the rights of its actor, count the message; answer when it is written."""
        await self._rights_of(message.actor)
        await workflow.wait_condition(lambda: self._open == message.gate)
        self._votes += 1
        key = f"{message.gate}:vote:{message.actor}"
        self._pending.append(sent(key, workflow.now(), name, message.actor, message.content()))
        await workflow.wait_condition(lambda: key in self._written)
        return Answer(
            accepted=True,
            seq=1000,
            message="On record.",
            standing="review/open",
            name=name,
            answers=message.digest(),
            actor=message.actor,
        )

    async def _rights_of(self, actor: str) -> Rights:
        asked: Asked = asking(self.case, self.terms, actor, workflow.now())
        return await workflow.execute_local_activity_method(
            Answers.rights, asked, schedule_to_close_timeout=_SHORT
        )
