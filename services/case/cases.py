"""The way in to cases: their messages. Command line, demonstration, tests and web all come here.

A message is an update. Sent again, with the same words, it gets the first answer.
"""

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select
from temporalio.client import Client
from temporalio.common import TypedSearchAttributes

from activities.case import cases
from activities.case import gate as gates
from models.base import Message, digest
from models.case.named import NamesOrganisations
from models.case.record import Answer
from models.case.rule import Broken, CaseRule, Rule
from models.tables.record import record as records
from services.case import refusal
from services.case.starting import Starting, started
from services.case.updates import Gone, NotConfirmed, NotOnRecord, TurnedAway, Turns, Unreachable, update
from services.people.organisations import with_ids
from services.people.principal import Principal, carrying

_PATIENCE = timedelta(seconds=30)


class Refused(Exception):
    """The message breaks ``rule``; ``seq`` is its number on record where a case could record it."""

    def __init__(self, rule: Rule, detail: str = "", seq: int | None = None) -> None:
        super().__init__(f"{rule.text} {detail}".strip())
        self.rule = rule
        self.seq = seq


class _Route(NamedTuple):
    """Where a message goes: the workflow that holds its gate, else that of the case."""

    part: str
    case: str


class CaseService:
    """Takes messages for cases, and says at once what became of them."""

    def __init__(
        self,
        client: Client | None,
        database: Engine,
        principal: Principal | None = None,
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._connected = client
        self._database = database
        self._patience = patience
        self._principal = principal
        self._turns = Turns()

    @property
    def _client(self) -> Client:
        if self._connected is None:
            raise Unreachable("This service only checks.")
        return self._connected

    @property
    def database(self) -> Engine:
        """The database of this installation."""
        return self._database

    def _reading(self) -> Connection:
        return self._database.connect().execution_options(readonly=True)

    def exists(self, case: str) -> bool:
        """Whether there is such a case, open or closed, however long ago."""
        with self._reading() as connection:
            return cases.find(connection, case) is not None

    async def start(
        self,
        kind: str,
        start: Message,
        by: str,
        workflow_id: str,
        attributes: TypedSearchAttributes,
        summary: str,
        details: str,
    ) -> bool:
        """Start the workflow of a case, once for ever; ``summary`` and ``details`` are for the
        pages of the engine. False: it exists already, and nothing was started. Refused: ``by``, who starts
        it, is not who is signed in; on record.
        """
        if self._principal and (rule := self._principal.refuses(by)):
            with self._database.begin() as connection:
                seq = refusal.start_on_record(connection, kind, workflow_id, by, rule)
            raise Refused(rule, f"({by})", seq)
        asked = Starting(kind, start, workflow_id, attributes, summary, details)
        return await started(self._client, self._principal, asked)

    # -- messages -----------------------------------------------------------------------------

    async def send(self, name: str, message: Message) -> Answer:
        """Hand in ``message``. Its answer, accepted or refused, is on record when this returns. Organisations
        that it names are found in the directory: what goes to the case has their ids.
        """
        where = getattr(message, "gate", None)
        case = getattr(message, "case", None) or str(where).partition(":")[0]
        route = self._route(case, where)
        message = self._with_ids(case, name, message)
        for workflow_id in dict.fromkeys((route.part, route.case)):
            try:
                answer = await self._answer(workflow_id, name, message)
            except TurnedAway as away:
                if answered := self._answered_before(case, name, message):
                    return answered
                raise self._not_taken(case, name, message, away.rule) from away
            except Gone:  # a part that is over: its case may still have to do with it
                continue
            return self._on_record(case, answer)
        if answered := self._answered_before(case, name, message):
            return answered
        raise self._nobody_there(case, name, message)

    def _with_ids(self, case: str, name: str, message: Message) -> Message:
        if not isinstance(message, NamesOrganisations):
            return message
        with self._reading() as connection:
            found = with_ids(connection, message)
        if isinstance(found, Broken):
            raise self._turned_away(case, name, message, found.rule, found.detail)
        return found

    async def _answer(self, workflow_id: str, name: str, message: Message) -> Answer:
        key = secrets.token_hex(16)  # nobody can foresee it, so nobody can take it for another message
        with carrying(self._envelope(name, workflow_id, message)):
            answer = await update(self._client, self._turns, workflow_id, name, message, key, self._patience)
        if (answer.name, answer.answers) != (name, message.digest()):
            raise NotConfirmed("The answer is that of another message; send this one again.")
        return answer

    def _on_record(self, case: str, answer: Answer) -> Answer:
        """The answer, where the record has what it speaks of: the engine alone is not believed."""
        wanted = select(records.c.case, records.c.actor, records.c.rule, records.c.seal)
        with self._reading() as connection:
            row = connection.execute(wanted.where(records.c.seq == answer.seq)).first()
        closed = answer.rule == CaseRule.CASE_CLOSED  # then it is the number of the newest entry of all
        there = row is not None and (closed or row.case == case)
        if row and answer.accepted:
            there = there and bool(row.seal) and row.rule is None and row.actor == answer.actor
        if not there:
            raise NotOnRecord(f"Record {answer.seq} is not what the engine says it is.")
        return answer

    def _envelope(self, act: str, workflow_id: str, message: Message) -> str:
        """The envelope of a message; empty where nobody is signed in, or it is that of somebody else."""
        who = self._principal
        mine = who and who.person and who.person == getattr(message, "actor", None)
        return who.envelope(act, workflow_id, message.digest()) if who and mine else ""

    def _nobody_there(self, case: str, name: str, message: Message) -> Exception:
        """What to say where the engine has no workflow of the case that goes on."""
        with self._reading() as connection:
            row = cases.find(connection, case)
        if row and row["closed_at"] is None:  # the engine is being reset, or it was ended past Accord
            return NotConfirmed("The case is open on record, and the engine does not carry it now.")
        return self._turned_away(case, name, message, CaseRule.CASE_CLOSED)

    def _not_taken(self, case: str, name: str, message: Message, rule: Rule) -> Exception:
        """What to say where a workflow took a message for none of its own."""
        if rule not in (CaseRule.UNKNOWN_GATE, CaseRule.UNKNOWN_MESSAGE):
            return self._turned_away(case, name, message, rule)
        with self._reading() as connection:
            gate = gates.find_gate(connection, getattr(message, "gate", None) or "")
        if gate is None:
            return self._turned_away(case, name, message, rule)
        if gate["closed_at"] is None:  # the engine is being reset, or begins again
            return NotConfirmed()
        return self._turned_away(case, name, message, CaseRule.STAGE_OVER)

    def _route(self, case: str, where: str | None) -> "_Route":
        """The workflow that holds the gate of a message, and that of its case."""
        with self._reading() as connection:
            row = cases.find(connection, case)
            if row is None:
                raise Refused(CaseRule.UNKNOWN_CASE, f"({case})")
            gate = gates.find_gate(connection, where) if where else None
        of_case = row["workflow_id"]
        return _Route(str(gate["workflow_id"]) if gate else of_case, of_case)

    def _answered_before(self, case: str, name: str, message: Message) -> Answer | None:
        """The first answer to the same words, where the record has them as accepted."""
        seals = [digest([name, message.content(), since]) for since in (0, "")]
        with self._reading() as connection:
            row = connection.execute(
                select(records.c.seq, records.c.attested).where(records.c.seal.in_(seals))
            ).first()
            found = cases.find(connection, case)
        if row is None or found is None:
            return None
        return Answer(
            accepted=True,
            seq=row.seq,
            message="On record.",
            standing=f"{found['stage']}/{found['status']}",
            name=name,
            answers=message.digest(),
            actor=str(getattr(message, "actor", "")),
            attested=row.attested,
        )

    def _turned_away(self, case: str, name: str, message: Message, rule: Rule, detail: str = "") -> Refused:
        with self._database.begin() as connection:
            return Refused(rule, detail, seq=refusal.put_on_record(connection, case, name, message, rule))
