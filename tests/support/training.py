"""One cohort under test, and everybody who works on it. The officials are invented."""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from activities.case import audit, cases
from activities.money import book as journal
from activities.training import cohort as cohorts
from models.amount import Amount
from models.base import Message
from models.case.approval import Decision
from models.case.envelope import SELF_DECLARED
from models.case.panel import Choice
from models.case.record import Answer
from models.training.cohort import Mode, Plan, Quota
from models.training.course import ActionPlan, Appeal, ExPost, Sheet, SheetsClosed
from models.training.enrolment import Enrolment
from models.training.nomination import (
    Nomination,
    NominationsEnd,
    NomineeWithdrawal,
    Ranking,
    Response,
    SeatResponse,
    Unsuitable,
    Visa,
    VisaDecision,
)
from models.training.official import Official
from models.training.order import Change, CohortOrder, Costs
from services.training.cohorts import CohortService, officials
from services.training.nominee_file import Nominee
from services.training.register import Register
from tests.support.house import House, sha
from tests.support.patience import eventually, patience

_numbers = itertools.count(1)
TODAY = datetime.now(UTC).date()
PLANNER, OTHER = "train.hong", "train.noh"
PANELS = {
    "training.publication": ("train.ahn",),
    "training.funding": ("molit.park", "treasury.cho"),
    "training.screening": ("expert.lim", "sec.han"),
    "training.appeal": ("director.kang",),
}
"""Who decides."""


def official(country: str = "VN", identity: str = "C1234567", **changes: Any) -> Official:
    """An official; they are invented."""
    fields = {
        "name": "Nguyễn Thị Hoa",
        "latin": "Nguyen Thi Hoa",
        "language": "vi",
        "position": "Deputy head of division",
        "employer": "Department of Transport",
    }
    return Official(country=country, identity=identity, **(fields | changes))


def quotas(**seats: int) -> tuple[Quota, ...]:
    """``VN=2``: two seats for a country, through its host authority."""
    return tuple(
        Quota(country=country, authority=f"host.{country.lower()}", seats=number)
        for country, number in seats.items()
    )


def plan(case: str | None = None, **changes: Any) -> Plan:
    """A plan for two countries; its number is new unless given."""
    fields: dict[str, Any] = {
        "case": case or f"KST-{next(_numbers)}",
        "programme": "k-smart-city-training",
        "title": "Smart city administration",
        "institute": "krihs",
        "mode": Mode.MIXED,
        "language": "en",
        "starts": TODAY + timedelta(days=200),
        "ends": TODAY + timedelta(days=211),
        "quotas": quotas(VN=2, TH=1),
        "pool": 1,
        "minimum": 2,
        "budget": Amount(minor=90_000_000, currency="KRW"),
        "planner": PLANNER,
    }
    return Plan(**(fields | changes))


def afterwards(case: str | None = None, **changes: Any) -> Plan:
    """One that was held, and is put on record: nobody has to wait for its days."""
    days = {"starts": TODAY - timedelta(days=400), "ends": TODAY - timedelta(days=396)}
    return plan(case, afterwards=True, **(days | changes))


class Cohort:
    """A cohort, and what people do in it."""

    def __init__(self, house: House, planned: Plan) -> None:
        self.house = house
        self.plan = planned
        self.id = planned.case
        self._sent = itertools.count(1)

    @classmethod
    async def planned(cls, house: House, planned: Plan) -> "Cohort":
        """A cohort that was started."""
        assert await CohortService(house.cases).start(planned)
        return cls(house, planned)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Its workflow."""
        return self.house.client.get_workflow_handle(f"cohort/{self.id}")

    async def gate(self, name: str, round_: int = 1) -> dict[str, Any]:
        """Wait until this gate is open."""
        return await self.house.gate(f"{self.id}:{name}:{round_}")

    async def send(self, name: str, message: Message) -> Answer:
        """Hand in a message."""
        return await self.house.cases.send(name, message)

    async def decide(
        self, name: str, round_: int = 1, verdict: str = "approve", actors: Iterable[str] = ()
    ) -> None:
        """Have the panel of this gate decide."""
        gate = await self.gate(name, round_)
        for actor in actors or PANELS[name]:
            comment = "" if verdict == "approve" else "Not like this."
            fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": comment}
            answer = await self.send("decide", Decision(actor=actor, verdict=Choice(verdict), **fields))
            assert answer.accepted, answer

    async def open(self) -> None:
        """Have it published and funded: countries may nominate."""
        await self.decide("training.publication")
        await self.decide("training.funding")
        await self.gate("training.nominations")

    def register(self, one: Official, actor: str | None = None, kinds: Iterable[str] = ()) -> Nomination:
        """Put an official in the register; the message that nominates them, with these documents (or all)."""
        documents = {kind: sha(f"{one.identity} {kind}") for kind in kinds or self.plan.documents}
        by = actor or f"nominator.{one.country.lower()}"
        return Register(self.house.database, by, SELF_DECLARED).nominate(self.id, Nominee(one, documents))

    async def nominate(self, country: str, identity: str, **more: Any) -> str:
        """Nominate an official; their id."""
        message = self.register(official(country, identity, **more))
        answer = await self.send("nominate", message)
        assert answer.accepted, answer
        return message.nominee

    async def end_nominations(self, *countries: str) -> None:
        """Let these countries say that they nominate nobody else."""
        for country in countries or [quota.country for quota in self.plan.quotas]:
            gate, actor = f"{self.id}:training.nominations:1", f"nominator.{country.lower()}"
            answer = await self.send(
                "end_nominations", NominationsEnd(gate=gate, actor=actor, country=country)
            )
            assert answer.accepted, answer

    async def rank(self, *nominees: str, unsuitable: Iterable[str] = (), round_: int = 1) -> Answer:
        """Hand in a ranking."""
        gate = await self.gate("training.ranking", round_)
        apart = tuple(Unsuitable(nominee=one, reason="No experience.") for one in unsuitable)
        message = Ranking(gate=gate["id"], actor=OTHER, ranked=nominees, unsuitable=apart)
        return await self.send("rank", message)

    async def select(self, *nominees: str, unsuitable: Iterable[str] = ()) -> None:
        """Have the ranking handed in and decided."""
        answer = await self.rank(*nominees, unsuitable=unsuitable)
        assert answer.accepted, answer
        await self.decide("training.screening")

    async def respond(self, nominee: str, response: str = "confirm", round_: int | None = None) -> Answer:
        """Take a seat, or decline it."""
        one = await self.in_state(nominee, "accepted") if round_ is None else None
        gate = await self.gate("training.confirmation", round_ or (one.round if one else 1))
        actor = f"nominator.{nominee[:2]}"
        fields = {"gate": gate["id"], "actor": actor, "nominee": nominee, "reason": "As asked."}
        return await self.send("respond", SeatResponse(response=Response(response), **fields))

    async def confirm(self, *nominees: str) -> None:
        """Take the seats of these officials."""
        for nominee in nominees:
            answer = await self.respond(nominee)
            assert answer.accepted, answer

    async def withdraw(self, nominee: str, actor: str | None = None) -> Answer:
        """Withdraw an official."""
        by = actor or f"nominator.{nominee[:2]}"
        message = NomineeWithdrawal(case=self.id, actor=by, nominee=nominee, reason="Promoted.")
        return await self.send("withdraw_nominee", message)

    async def visa(self, nominee: str, decision: str, actor: str = OTHER) -> Answer:
        """Say what became of a visa."""
        fields = {"case": self.id, "actor": actor, "nominee": nominee, "reason": "The consulate says so."}
        return await self.send("decide_visa", Visa(decision=VisaDecision(decision), **fields))

    async def order(self, change: str, *actors: str, **more: Any) -> Answer:
        """Change the course of the cohort: two people say the same. The last answer."""
        fields = {"case": self.id, "change": Change(change), "reason": f"To {change} it."} | more
        answers = [
            await self.send("order", CohortOrder(actor=actor, **fields))
            for actor in actors or (PLANNER, OTHER)
        ]
        return answers[-1]

    async def sheet(self, day: date, *absent: str, actor: str = "teach.im", revision: int = 0) -> Answer:
        """Hand in the attendance of a day."""
        message = Sheet(case=self.id, actor=actor, day=day, absent=absent, revision=revision)
        return await self.send("hand_in_sheet", message)

    async def close_sheets(self) -> None:
        """Say that no more sheets are to come."""
        gate = await self.gate("training.attendance")
        answer = await self.send("close_sheets", SheetsClosed(gate=gate["id"], actor="teach.im"))
        assert answer.accepted, answer

    async def appeal(self, nominee: str, waived: bool = False) -> Answer:
        """Appeal, or say that there is no appeal."""
        gate = await self.gate("training.appeals")
        fields = {"gate": gate["id"], "actor": f"nominator.{nominee[:2]}", "nominee": nominee}
        return await self.send("appeal", Appeal(reason="An illness.", waived=waived, **fields))

    async def file_plan(self, nominee: str) -> Answer:
        """File an action plan."""
        gate = await self.gate("training.action-plans")
        fields = {"gate": gate["id"], "actor": f"nominator.{nominee[:2]}", "nominee": nominee}
        return await self.send("file_plan", ActionPlan(document=sha(nominee), **fields))

    async def check(self, nominee: str, finding: str = "done") -> Answer:
        """Say what became of an action plan."""
        gate = await self.gate("training.ex-post")
        fields = {"gate": gate["id"], "actor": OTHER, "nominee": nominee, "finding": finding}
        return await self.send("check_ex_post", ExPost.model_validate(fields))

    async def settle_costs(self, minor: int) -> Answer:
        """Settle the costs: two people say the same. The last answer."""
        answers = [
            await self.send(
                "settle_costs", Costs(case=self.id, actor=actor, amount=minor, account=sha("account"))
            )
            for actor in (PLANNER, OTHER)
        ]
        return answers[-1]

    # -- looking ------------------------------------------------------------------------------

    def roster(self) -> dict[str, Enrolment]:
        """Everybody, as the tables have them."""
        return {one.nominee: one for one in self.house.read(lambda c: cohorts.enrolments(c, self.id))}

    def states(self) -> dict[str, str]:
        """Where everybody stands."""
        return {nominee: str(one.state) for nominee, one in self.roster().items()}

    async def in_state(self, nominee: str, *states: str) -> Enrolment:
        """Wait until an official stands in one of these states."""

        def there() -> Enrolment | None:
            one = self.roster().get(nominee)
            return one if one and one.state in states else None

        return await eventually(there, f"{nominee} is {', '.join(states)}")

    def seen_by(self, actor: str) -> list[str]:
        """Which officials somebody is shown."""
        return [row["nominee"] for row in self.house.read(lambda c: officials(c, self.id, actor))]

    def standing(self) -> str:
        """Where the cohort stands."""
        row = self.house.read(lambda c: cases.find(c, self.id))
        return f"{row['stage']}/{row['status']}" if row else ""

    def history(self) -> list[dict[str, Any]]:
        """Its record."""
        rows = self.house.read(lambda c: audit.history(c, audit.Question(case=self.id)))
        return [{**row} for row in rows]

    def actions(self) -> list[str]:
        """What happened, in order."""
        return [row["action"] for row in self.history()]

    def money(self) -> dict[str, int]:
        """What it holds of each account."""
        held = self.house.read(journal.by_case).get(self.id, {})
        return {account: held[account] for account in held if account != "available" and held[account]}

    async def ended(self) -> str:
        """Wait for its end, and say how it ended."""
        return str((await asyncio.wait_for(self.handle.result(), patience()))["status"])
