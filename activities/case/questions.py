"""What a workflow asks of the record and the registry. Nothing is changed by a question."""

import json

from sqlalchemy import Connection, Engine
from temporalio import activity

from activities.case import calendar, cases, gate, registry
from activities.case.accepted import accepted_by, opened_first, recalled
from activities.case.approval import decided
from activities.case.door import Door
from models.case.calendar import CalendarFound, CalendarWanted
from models.case.case import Ending
from models.case.conclusion import Conclusion, ConclusionFound, ConclusionWanted
from models.case.conflict_of_interest import Challenge
from models.case.envelope import Belief
from models.case.gate import Found, PastFound, PastWanted
from models.case.recall import Recall, RecallFound
from models.case.rules import TermsFound, TermsWanted


class Questions:
    """Answers what the database has."""

    def __init__(self, engine: Engine, door: Door) -> None:
        self._engine = engine
        self._door = door

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(readonly=True)

    @activity.defn(name="terms")
    def terms(self, wanted: TermsWanted) -> TermsFound:
        """The terms that a workflow asks for when it starts, and what an earlier run of it accepted."""
        belief = self._door.believed_start(wanted.start) if wanted.start else Belief(attested=None)
        if belief.refused:
            return TermsFound(refused=belief.refused)
        with self._reading() as connection:
            content = registry.content(connection, wanted.rules)
            page = accepted_by(connection, wanted.case, wanted.workflow_id, wanted.messages, wanted.after)
        if content is None:
            return TermsFound(terms=None)
        known = {name: content[name] for name in wanted.fields if name in content}
        return TermsFound(terms=known, attested=belief.attested, accepted=page.messages, more=page.more)

    @activity.defn(name="conclusion")
    def conclusion(self, wanted: ConclusionWanted) -> ConclusionFound:
        """What a part of a case came to, once it is over."""
        with self._reading() as connection:
            row = cases.find(connection, wanted.case)
        if row is None or row["closed_at"] is None:
            return ConclusionFound()
        ending = Ending(status=row["status"], reason=row["reason"] or "")
        outcome = json.loads(row["outcome"]) if row["outcome"] else None
        return ConclusionFound(conclusion=Conclusion(ending=ending, outcome=outcome))

    @activity.defn(name="past")
    def past(self, wanted: PastWanted) -> PastFound:
        """What has become of a gate: its outcome, its clock, what was accepted there."""
        with self._reading() as connection:
            first = opened_first(connection, wanted.gate)
            found = gate.past(connection, wanted.gate, first, wanted.after) if first else None
            return PastFound(past=found)

    @activity.defn(name="calendar")
    def calendar(self, wanted: CalendarWanted) -> CalendarFound:
        """The instants of a schedule, as the calendar is now."""
        with self._reading() as connection:
            return calendar.instants(connection, wanted.schedule)

    @activity.defn(name="recall")
    def recall(self, wanted: Recall) -> RecallFound:
        """Which of these keys are on record."""
        with self._reading() as connection:
            return RecallFound(entries=recalled(connection, wanted.keys))

    @activity.defn(name="decided")
    def decided(self, challenge: Challenge) -> Found:
        """The panel that a challenge is about, with the votes that count."""
        with self._reading() as connection:
            return Found(decided=decided(connection, challenge.gate))
