"""Changes of the directory on their way into force: asked for, confirmed, carried out, withdrawn."""

from typing import Any, NamedTuple

from activities.case import request
from activities.people import delegation, directory
from models.base import digest
from models.case.confirmation import Step
from models.case.effects import Effect, Tells
from models.case.record import ENGINE, Entry
from models.case.rule import Broken
from models.people import letters
from models.people.change import Change, ChangeKind, InForce
from models.people.delegation import DIRECTORY
from models.people.guard import REGISTRAR, beneficiaries
from models.people.outcome import carried_out, effects, fits
from models.people.person import Person
from models.people.rule import PeopleRule
from services.case.acts import Act


class Done(NamedTuple):
    """What became of a change: in force, or waiting for a second person; its number on record.

    ``broken`` says why this person can neither ask for it nor confirm it.
    """

    change: Change
    in_force: bool
    seq: int = 0
    broken: Broken | None = None


class Changing:
    """Changes that are parts of one act. ``actor`` None: a file asks, nobody in person."""

    def __init__(self, act: Act, now: InForce, actor: Person | None = None, reason: str = "") -> None:
        self.act = act
        self.connection = act.connection
        self.at = act.at
        self.now = now
        self.actor = actor
        self.reason = reason

    def ask(self, change: Change) -> Done:
        """Ask for a change, or confirm what another subject asked for."""
        if self.actor is None:
            return self._ask_for(change) if not self._asked(change) else Done(change, False)
        if self.actor.who in beneficiaries(change, self.now):
            return Done(change, False, broken=Broken(PeopleRule.BENEFITS, f"({self.actor.id})"))
        weighed = request.weigh(self.connection, change.content(), self.actor, self.at)
        if isinstance(weighed, Broken):
            return Done(change, False, broken=weighed)
        if not fits(self.now, change):
            return Done(change, False, broken=Broken(PeopleRule.STALE_CHANGE, f"({change})"))
        if weighed.step is Step.CONFIRMED:
            return self.carry_out(change, weighed.request.actor)
        if self._alone(change):
            return self.carry_out(change, ENGINE)
        return self._ask_for(change)

    def _asked(self, change: Change) -> bool:
        """Whether it waits already, whoever asked for it."""
        there = directory.waiting(self.connection, self.at)
        return any(one.change == change for one in there)

    def _alone(self, change: Change) -> bool:
        """Whether the file and the only registrar are the two: else there would never be a second one."""
        registrar = REGISTRAR in (change.before.get("role"), change.after.get("role"))
        return registrar and len(self.now.holders(REGISTRAR, self.at.date())) == 1 and self._asked(change)

    def _ask_for(self, change: Change) -> Done:
        told = Tells(notice=letters.waits(self.act.number, change, self.now))
        seq = self._write(change, f"{change.kind} asked for", (told,))
        request.put_down(self.connection, change.content(), seq)
        return Done(change, False, seq)

    def carry_out(self, change: Change, asked_by: str | None = None) -> Done:
        """Put a change in force, and tell those who are waited for because of it."""
        then = carried_out(self.now, change, self.at)
        more = self._those_concerned(change)
        facts = {"asked_by": asked_by} if asked_by else {}
        seq = self._write(change, change.kind, (*effects(change, then, self.at), *more), facts)
        request.settle(self.connection, change.content())
        self.now = then
        return Done(change, True, seq)

    def withdraw(self, change: Change, actor: str, reason: str) -> int:
        """Ask for a change no more."""
        request.settle(self.connection, change.content())
        entry = self._entry(change, f"{change.kind} withdrawn", actor).model_copy(update={"reason": reason})
        return self.act.write(entry).seq

    def _those_concerned(self, change: Change) -> tuple[Tells, ...]:
        """Letters to whoever can act where somebody can act no more."""
        if change.kind not in (ChangeKind.PERSON_ENDED, ChangeKind.ROLE_ENDED):
            return ()
        held = self.now.people[change.about].roles_on(self.at.date())
        roles = held if change.kind is ChangeKind.PERSON_ENDED else (str(change.before["role"]),)
        named = change.about if change.kind is ChangeKind.PERSON_ENDED else None
        gates = directory.open_gates(self.connection, roles, named)
        return (Tells(notice=letters.has_left(change.about, roles, gates)),) if gates else ()

    def _write(
        self, change: Change, action: str, effects: tuple[Effect, ...], facts: dict[str, Any] | None = None
    ) -> int:
        actor = self.actor.id if self.actor else ENGINE
        entry = self._entry(change, action, actor, facts).with_effects(*effects)
        revoked = self._revoked(change) if action == ChangeKind.PERSON_ENDED else ()
        return self.act.write(entry, *revoked).seq

    def _entry(self, change: Change, action: str, actor: str, facts: dict[str, Any] | None = None) -> Entry:
        key = f"{DIRECTORY}:{self.act.number}:{digest(change.content())[:12]}"
        said: dict[str, Any] = {"reason": self.reason, "facts": {"change": change.content()} | (facts or {})}
        if actor == ENGINE:
            said |= {"attested": None}
        return self.act.entry(key, action, actor=actor, **said)

    def _revoked(self, change: Change) -> tuple[Entry, ...]:
        """The delegations that end with somebody; the other one of the two is told."""
        who, found = change.about, delegation.of(self.connection, change.about)
        return tuple(
            self._entry(change, "delegation revoked", ENGINE, one.content())
            .model_copy(update={"key": f"{DIRECTORY}:{one.id}:revoked"})
            .with_effects(Tells(notice=letters.is_revoked(one.id, who, _other(one, who))))
            for one in found
        )


def _other(given: Any, who: str) -> str:
    return str(given.taker if given.giver == who else given.giver)
