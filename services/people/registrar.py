"""What registrars do: confirm what waits in the directory, withdraw it, end somebody. On record, always."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from activities.case import record
from activities.people import directory, person
from models.case.record import Batch, Entry
from models.case.rule import Broken, CaseRule
from models.people.asking import Confirmation, Leaving, Withdrawal
from models.people.change import Change, ChangeKind, InForce
from models.people.delegation import DIRECTORY
from models.people.guard import REGISTRAR, takes_two
from models.people.person import Person
from models.people.rule import PeopleRule
from services.case.cases import Refused
from services.people.changing import SOURCE, Changing, Done

Asked = Confirmation | Withdrawal | Leaving


class Registrar:
    """Takes what registrars say. ``attested`` says whether the actor has proved who they are."""

    def __init__(self, database: Engine, attested: bool = False) -> None:
        self._database = database
        self._attested = attested

    def confirm(self, asked: Confirmation) -> Done:
        """Say the same as who asked. Refused: why it takes somebody else, on record."""
        return self._handle(asked, self._confirmed)

    def withdraw(self, asked: Withdrawal) -> Done:
        """Have a change not wait any more."""
        return self._handle(asked, self._withdrawn)

    def end(self, asked: Leaving) -> Done:
        """End somebody at once; one of the last two registrars only with a second person."""
        return self._handle(asked, self._ended)

    def _handle(self, asked: Asked, act: "Callable[[Changing, Person, Asked], Done | Broken]") -> Done:
        at = datetime.now(UTC)
        with self._database.begin() as connection:
            record.lock(connection)
            now = directory.in_force(connection)
            actor = person.find(connection, asked.actor)
            done: Done | Broken
            if actor is None:
                done = Broken(CaseRule.UNKNOWN_PERSON, f"({asked.actor})")
            else:
                work = Changing(connection, now, at, actor, self._attested, asked.reason)
                done = _may(now, actor, asked, at) or act(work, actor, asked)
            broken = done if isinstance(done, Broken) else done.broken
            if not broken:
                assert isinstance(done, Done)
                return done
            seq = self._refuse(connection, at, asked, broken)
        raise Refused(broken.rule, broken.detail, seq)

    def _confirmed(self, work: Changing, _: Person, asked: Asked) -> Done | Broken:
        assert isinstance(asked, Confirmation)
        change = _waiting(work, asked.number)
        return work.ask(change) if isinstance(change, Change) else change

    def _withdrawn(self, work: Changing, actor: Person, asked: Asked) -> Done | Broken:
        assert isinstance(asked, Withdrawal)
        change = _waiting(work, asked.number)
        if isinstance(change, Broken):
            return change
        return Done(change, False, work.withdraw(change, actor.id, asked.reason))

    def _ended(self, work: Changing, _: Person, asked: Asked) -> Done | Broken:
        assert isinstance(asked, Leaving)
        if asked.person not in work.now.people:
            return Broken(CaseRule.UNKNOWN_PERSON, f"({asked.person})")
        change = Change(kind=ChangeKind.PERSON_ENDED, about=asked.person, before={}, after={})
        if takes_two(change, work.now, frozenset(), work.at.date()):
            return work.ask(change)
        return work.carry_out(change)

    def _refuse(self, connection: Connection, at: datetime, asked: Asked, broken: Broken) -> int:
        entry = Entry(
            key=f"{DIRECTORY}:refused:{record.lock(connection) + 1}",
            stage=DIRECTORY,
            action="refused",
            actor=asked.actor,
            attested=self._attested,
            at=at,
            rule=broken.rule,
            reason=broken.text,
            facts={"message": asked.content()},
        )
        return record.write(connection, Batch(source=SOURCE, entries=(entry,)))[0].seq


def _may(now: InForce, actor: Person, asked: Asked, at: datetime) -> Broken | None:
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
