"""What registrars do: confirm what waits in the directory, withdraw it, end somebody. On record, always."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine

from activities.people import directory, person
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.people.asking import Confirmation, Leaving, Withdrawal
from models.people.change import Change, ChangeKind, InForce
from models.people.delegation import DIRECTORY
from models.people.guard import REGISTRAR, takes_two
from models.people.person import Person
from models.people.rule import PeopleRule
from services.case.acts import Act, Acts, Asked
from services.people.changing import Changing, Done

Said = TypeVar("Said", Confirmation, Withdrawal, Leaving)


class Registrar:
    """Takes what registrars say. ``belief`` is what is believed of who says it."""

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._acts = Acts(database, belief)

    def confirm(self, asked: Confirmation) -> Done:
        """Say the same as who asked. Refused: why it takes somebody else, on record."""
        return self._handle(asked, _confirmed)

    def withdraw(self, asked: Withdrawal) -> Done:
        """Have a change not wait any more."""
        return self._handle(asked, _withdrawn)

    def end(self, asked: Leaving) -> Done:
        """End somebody at once; one of the last two registrars only with a second person."""
        return self._handle(asked, _ended)

    def _handle(self, said: Said, work: Callable[[Changing, Said], Done | Broken]) -> Done:
        asked = Asked(DIRECTORY, DIRECTORY, said.actor, {"message": said.content()})
        return self._acts.carry_out(asked, lambda act: _handled(act, said, work))


def _handled(act: Act, said: Said, work: Callable[[Changing, Said], Done | Broken]) -> Done | Broken:
    now = directory.in_force(act.connection)
    actor = person.find(act.connection, said.actor)
    if actor is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({said.actor})")
    if broken := _may(now, actor, act.at):
        return broken
    done = work(Changing(act, now, actor, said.reason), said)
    return done if isinstance(done, Broken) else done.broken or done


def _confirmed(work: Changing, said: Confirmation) -> Done | Broken:
    change = _waiting(work, said.number)
    return work.ask(change) if isinstance(change, Change) else change


def _withdrawn(work: Changing, said: Withdrawal) -> Done | Broken:
    change = _waiting(work, said.number)
    if isinstance(change, Broken):
        return change
    return Done(change, False, work.withdraw(change, said.actor, said.reason))


def _ended(work: Changing, said: Leaving) -> Done | Broken:
    if said.person not in work.now.people:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({said.person})")
    change = Change(kind=ChangeKind.PERSON_ENDED, about=said.person, before={}, after={})
    if takes_two(change, work.now, frozenset(), work.at.date()):
        return work.ask(change)
    return work.carry_out(change)


def _may(now: InForce, actor: Person, at: datetime) -> Broken | None:
    """What keeps somebody from acting as a registrar, or None."""
    registrars = now.holders(REGISTRAR, at.date())
    if actor.who in registrars:
        return None
    if not registrars:
        return Broken(PeopleRule.NO_REGISTRAR)
    return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {REGISTRAR}.")


def _waiting(work: Changing, number: int) -> Change | Broken:
    """The change that the entry with this number asks for, while it waits."""
    change = directory.asked_for(work.connection, number)
    there = [one.change for one in directory.waiting(work.connection, work.at)]
    return change if change in there and change else Broken(PeopleRule.UNKNOWN_CHANGE, f"({number})")
