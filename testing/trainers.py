"""What people do in the cohort of the demonstration. They see what real people see: inbox and list."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from activities.case import cases as all_cases
from activities.case.inbox import at_case
from models.base import Message
from models.case.approval import Decision
from models.case.envelope import SELF_DECLARED
from models.case.gate import GateKind, GateRef
from models.case.panel import Choice
from models.training.action import CohortGate
from models.training.cohort import Plan
from models.training.course import ActionPlan, Appeal, ExPost, Finding, Sheet, SheetsClosed
from models.training.enrolment import EnrolmentState
from models.training.nomination import NominationsEnd, Ranking, Response, SeatResponse
from models.training.order import Costs
from services.case.cases import CaseService
from services.training.cohorts import OfficialRow, officials
from services.training.nominee_file import Nominee
from services.training.register import Register

T = TypeVar("T")

COORDINATORS = ("train.hong", "train.noh")
TEACHER = "teach.im"
DECLINES = "Suda Kaewmanee"
ABSENT = "Jose Bautista", "Liza Ramos"
"""Whoever of them has a seat is seldom there."""

_PANELS = {
    "training.publication": ("train.ahn",),
    "training.funding": ("molit.park", "treasury.cho"),
    "training.screening": ("expert.lim", "sec.han"),
}
_SHARE = 80
"""Percent of the budget that the course has cost."""


class Trainers:
    """Everybody who works on one cohort."""

    def __init__(
        self,
        database: Engine,
        cases: CaseService,
        plan: Plan,
        nominees: list[Nominee],
        say: Callable[[str], None],
    ) -> None:
        self._database = database
        self._cases = cases
        self._plan = plan
        self._nominees = nominees
        self._say = say
        self._does: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {
            GateKind.APPROVAL: self._vote,
            CohortGate.NOMINATIONS: self._nominate,
            CohortGate.RANKING: self._rank,
            CohortGate.CONFIRMATION: self._confirm,
            CohortGate.ATTENDANCE: self._attend,
            CohortGate.APPEALS: self._waive,
            CohortGate.COSTS: self._settle,
            CohortGate.ACTION_PLANS: self._file,
            CohortGate.EX_POST: self._check,
        }

    async def work(self) -> None:
        """Do whatever the inbox asks for, until the cohort is followed up."""
        done: set[str] = set()
        while not self._closed():
            gates = self._read(lambda c: at_case(c, self._plan.case))
            for gate in (g for g in gates if g["id"] not in done):
                done.add(gate["id"])
                await self._does[gate["kind"]](gate)
            if not gates:
                await asyncio.sleep(0.05)

    def _closed(self) -> bool:
        row = self._read(lambda c: all_cases.find(c, self._plan.case))
        return row is not None and row["closed_at"] is not None

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._database.connect().execution_options(readonly=True) as connection:
            return query(connection)

    async def _send(self, name: str, message: Message) -> None:
        await self._cases.send(name, message)

    def listed(self, *states: EnrolmentState) -> list[OfficialRow]:
        """The officials, as a coordinator sees them; of these states, or all."""
        rows = self._read(lambda c: officials(c, self._plan.case, COORDINATORS[0]))
        return [row for row in rows if not states or row["state"] in states]

    async def _vote(self, gate: Mapping[str, Any]) -> None:
        for actor in _PANELS[GateRef.parse(gate["id"]).name]:
            known = {"gate": gate["id"], "content_hash": gate["content_hash"]}
            await self._send("decide", Decision(actor=actor, verdict=Choice.APPROVE, **known))

    async def _nominate(self, gate: Mapping[str, Any]) -> None:
        """All countries at once."""
        await asyncio.gather(*(self._of_country(gate["id"], quota.country) for quota in self._plan.quotas))

    async def _of_country(self, gate: str, country: str) -> None:
        actor = _speaker(country)
        for one in (nominee for nominee in self._nominees if nominee.official.country == country):
            papers = {kind: _document(f"{one.official.latin} {kind}") for kind in self._plan.documents}
            register = Register(self._database, actor, SELF_DECLARED)
            message = register.nominate(self._plan.case, one._replace(documents=papers))
            await self._send("nominate", message)
        await self._send("end_nominations", NominationsEnd(gate=gate, actor=actor, country=country))

    async def _rank(self, gate: Mapping[str, Any]) -> None:
        order = [one.official.latin for one in self._nominees]
        complete = sorted(self.listed(EnrolmentState.COMPLETE), key=lambda row: order.index(row["latin"]))
        ranked = tuple(row["nominee"] for row in complete)
        message = Ranking(gate=gate["id"], actor=COORDINATORS[1], ranked=ranked)
        await self._send("rank", message)

    async def _confirm(self, gate: Mapping[str, Any]) -> None:
        round_ = GateRef.parse(gate["id"]).round
        given = [row for row in self.listed(EnrolmentState.ACCEPTED) if row["round"] == round_]
        for row in given:
            declines = row["latin"] == DECLINES
            if declines:
                self._say(f"{self._plan.case}: {row['latin']} declines; the next one gets the seat.")
            response = Response.DECLINE if declines else Response.CONFIRM
            fields = {"gate": gate["id"], "actor": _speaker(row["country"]), "nominee": row["nominee"]}
            await self._send("respond", SeatResponse(response=response, **fields))

    async def _attend(self, gate: Mapping[str, Any]) -> None:
        attending = self.listed(EnrolmentState.ATTENDING)
        seldom = tuple(row["nominee"] for row in attending if row["latin"] in ABSENT)
        for number, day in enumerate(_working_days(self._plan)):
            absent = seldom if number % 2 else ()
            sheet = Sheet(case=self._plan.case, actor=TEACHER, day=day, absent=absent)
            await self._send("hand_in_sheet", sheet)
        await self._send("close_sheets", SheetsClosed(gate=gate["id"], actor=TEACHER))

    async def _waive(self, gate: Mapping[str, Any]) -> None:
        for row in self.listed(EnrolmentState.COMPLETED):
            self._say(f"{self._plan.case}: {row['latin']} was there too seldom for a certificate.")
            fields = {"gate": gate["id"], "actor": _speaker(row["country"]), "nominee": row["nominee"]}
            await self._send("appeal", Appeal(reason="No appeal (illustrative).", waived=True, **fields))

    async def _file(self, gate: Mapping[str, Any]) -> None:
        for row in self.listed(EnrolmentState.CERTIFIED):
            fields = {"gate": gate["id"], "actor": _speaker(row["country"]), "nominee": row["nominee"]}
            await self._send("file_plan", ActionPlan(document=_document(row["nominee"]), **fields))

    async def _settle(self, _: Mapping[str, Any]) -> None:
        spent = self._plan.budget.minor * _SHARE // 100
        for actor in COORDINATORS:
            costs = Costs(case=self._plan.case, actor=actor, amount=spent, account=_document("account"))
            await self._send("settle_costs", costs)

    async def _check(self, gate: Mapping[str, Any]) -> None:
        for row in self.listed(EnrolmentState.PLAN_FILED):
            fields = {"gate": gate["id"], "actor": COORDINATORS[0], "nominee": row["nominee"]}
            await self._send("check_ex_post", ExPost(finding=Finding.UNDER_WAY, **fields))


def _speaker(country: str) -> str:
    return f"nominator.{country.lower()}"


def _working_days(plan: Plan) -> Iterator[date]:
    days = (plan.starts + timedelta(days=number) for number in range((plan.ends - plan.starts).days + 1))
    return (day for day in days if day.weekday() < 5)


def _document(of: str) -> str:
    return hashlib.sha256(f"illustrative document of {of}".encode()).hexdigest()
