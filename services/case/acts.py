"""What people do where no workflow carries it: in one transaction, or refused on record."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

from activities.case import mode, record
from models.case.envelope import Belief
from models.case.record import ENGINE, Batch, Entry, Receipt, Source
from models.case.rule import Broken
from services.case.cases import Refused

T = TypeVar("T")


class Asked(NamedTuple):
    """Who wants what, as it stands on record where it is refused."""

    case: str
    """What the record has for a case: the directory, a fund, the calendar."""
    stage: str
    actor: str | None
    """None: whoever runs the installation, nobody in person."""
    facts: Mapping[str, Any]
    workflow: str | None = None
    """What stands for its workflow; None: the same as its case."""
    part: str = ""
    """The part of the case that it is about; empty: all of it."""

    @property
    def source(self) -> Source:
        """Where it is written from."""
        workflow = self.case if self.workflow is None else self.workflow
        return Source(case=self.case, id=self.part, workflow_id=workflow, run_id="", rules="")


class Act:
    """Something that somebody does, in a transaction in which nobody else writes the record."""

    def __init__(self, connection: Connection, at: datetime, asked: Asked, belief: Belief) -> None:
        self.connection = connection
        self.at = at
        self.asked = asked
        self._attested = belief.attested if asked.actor else None

    @property
    def number(self) -> int:
        """The number on record that the next entry will have."""
        return record.lock(self.connection) + 1

    def entry(self, key: str, action: str, **fields: Any) -> Entry:
        """What the actor does, with their name and the time; it is not written yet."""
        actor = self.asked.actor or ENGINE
        known = {"stage": self.asked.stage, "actor": actor, "attested": self._attested, "at": self.at}
        return Entry(key=key, action=action, **(known | fields))

    def write(self, *entries: Entry) -> Receipt:
        """Write entries; what is said of the first that is refused, else of the first."""
        receipts = record.write(self.connection, Batch(source=self.asked.source, entries=entries))
        return next((one for one in receipts if one.rule), receipts[0])


class Acts:
    """Takes acts of people. ``belief`` is what is believed of who they say they are.

    Who only says it can do nothing where the record has this installation attested, whatever ``belief`` says
    of that: whoever makes a service by hand gets no further.
    """

    def __init__(self, database: Engine, belief: Belief) -> None:
        self._database = database
        self._belief = belief

    def carry_out(self, asked: Asked, work: Callable[[Act], T | Broken]) -> T:
        """What ``work`` comes to: all that it writes is written, or none. Refused: why not, on record."""
        with self._database.begin() as connection:
            record.lock(connection)
            act = Act(connection, datetime.now(UTC), asked, self._belief)
            undo = connection.begin_nested()
            done = self._unbelieved(connection, asked) or work(act)
            if not isinstance(done, Broken):
                undo.commit()
                return done
            undo.rollback()
            refused = act.entry(
                f"{asked.case}:refused:{act.number}",
                "refused",
                rule=done.rule,
                reason=done.text,
                facts=dict(asked.facts),
            )
            seq = act.write(refused).seq
        raise Refused(done.rule, done.detail, seq)

    def _unbelieved(self, connection: Connection, asked: Asked) -> Broken | None:
        rule = self._belief.breaks(mode.in_force(connection)) if asked.actor else None
        return Broken(rule) if rule else None
