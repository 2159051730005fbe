"""Messages: registered once, taken as update and as signal; judged without an await, recorded, answered."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.base import Message, cleaned, digest
    from models.case.accepted import Accepted
    from models.case.case import BEGINS_AGAIN
    from models.case.deadline import day_in
    from models.case.envelope import FRESH_FOR
    from models.case.gate import GateRef
    from models.case.record import ENGINE, Answer, Entry, Receipt, Sent
    from models.case.rights import Asked, Capacity, Rights
    from models.case.rule import Broken, CaseRule, Rule
    from workflows.case.case import CaseFile
    from workflows.case.known_gates import KnownGates
    from workflows.case.refusals import Refusals
    from workflows.case.rights import ENVELOPE, rights
    from workflows.case.taken import FromSomebody, Outcome, Taken

M = TypeVar("M", bound=Message)

KEPT_ANSWERS = 200
"""So many receipts are remembered; older answers are read from the record."""


class Messages:
    """The messages that a case takes. Whatever arrives is accepted or refused, by name, on record."""

    def __init__(self, case: CaseFile[Any]) -> None:
        self.case = case
        self._by_name: dict[str, Taken] = {}
        self._hears: dict[str, Callable[[], None]] = {}
        self._accepted: OrderedDict[str, asyncio.Future[Receipt]] = OrderedDict()
        self._nonces: dict[str, datetime] = {}
        """Those of envelopes that came a short time ago; what an earlier run got is on record."""
        self._seals: set[str] = set()
        """All that this run has accepted, or taken over: none of it counts twice."""
        self.known_gates = KnownGates()
        self._later: dict[int, Accepted] = {}
        """What the record has as accepted, and whose turn has not come yet, by its number."""
        self.refusals = Refusals(case)
        case.terms.messages = self
        case.rerun.before_messages(self._apply_the_rest)
        workflow.set_dynamic_signal_handler(self._on_signal)

    def takes(
        self,
        name: str,
        model: type[M],
        judge: Callable[[M, Rights], Broken | None],
        accept: Callable[[M, Rights], Entry],
        *,
        since: Callable[[M], object] = lambda _: 0,
        about: Callable[[M], str | None] = lambda _: None,
        prepare: Callable[[M], Awaitable[None]] | None = None,
        restore: Callable[[M, Accepted], None] | None = None,
        anywhere: bool = False,
        of_case: bool = False,
    ) -> None:
        """Take messages of this name, as an update and as a signal."""
        taken = Taken(name, model, judge, accept, since, about, prepare, restore, anywhere, of_case)
        self._by_name[name] = taken

        async def on_update(message: Any) -> Answer:
            return await self._answered(taken, message)

        def turn_away(message: Any) -> None:
            if self.case.rerun.is_due:
                raise ApplicationError("Send it again.", type=BEGINS_AGAIN, non_retryable=True)
            self.turn_away(taken, message)

        on_update.__annotations__ = {"message": model, "return": Answer}
        turn_away.__annotations__ = {"message": model, "return": None}
        workflow.set_update_handler(name, on_update, validator=turn_away)

    @property
    def kept_by_case(self) -> tuple[str, ...]:
        """The names of messages that a new run takes over without their gates."""
        return tuple(one.name for one in self._by_name.values() if one.of_case or one.anywhere)

    def hears(self, name: str, nudge: Callable[[], None]) -> None:
        """Look again when a signal of this name comes. The record says what happened, not the signal."""
        self._hears[name] = nudge

    # -- what is no message to this case at all --------------------------------------------------

    def turn_away(self, taken: Taken, message: FromSomebody) -> None:
        """Refuse what is no message to this case at all; it leaves no trace in the history: it is logged."""
        if rule := self._not_ours(taken, message):
            workflow.logger.warning("turned away", extra={"rule": rule, "actor": message.actor})
            raise ApplicationError(rule.text, type=rule, non_retryable=True)

    def _not_ours(self, taken: Taken, message: FromSomebody) -> Rule | None:
        if self.case.closed:
            return CaseRule.CASE_CLOSED
        if self.refusals.are_too_many(message.actor, bool(ENVELOPE.get())):
            return CaseRule.TOO_MANY
        gate = getattr(message, "gate", None)
        if gate is None:
            ours = getattr(message, "case", None) == self.case.number
            return None if ours else CaseRule.UNKNOWN_GATE
        try:
            ref = GateRef.parse(gate)
        except ValueError:
            return CaseRule.UNKNOWN_GATE
        known = taken.anywhere or self.known_gates.knows(ref.name) or not self.case.rerun.settled
        return None if ref.case == self.case.number and known else CaseRule.UNKNOWN_GATE

    # -- taking a message ---------------------------------------------------------------------

    async def _answered(self, taken: Taken, message: Any) -> Answer:
        outcome = await self._take(taken, message)
        broken, brought = outcome.broken, outcome.brought
        receipt = self._refuse(message, broken, brought) if broken else outcome.receipt
        written = await asyncio.shield(receipt) if receipt else Receipt(key="", seq=outcome.seq)
        # what was accepted here can still be refused by the record: it is closed there, say
        rule = broken.rule if broken else written.rule
        return Answer(
            accepted=rule is None,
            seq=written.seq,
            rule=rule,
            message=broken.text if broken else written.detail if rule else "On record.",
            standing=str(self.case.standing),
            name=taken.name,
            answers=message.digest(),
            actor=message.actor,
            attested=brought is not None and brought.attested,
        )

    async def _take(self, taken: Taken, message: Any) -> Outcome:
        """Judge ``message`` and accept it, or say which rule it breaks.

        The rights of its actor are read first; from then on nothing is awaited until it is accepted, so no
        other message can slip in. The same message again changes nothing and gets the first answer.
        """
        with self.case.rerun.turns.of_one() as its_turn:
            await self.case.rerun.ready()
            await its_turn()
            seal = digest([taken.name, message.content(), taken.since(message)])
            if seal not in self._accepted:
                actor = await self._rights_of(taken.name, message, seal, taken.about(message))
                if taken.prepare:
                    await taken.prepare(message)
                # the engine gives a message that comes with a reset before it says that there was one
                await self.case.rerun.ready()
                await its_turn()
                await self.known_gates.opened(getattr(message, "gate", ""))
                if seal not in self._accepted:
                    return self._judged(taken, message, seal, actor)
            return Outcome(receipt=self._accepted[seal])

    def _judged(self, taken: Taken, message: Any, seal: str, actor: Rights) -> Outcome:
        if actor.answered is not None:
            return Outcome(seq=actor.answered, brought=actor)
        if refused := self._unbelievable(actor):
            return Outcome(Broken(refused))
        if broken := self._broken(taken, message, actor):
            return Outcome(broken, brought=actor)
        self._accept(taken, message, seal, actor)
        return Outcome(receipt=self._accepted[seal], brought=actor)

    def _unbelievable(self, actor: Rights) -> CaseRule | None:
        """Why nothing is to be believed of a message, whatever it says; or None. An envelope counts once."""
        if actor.refused or actor.nonce is None:
            return actor.refused
        now = self.case.now()
        self._nonces = {one: at for one, at in self._nonces.items() if now - at <= 2 * FRESH_FOR}
        if actor.nonce in self._nonces:
            return CaseRule.ENVELOPE_USED
        self._nonces[actor.nonce] = now
        return None

    def _broken(self, taken: Taken, message: Any, actor: Rights) -> Broken | None:
        rule = self._not_ours(taken, message)  # it can have come before anybody could tell
        return Broken(rule) if rule else taken.judge(message, actor)

    def _accept(self, taken: Taken, message: Any, seal: str, actor: Rights) -> None:
        entry = taken.accept(message, actor)
        known = {
            "attested": actor.attested,
            "nonce": actor.nonce,
            "on_behalf_of": getattr(message, "on_behalf_of", None),
            "sent": Sent(name=taken.name, seal=seal, message=message.content()),
        }
        self._seals.add(seal)
        self._accepted[seal] = self.case.journal.add(entry.model_copy(update=known))
        while len(self._accepted) > KEPT_ANSWERS and next(iter(self._accepted.values())).done():
            self._accepted.popitem(last=False)

    def apply(self, accepted: Accepted) -> None:
        """Take over a message that the record has as accepted: an earlier run took it."""
        if accepted.seal in self._seals:
            return
        self._seals.add(accepted.seal)
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        done.set_result(Receipt(key="", seq=accepted.seq))
        self._accepted[accepted.seal] = done
        taken = self._by_name[accepted.name]
        message = taken.model.model_validate(accepted.message)
        with self.case.as_of(accepted.at):
            if taken.restore:
                taken.restore(message, accepted)
                return
            actor = Capacity(person=message.actor, who=accepted.who, organisation="", roles=())
            taken.accept(message, Rights(actor=actor))

    async def take_over(self, found: Iterable[Accepted]) -> None:
        """Take over what an earlier run accepted: at once, or when its turn comes."""
        for accepted in found:
            taken = self._by_name[accepted.name]
            if not taken.anywhere:
                self.apply(accepted)
                continue
            if taken.prepare:
                await taken.prepare(taken.model.model_validate(accepted.message))
            self._later[accepted.seq] = accepted

    def apply_until(self, seq: int) -> bool:
        """Take over what was accepted before the entry ``seq``; whether there was anything."""
        turn = [number for number in sorted(self._later) if number < seq]
        for number in turn:
            self.apply(self._later.pop(number))
        return bool(turn)

    def _apply_the_rest(self) -> bool:
        return bool(self._later) and self.apply_until(max(self._later) + 1)

    async def _rights_of(self, act: str, message: FromSomebody, seal: str, about: str | None) -> Rights:
        """What the actor of ``message`` may bring to it, of this case, now."""
        rules = self.case.rules
        return await rights(
            Asked(
                case=self.case.number,
                actor=message.actor,
                on_behalf_of=getattr(message, "on_behalf_of", None),
                day=day_in(rules.zone, self.case.now()),
                parties=self.case.case.parties,
                cooling_off_days=rules.cooling_off_days,
                act=act,
                workflow=workflow.info().workflow_id,
                at=self.case.now(),
                message=message.digest(),
                seal=seal,
                about=about,
                envelope=ENVELOPE.get(),
            )
        )

    def _refuse(
        self, message: FromSomebody, broken: Broken, brought: Rights | None
    ) -> asyncio.Future[Receipt]:
        where = getattr(message, "gate", None) or self.case.number
        behind = getattr(message, "on_behalf_of", None)
        content = message.content()
        known: dict[str, Any] = {"on_behalf_of": behind}
        if brought:
            known |= {"nonce": brought.nonce, "attested": brought.attested}
        entry = self.refusals.entry(where, message.actor, broken, content, **known)
        return self.case.journal.add(entry)

    # -- signals ------------------------------------------------------------------------------

    async def _on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """The messages again, for who cannot send an update. Nobody waits for a receipt. Whatever arrives is
        recorded, and what is wrong with it: an exception here would stop the case until an engineer comes.
        """
        if nudge := self._hears.get(name):
            nudge()
            self.case.journal.moves += 1
            return
        taken = self._by_name.get(name)
        if taken is None:
            self._refuse_signal(Broken(CaseRule.UNKNOWN_MESSAGE), {"signal": cleaned(name, 200)})
            return
        try:
            (value,) = args
            message = workflow.payload_converter().from_payload(value.payload, taken.model)
            self.turn_away(taken, message)
        except ApplicationError as error:
            self._refuse_signal(Broken(CaseRule(cast(str, error.type))), message.content(), message.actor)
        except Exception as error:  # whatever the converter raises on garbage
            self._refuse_signal(Broken(CaseRule.MALFORMED), {"signal": name, "why": _short(error)})
        else:
            broken = (await self._take(taken, message)).broken
            if broken:
                self._refuse_signal(broken, message.content(), message.actor)

    def _refuse_signal(self, broken: Broken, content: dict[str, Any], actor: str = ENGINE) -> None:
        self.refusals.of_signal(content.get("gate") or self.case.number, actor, broken, content)


def _short(error: Exception) -> str:
    cause = error.__cause__ or error
    return cleaned(f"{type(cause).__name__}: {cause}".partition(" [type=")[0], 300)
