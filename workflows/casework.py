"""What a partnership, its study and its agreement share: a journal, one open gate, and messages.

Nothing here knows a stage. A workflow opens a gate, rests until it is settled, and closes it; what
people send meanwhile is accepted or refused, and is on record before it is answered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.base import Message, digest
    from models.deadline import Consequence, Rung, Step
    from models.notice import Draft
    from models.partnership import Ending, GateRef, Stage, Standing, Status
    from models.person import ENGINE, holds_any
    from models.programme import Programme
    from models.record import Answer, Carried, Entry, GateKind, Opening, Receipt, Session, Source
    from models.rule import Rule
    from workflows.record import Journal


class Ended(Exception):
    """The study, the agreement or the whole case is over before its time."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.ending = Ending(status=status, reason=reason)


class ToGate(Protocol):
    """Any message that a person addresses to a gate."""

    @property
    def gate(self) -> str: ...
    @property
    def actor(self) -> str: ...
    def digest(self) -> str: ...
    def content(self) -> dict[str, Any]: ...


class Casework:
    """The machinery of a case; the procedure is in the subclasses."""

    def __init__(self, case: str, programme: Programme, standing: Standing, carried: Carried) -> None:
        info = workflow.info()
        self.case = case
        self.programme = programme
        self.standing = standing
        self.closed = False
        self.journal = Journal(
            Source(case=case, workflow_id=info.workflow_id, run_id=info.run_id, rules=programme.digest())
        )
        self.session = carried.session
        self._being_opened = ""
        self._past = list(carried.past)
        self._refusals = carried.refusals
        self._entry_of = dict.fromkeys(carried.answers, "")
        self._answers = dict(carried.answers)
        self._by_signal: dict[str, tuple[type[Any], Callable[[Any], Awaitable[Answer]]]] = {}

    # -- resting ------------------------------------------------------------------------------

    def interrupted(self) -> bool:
        """Whether the procedure must be left at the next rest."""
        return False

    def interrupt(self) -> None:
        """Leave the procedure, by raising."""

    async def rest(self, done: Callable[[], bool]) -> None:
        """Put everything on record, then wait until ``done``.

        What a message changes is not written before its consequences are known: when it makes
        ``done`` true, its entry waits for the next rest and is written with what follows from it.
        """
        while True:
            await self.journal.flush()
            self.interrupt()
            if done():
                return
            if self.should_renew():
                await self._renew(done)
            await workflow.wait_condition(lambda: done() or self.interrupted() or bool(self.journal.pending))
            self.interrupt()
            if done():
                return

    def should_renew(self) -> bool:
        """Whether this is a good moment to continue as new: the history is long, nothing is half done."""
        return False

    def renew(self) -> None:
        """Continue as new, by raising."""

    async def _renew(self, done: Callable[[], bool]) -> None:
        await workflow.wait_condition(
            lambda: bool(self.journal.pending) or done() or workflow.all_handlers_finished()
        )
        if not self.journal.pending and not done() and not self.interrupted():
            self.renew()

    async def write(self, entry: Entry) -> Receipt:
        """Put ``entry`` on record now, with whatever is waiting, and return its receipt."""
        self.journal.add(entry)
        await self.journal.flush()
        return await self.journal.receipt(entry.key)

    # -- gates --------------------------------------------------------------------------------

    async def open(self, opening: Opening, entry: Entry) -> Receipt | None:
        """Open a gate, as an effect of ``entry``. The receipt says if its transfer was refused.

        None: the gate is open already, carried over from an earlier run.
        """
        if self.session and self.session.opening.id == opening.id:
            return None
        asked = Draft(
            subject=f"{self.case}: {opening.question}",
            body=f"Gate {opening.id} waits for you.\n\n{opening.question}\n\naccord inbox",
            roles=opening.roles,
            persons=opening.persons,
        )
        effects = {"key": f"{opening.id}:opened", "opens": opening, "notices": (*entry.notices, asked)}
        opened = entry.model_copy(update=effects)
        self._being_opened = opening.id
        receipt = await self.write(opened)
        if receipt.opened:
            self.session = Session(opening=opening, opened=receipt.opened)
        self.seat()
        self._being_opened = ""
        return receipt

    def seat(self) -> None:
        """Make the gate that was just opened ready for messages."""

    async def sit(self, settled: Callable[[], bool]) -> Consequence | None:
        """Rest until the open gate is settled. When its deadline passes first, say what that means."""
        while self.session:
            step = self.session.opened.ladder[self.session.rung]
            if await self._settled_before(step, settled):
                return None
            if step.rung is Rung.CONSEQUENCE:
                return self.session.opening.terms.consequence
            self._climb(step)
        return None

    async def _settled_before(self, step: Step, settled: Callable[[], bool]) -> bool:
        wait = max(step.at - workflow.now(), timedelta())
        alarm = asyncio.create_task(workflow.sleep(wait, summary=f"{step.rung}: {self._open_id()}"))
        try:
            await self.rest(lambda: settled() or alarm.done())
        finally:
            alarm.cancel()
        return settled()

    def _climb(self, step: Step) -> None:
        """Remind, or call in the next role, and wait for the following rung."""
        assert self.session
        opening, rung = self.session.opening, self.session.rung
        escalating = step.rung is Rung.ESCALATE
        told = (opening.terms.escalate_to,) if escalating else opening.roles
        self.session = self.session.model_copy(update={"rung": rung + 1})
        if escalating:
            self.escalate(opening.terms.escalate_to)
        self.note(
            "escalated" if escalating else "reminded",
            key=f"{opening.id}:{step.rung}:{rung}",
            facts={"to": list(told), "due": step.at.isoformat()},
            notices=(
                Draft(
                    subject=f"{self.case}: {'overdue' if escalating else 'reminder'}, {opening.question}",
                    body=f"Gate {opening.id} is waiting.\n\naccord inbox",
                    roles=told,
                    persons=opening.persons,
                ),
            ),
        )

    def escalate(self, role: str) -> None:
        """What a deadline adds to the open gate when it calls in ``role``."""

    def close(self, outcome: str, **more: Any) -> None:
        """Close the open gate; the entry is written with what follows from it."""
        assert self.session
        opening, self.session = self.session.opening, None
        self._past.append(opening.id)
        self.note(
            f"{opening.kind} {outcome}",
            key=f"{opening.id}:closed",
            closes={opening.id: outcome},
            content_hash=opening.content_hash,
            **more,
        )

    def opening(self, kind: GateKind, name: str, round_: int, **more: Any) -> Opening:
        """A gate of this case, over the content ``subject``."""
        return Opening(
            id=f"{self.case}:{name}:{round_}",
            kind=kind,
            content_hash=digest(more["subject"]),
            zone=self.programme.zone,
            **more,
        )

    def note(self, action: str, **more: Any) -> None:
        """Have something that happened put on record with the next rest."""
        self.journal.add(self.entry(action, **more))

    def entry(self, action: str, **more: Any) -> Entry:
        """An entry of this case; its key is by default ``{case}:{stage}:{round}:{action}``."""
        round_ = more.get("round", 0)
        fields = {"key": f"{self.case}:{self.standing.stage}:{round_}:{action}", "actor": ENGINE} | more
        return Entry(stage=self.standing.stage, action=action, at=self.now(), **fields)

    def now(self) -> datetime:
        """The time of the server, the only one that counts."""
        return workflow.now()

    # -- messages -----------------------------------------------------------------------------

    def _open_id(self) -> str:
        return self.session.opening.id if self.session else ""

    def known(self, gate: str) -> bool:
        """Whether ``gate`` names something of this case; if not, a message to it is none at all."""
        try:
            ref = GateRef.parse(gate)
            passed = ref.stage is Stage.PROPOSAL or ref.stage.before(self.standing.stage)
            return ref.case == self.case and (passed or self._seen(ref.name))
        except ValueError:
            return False

    def _seen(self, name: str) -> bool:
        return any(
            GateRef.parse(gate).name == name
            for gate in (*self._past, self._open_id(), self._being_opened)
            if gate
        )

    def turn_away(self, gate: str) -> None:
        """Refuse what is no decision at all. It leaves no trace in the history, so it is logged."""
        rule = Rule.CASE_CLOSED if self.closed else None if self.known(gate) else Rule.UNKNOWN_GATE
        if rule:
            workflow.logger.warning("turned away", extra={"rule": rule, "gate": gate})
            raise ApplicationError(rule.text, type=rule, non_retryable=True)

    def misplaced(self, gate: str, kind: GateKind) -> Rule | None:
        """Why a message of this kind cannot go to ``gate`` now, or None."""
        if self.session and gate == self.session.opening.id:
            return None if self.session.opening.kind is kind else Rule.UNKNOWN_GATE
        same = self.session and GateRef.parse(gate).name == GateRef.parse(self._open_id()).name
        return Rule.WRONG_ROUND if same else Rule.STAGE_OVER

    def may_work(self, message: ToGate, kind: GateKind) -> Rule | None:
        """Why this person may not do this piece of work now, or None."""
        if rule := self.misplaced(message.gate, kind):
            return rule
        assert self.session
        opening, opened = self.session.opening, self.session.opened
        called_in = any(step.rung is Rung.ESCALATE for step in opened.ladder[: self.session.rung])
        roles = (*opening.roles, opening.terms.escalate_to) if called_in else opening.roles
        allowed = message.actor in opening.persons or holds_any(opened.roster, message.actor, roles)
        return None if allowed else Rule.ROLE_NOT_HELD

    async def handle(
        self, message: Any, judge: Callable[[], Rule | None], accept: Callable[[], Entry]
    ) -> Answer:
        """Judge ``message``; accept it or refuse it; answer when that is on record.

        ``judge`` and ``accept`` run with no await between them, so no other message can slip in.
        The same message again changes nothing and gets the first answer.
        """
        if self._being_opened:  # whoever is quicker than our own receipt of the opening waits for it
            await workflow.wait_condition(lambda: not self._being_opened)
        seal = message.digest()
        if seal not in self._entry_of:
            if rule := judge():
                return await self._refuse(message, rule)
            entry = accept()
            self._entry_of[seal] = entry.key
            self.journal.add(entry)
        if seal not in self._answers:
            receipt = await self.journal.receipt(self._entry_of[seal])
            self._answers.setdefault(seal, self._answer(receipt.seq, None, "On record."))
        return self._answers[seal]

    async def _refuse(self, message: Any, rule: Rule) -> Answer:
        where = getattr(message, "gate", self.case)
        return await self.refuse(where, message.actor, rule, message.content())

    async def refuse(self, where: str, actor: str, rule: Rule, content: Any) -> Answer:
        """Put a refusal on record; nothing else changes."""
        self._refusals += 1
        entry = self.entry(
            "refused",
            key=f"{where}:refused:{self._refusals}:{digest(content)[:12]}",
            actor=actor,
            rule=rule,
            reason=rule.text,
            facts={"message": content},
        )
        self.journal.add(entry)
        receipt = await self.journal.receipt(entry.key)
        return self._answer(receipt.seq, rule, rule.text)

    def _answer(self, seq: int, rule: Rule | None, message: str) -> Answer:
        return Answer(accepted=rule is None, seq=seq, rule=rule, message=message, standing=str(self.standing))

    def by_signal(self, name: str, model: type[Message], handler: Callable[[Any], Awaitable[Answer]]) -> None:
        """Take messages of this name by signal, too."""
        self._by_signal[name] = (model, handler)

    @workflow.signal(dynamic=True)
    async def any_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """The messages again, for who cannot send an update. Whatever arrives is recorded, and
        whatever is wrong with it: an exception here would stop the case until an engineer comes.
        """
        model, handler = self._by_signal.get(name, (None, None))
        if model is None or handler is None:
            await self.refuse(self.case, ENGINE, Rule.UNKNOWN_MESSAGE, {"signal": name[:200]})
            return
        try:
            (value,) = args
            message = workflow.payload_converter().from_payload(value.payload, model)
            self.turn_away(address(message))
        except ApplicationError as error:
            await self.refuse(self.case, message.actor, Rule(cast(str, error.type)), message.content())
        except Exception as error:  # whatever the converter raises on garbage
            await self.refuse(self.case, ENGINE, Rule.MALFORMED, {"signal": name, "why": _short(error)})
        else:
            await handler(message)

    # -- leaving ------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Take no more messages, answer those under way, and leave nothing unwritten."""
        self.closed = True
        await self.journal.flush()
        while not workflow.all_handlers_finished():
            await workflow.wait_condition(
                lambda: bool(self.journal.pending) or workflow.all_handlers_finished()
            )
            await self.journal.flush()

    def carried(self) -> Carried:
        """What the next run must know."""
        return Carried(
            session=self.session,
            past=tuple(self._past),
            refusals=self._refusals,
            answers=self._answers,
        )


def address(message: Any) -> str:
    """The gate a message goes to; one for the case as a whole goes to its proposal."""
    return getattr(message, "gate", None) or f"{message.case}:{Stage.PROPOSAL}:0"


def _short(error: Exception) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {cause}".partition(" [type=")[0][:300]
