"""Messages: judged without an await, put on record, then answered."""

from collections.abc import Callable
from typing import Any, Protocol

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.base import digest
    from models.case.deadline import Rung, day_in
    from models.case.record import Answer, Carried, Entry, GateKind, Receipt
    from models.case.rights import Asked, Capacity, Rights, may_do
    from models.case.rule import Broken, Rule
    from models.case.seat_assignment import taken_by_others
    from models.partnership.partnership import GateRef, Proposal, Stage, Standing
    from models.partnership.programme import Programme
    from workflows.case.gate import Gated
    from workflows.case.rights import TOKEN, rights


class ToGate(Protocol):
    """Any message that a person addresses to a gate."""

    @property
    def gate(self) -> str: ...
    @property
    def actor(self) -> str: ...
    def digest(self) -> str: ...
    def content(self) -> dict[str, Any]: ...


class Answering(Gated):
    """Casework that people send messages to. Whatever they send is accepted or refused, by name."""

    def __init__(
        self, proposal: Proposal, programme: Programme, standing: Standing, carried: Carried
    ) -> None:
        super().__init__(proposal, programme, standing, carried)
        self._refusals = carried.refusals
        self._entry_of = dict.fromkeys(carried.answers, "")
        self._answers = dict(carried.answers)

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

    def may_work(self, message: ToGate, kind: GateKind, actor: Rights) -> Broken | None:
        """Why this person may not do this piece of work now, or None."""
        if rule := self.misplaced(message.gate, kind):
            return Broken(rule)
        if broken := self.may_take(actor.actor):
            return broken
        assert self.session
        return Broken(Rule.CLAIMED) if taken_by_others(self.session.claims, actor.actor.who) else None

    def may_take(self, person: Capacity) -> Broken | None:
        """What keeps this person from the work that the open gate waits for, or None."""
        assert self.session
        opening, opened = self.session.opening, self.session.opened
        called_in = any(step.rung is Rung.ESCALATE for step in opened.ladder[: self.session.rung])
        roles = (*opening.roles, opening.terms.escalate_to) if called_in else opening.roles
        if person.person not in opening.persons and not set(person.roles) & set(roles):
            return Broken(Rule.ROLE_NOT_HELD)
        return may_do(person, opening.act, self.programme.duties) if opening.act else None

    async def handle(
        self,
        message: Any,
        judge: Callable[[Rights], Broken | None],
        accept: Callable[[], Entry],
        since: int = 0,
    ) -> Answer:
        """Judge ``message``; accept it or refuse it; answer when that is on record.

        The rights of its actor are read first; from then on nothing is awaited until it is accepted, so no
        other message can slip in. The same message again changes nothing and gets the first answer; where
        it may be meant anew, ``since`` counts what has superseded it.
        """
        seal = f"{message.digest()}:{since}"
        if seal not in self._entry_of:
            actor = await self.rights_of(message.actor, message)
            # whoever is quicker than our own receipt of the opening waits for it
            await workflow.wait_condition(lambda: not self._being_opened)
            if seal not in self._entry_of:
                if broken := Broken(Rule.CASE_CLOSED) if self.closed else judge(actor):
                    return await self._refuse(message, broken)
                self._take(seal, message, accept(), actor)
        if seal not in self._answers:
            receipt = await self.journal.receipt(self._entry_of[seal])
            self.received(receipt)
            self._answers.setdefault(seal, self._answer(receipt.seq, None))
        return self._answers[seal]

    def received(self, receipt: Receipt) -> None:
        """What an accepted message changes only once it is on record."""

    def _take(self, seal: str, message: Any, entry: Entry, actor: Rights) -> None:
        on_behalf_of = getattr(message, "on_behalf_of", None)
        known = {"attested": actor.attested, "on_behalf_of": on_behalf_of}
        self._entry_of[seal] = entry.key
        self.journal.add(entry.model_copy(update=known))

    async def rights_of(self, person: str, message: Any) -> Rights:
        """What ``person`` may bring to ``message``, of this case, now."""
        return await rights(
            Asked(
                case=self.case,
                actor=person,
                on_behalf_of=getattr(message, "on_behalf_of", None),
                day=day_in(self.programme.zone, self.now()),
                beneficiary=self.proposal.applicant,
                cooling_off_days=self.programme.cooling_off_days,
                message=message.digest(),
                token=TOKEN.get(),
            )
        )

    async def _refuse(self, message: Any, broken: Broken) -> Answer:
        where = getattr(message, "gate", self.case)
        behind = {"on_behalf_of": getattr(message, "on_behalf_of", None)}
        return await self.refuse(where, message.actor, broken, message.content(), **behind)

    async def refuse(self, where: str, actor: str, broken: Broken, content: Any, **more: Any) -> Answer:
        """Put a refusal on record; nothing else changes."""
        self._refusals += 1
        entry = self.entry(
            "refused",
            key=f"{where}:refused:{self._refusals}:{digest(content)[:12]}",
            actor=actor,
            rule=broken.rule,
            reason=broken.text,
            facts={"message": content},
            **more,
        )
        self.journal.add(entry)
        receipt = await self.journal.receipt(entry.key)
        return self._answer(receipt.seq, broken)

    def _answer(self, seq: int, broken: Broken | None) -> Answer:
        return Answer(
            accepted=broken is None,
            seq=seq,
            rule=broken.rule if broken else None,
            message=broken.text if broken else "On record.",
            standing=str(self.standing),
        )

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
