"""The desk: where messages are handed in. Command line, demonstration, tests and web all come here.

A message is an update with a business key as its id: sent again, it gets the first answer.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.case import gate as gates
from activities.case import record
from activities.partnership import partnership, programme
from activities.people import person
from models.base import Message
from models.case.deadline import day_in
from models.case.record import Answer
from models.case.rule import Rule
from models.codes import proposal_problems
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme
from runtime.settings import TASK_QUEUE
from services.case import refusal
from services.case.updates import Gone, NotConfirmed, TurnedAway, Turns, Unreachable, update
from services.partnership import attributes
from services.people.principal import Principal, carry
from workflows.partnership.partnership import Partnership, PartnershipStart

_PATIENCE = timedelta(seconds=30)


class Refused(Exception):
    """The message breaks ``rule``; ``seq`` is its number on record where a case could record it."""

    def __init__(self, rule: Rule, detail: str = "", seq: int | None = None) -> None:
        super().__init__(f"{rule.text} {detail}".strip())
        self.rule = rule
        self.seq = seq


class Desk:
    """Takes messages for cases, and says at once what became of them."""

    def __init__(
        self,
        client: Client | None,
        database: Engine,
        patience: timedelta = _PATIENCE,
        principal: Principal | None = None,
    ) -> None:
        self._connected = client
        self._database = database
        self._patience = patience
        self._principal = principal
        self._turns = Turns()

    @property
    def _client(self) -> Client:
        if self._connected is None:
            raise Unreachable("This desk only checks.")
        return self._connected

    def _reading(self) -> Connection:
        return self._database.connect().execution_options(readonly=True)

    def programme(self, programme_id: str) -> Programme:
        """The newest version of a programme that is set up here."""
        with self._reading() as connection:
            kept = programme.versions(connection, programme_id)
        if not kept:
            raise Refused(Rule.ANOTHER_CASE, f"There is no programme {programme_id!r}; run `accord setup`.")
        return kept[0].terms

    def check(self, proposal: Proposal) -> Programme:
        """The programme that ``proposal`` may be started under. Refused: why it may not."""
        if problems := proposal_problems(proposal):
            raise Refused(Rule.UNKNOWN_CODE, "; ".join(problems))
        terms = self.programme(proposal.programme)
        with self._reading() as connection:
            proposer = person.find(connection, proposal.proposer)
        if proposer is None:
            raise Refused(Rule.UNKNOWN_PERSON, f"({proposal.proposer})")
        if not set(proposer.roles_on(day_in(terms.zone, datetime.now(UTC)))) & set(terms.coordinators):
            raise Refused(Rule.ROLE_NOT_HELD, f"Proposing takes one of: {', '.join(terms.coordinators)}.")
        if rule := terms.refuses(proposal):
            raise Refused(rule)
        return terms

    def exists(self, case: str) -> bool:
        """Whether there is such a case, open or closed, however long ago."""
        with self._reading() as connection:
            return partnership.find(connection, case) is not None

    async def propose(self, proposal: Proposal) -> bool:
        """Start a case. False: it exists already, and nothing was started."""
        terms = self.check(proposal)
        if self.exists(proposal.case):
            return False
        try:
            await self._client.start_workflow(
                Partnership.run,
                PartnershipStart(proposal=proposal, programme=terms),
                id=f"partnership/{proposal.case}",
                task_queue=TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes.of(proposal),
                static_summary=f"{proposal.case} · {proposal.country} · {proposal.study}",
                static_details=f"**{proposal.title}**\n\n{proposal.summary}"[:2000],
            )
        except WorkflowAlreadyStartedError:
            return False
        except RPCError as error:
            raise Unreachable(str(error)) from error
        return True

    async def send(self, name: str, message: Message) -> Answer:
        """Hand in ``message``. Its answer, accepted or refused, is on record when this returns."""
        case, workflow_id = self._route(message)
        try:
            return await self._update(workflow_id, name, message)
        except Gone:
            if workflow_id != f"partnership/{case}":  # a stage that is over: its case says so, on record
                try:
                    return await self._update(f"partnership/{case}", name, message)
                except Gone:
                    pass
        raise self._turned_away(case, name, message, Rule.CASE_CLOSED)

    async def _update(self, workflow_id: str, name: str, message: Message) -> Answer:
        """The answer to ``message``. The engine repeats the first answer to the same words; an old one is
        asked about again: what was wrong then may be right now, what was right may have been superseded.
        """
        with self._reading() as connection:
            before = record.last(connection)
        key = f"{name}:{message.digest()[:40]}"
        answer = await self._execute(workflow_id, name, message, key)
        if answer.seq > before:
            return answer
        try:
            return await self._execute(workflow_id, name, message, f"{key}:{before}")
        except Gone:
            if answer.rule:
                raise
            return answer

    async def _execute(self, workflow_id: str, name: str, message: Message, key: str) -> Answer:
        carry(self._signed(message))
        try:
            return await update(self._client, self._turns, workflow_id, name, message, key, self._patience)
        except TurnedAway as away:
            if self._is_open(getattr(message, "gate", None)):  # the engine is behind: it is being reset
                raise NotConfirmed from away
            case = workflow_id.split("/")[1]
            raise self._turned_away(case, name, message, away.rule) from away

    def _signed(self, message: Message) -> str:
        """The signature of who is signed in; empty where nobody is, or the message is somebody else's."""
        mine = self._principal and self._principal.person == getattr(message, "actor", None)
        return self._principal.sign(message.digest()) if self._principal and mine else ""

    def _route(self, message: Message) -> tuple[str, str]:
        """The case of a message, and the workflow that holds its gate (else the partnership)."""
        where = getattr(message, "gate", None)
        case = getattr(message, "case", None) or str(where).partition(":")[0]
        with self._reading() as connection:
            if partnership.find(connection, case) is None:
                raise Refused(Rule.UNKNOWN_CASE, f"({case})")
            gate = gates.find_gate(connection, where) if where else None
        return case, gate["workflow_id"] if gate else f"partnership/{case}"

    def _is_open(self, where: str | None) -> bool:
        """Whether the record has this gate as open."""
        with self._reading() as connection:
            gate = gates.find_gate(connection, where) if where else None
        return gate is not None and gate["closed_at"] is None

    def _turned_away(self, case: str, name: str, message: Message, rule: Rule) -> Refused:
        with self._database.begin() as connection:
            return Refused(rule, seq=refusal.put_on_record(connection, case, name, message, rule))
