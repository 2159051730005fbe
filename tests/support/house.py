"""What tests do with a running installation: propose, act as staff, look at the record."""

import asyncio
import hashlib
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper

from activities.case import audit
from activities.case import gate as gates
from activities.case import registry as programme
from activities.case.inbox import waiting
from activities.money import book as journal
from activities.money import fund as funding
from activities.partnership import partnership
from activities.payment import payment
from models.agreement.agreement import Party, Signature, SignatureVerdict, Text
from models.amount import Amount
from models.base import Message
from models.case.approval import Decision
from models.case.envelope import SELF_DECLARED
from models.case.gate import GateRef
from models.case.panel import Choice
from models.case.record import Answer
from models.money.offer import OfferAnswer
from models.money.treasury import FundAct, FundOrder
from models.partnership.partnership import Area, Fulfilment, Proposal, Resubmission, StudyKind, Withdrawal
from models.partnership.programme import Programme
from models.partnership.reduction import Reduction
from models.payment.payment import PaymentRequest, PaymentState
from models.study.study import Award, Deliverable, Delivery, Finding, Tender, TenderFailure, Termination
from runtime import keys
from runtime.settings import Settings
from services.case.cases import CaseService
from services.case.updates import NotConfirmed, Unreachable
from services.money.treasury import Treasury
from services.partnership.partnerships import PartnershipService
from testing.fakebank import FakeBank
from tests.support.patience import eventually, eventually_async, patience

T = TypeVar("T")

_numbers = itertools.count(1)

VOTERS = {
    "review": ("expert.lim", "sec.han"),
    "funding": ("molit.park", "treasury.cho"),
    "study.inception": ("expert.lim",),
    "study.interim": ("expert.lim",),
    "study.final": ("expert.lim",),
    "agreement.clearance": ("legal.yoon",),
    "launch": ("director.kang",),
} | {f"study.{part}-{step}": ("pay.oh", "pay.ryu") for part in Deliverable for step in ("payment", "doubt")}


MANAGERS = ("treasury.cho", "treasury.min")
"""Who act on funds."""

_ROAD = ["review", "funding", "study.tender", "study.award"]
_ROAD += [f"study.{part}{step}" for part in Deliverable for step in ("-delivery", "")]
_ROAD += ["agreement.text", "agreement.clearance", "agreement.signing", "launch"]
GATES = tuple(_ROAD)
"""Every gate on the straight road, in order."""


def sha(text: str) -> str:
    """A digest to stand for a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def proposal(case: str | None = None, **changes: Any) -> Proposal:
    """A valid proposal; its case number is new unless given."""
    fields: dict[str, Any] = {
        "case": case or f"T-{next(_numbers)}",
        "programme": "k-city-2020",
        "title": "Smart traffic for a test",
        "country": "VN",
        "city": "Hue",
        "area": Area.TRANSPORT,
        "applicant": "Hue People's Committee",
        "study": StudyKind.MASTER_PLAN,
        "requested": Amount(minor=1_000_001, currency="KRW"),
        "proposer": "coord.seo",
    }
    return Proposal(**(fields | changes))


class Case:
    """One case under test, and everybody who works on it."""

    def __init__(self, house: "House", proposed: Proposal) -> None:
        self.house = house
        self.proposal = proposed
        self.id = proposed.case

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The partnership workflow."""
        return self.house.client.get_workflow_handle(f"partnership/{self.id}")

    @property
    def study(self) -> WorkflowHandle[Any, Any]:
        """The study workflow."""
        return self.house.client.get_workflow_handle(f"partnership/{self.id}/study")

    async def gate(self, name: str, round_: int = 1) -> dict[str, Any]:
        """Wait until this gate is open, and return it as the inbox shows it."""
        return await self.house.gate(f"{self.id}:{name}:{round_}")

    async def send(self, name: str, message: Message) -> Answer:
        """Hand in a message."""
        return await self.house.cases.send(name, message)

    async def vote(
        self, gate: dict[str, Any], actor: str, verdict: str = "approve", comment: str = "", **more: Any
    ) -> Answer:
        """Vote at a gate, having read what it shows."""
        fields = {"gate": gate["id"], "content_hash": gate["content_hash"], "comment": comment} | more
        return await self.send("decide", Decision(actor=actor, verdict=Choice(verdict), **fields))

    async def approve(self, name: str, round_: int = 1) -> None:
        """Have the panel of this gate approve."""
        gate = await self.gate(name, round_)
        for actor in VOTERS[name]:
            answer = await self.vote(gate, actor)
            assert answer.accepted, answer

    async def publish(self, round_: int = 1, **more: Any) -> Answer:
        """Publish the tender."""
        gate = await self.gate("study.tender", round_)
        fields = {"reference": "T-1", "country": "KR", "criteria": sha("criteria"), "consent": sha("consent")}
        return await self.send("publish", Tender(gate=gate["id"], actor="sec.han", **fields | more))

    async def fail_tender(self, round_: int = 1) -> Answer:
        """Say that no bid can be awarded."""
        gate = await self.gate("study.award", round_)
        failure = TenderFailure(gate=gate["id"], actor="sec.han", reason="Nobody qualified.")
        return await self.send("fail_tender", failure)

    async def terminate(self, actor: str) -> Answer:
        """End the contract, at the gate that is open."""
        open_now = [g for g in self.house.read(waiting) if g["workflow_id"] == f"partnership/{self.id}/study"]
        gate = open_now[0]["id"]
        return await self.send("terminate", Termination(gate=gate, actor=actor, reason="It stopped working."))

    async def award(self, round_: int = 1, tender: str = "T-1") -> Answer:
        """Award the study; where its tender is still to be published, that comes first."""
        if self.proposal.consortium is None and self.actions().count("tender published") < round_:
            assert (await self.publish(round_)).accepted
        gate = await self.gate("study.award", round_)
        return await self.send(
            "award", Award(gate=gate["id"], actor="sec.han", contractor="K Engineering", tender=tender)
        )

    async def request(self, part: str, round_: int = 1, minor: int | None = None, **more: Any) -> Answer:
        """Hand in the invoice for a deliverable."""
        gate = await self.gate(f"study.{part}-request", round_)
        fields = {"actor": "consult.jang", "invoice": sha(gate["id"]), "number": "2026-1"} | more
        return await self.send("request_payment", PaymentRequest(gate=gate["id"], amount=minor, **fields))

    async def paid(self, part: str, round_: int = 1) -> None:
        """Have a tranche asked for and approved, and wait until the bank has paid it."""
        assert (await self.request(part, round_)).accepted
        await self.approve(f"study.{part}-payment", round_)
        await self.payment(part, PaymentState.PAID)

    async def payment(self, part: str, *states: str) -> payment.PaymentRow:
        """Wait until a payment is in one of these states."""

        def there() -> payment.PaymentRow | None:
            row = self.house.read(lambda c: payment.find(c, f"{self.id}:study.{part}"))
            return row if row and row["state"] in states else None

        return await eventually(there, f"{self.id}: {part} is {', '.join(states)}")

    async def deliver(
        self, part: str, round_: int = 1, finding: str | None = "feasible", **more: Any
    ) -> Answer:
        """Hand in one deliverable."""
        gate = await self.gate(f"study.{part}-delivery", round_)
        found = Finding(finding) if part == "final" and finding else None
        message = Delivery(
            gate=gate["id"], actor="consult.jang", document=sha(gate["id"]), finding=found, **more
        )
        return await self.send("deliver", message)

    async def table(self, round_: int = 1) -> Answer:
        """Put a text on the table."""
        gate = await self.gate("agreement.text", round_)
        parties = (
            Party(organisation="MOLIT", country="KR", signatory="minister.kr"),
            Party(organisation="host.vn", country="VN", signatory="signatory.vn"),
        )
        document = sha(f"{self.id} text {round_}")
        message = Text(
            gate=gate["id"], actor="coord.seo", kind="mou", title="MOU", document=document, parties=parties
        )
        return await self.send("table", message)

    async def sign(self, actor: str, round_: int = 1, verdict: str = "sign", **more: Any) -> Answer:
        """Sign, or refuse."""
        gate = await self.gate("agreement.signing", round_)
        fields = {"document": sha(f"{self.id} text {round_}"), "gate": gate["id"]} | more
        return await self.send("sign", Signature(actor=actor, verdict=SignatureVerdict(verdict), **fields))

    async def fulfil(self, condition: str, evidence: str = "evidence") -> Answer:
        """Meet a condition of the study."""
        gate = await self.gate("launch.conditions")
        message = Fulfilment(gate=gate["id"], actor="coord.seo", condition=condition, evidence=sha(evidence))
        return await self.send("fulfil", message)

    async def withdraw(self, actor: str = "coord.seo", reason: str = "No longer wanted.") -> Answer:
        """Withdraw the case."""
        return await self.send("withdraw", Withdrawal(case=self.id, actor=actor, reason=reason))

    async def resubmit(self, name: str, round_: int = 1, **changes: Any) -> Answer:
        """Answer a return."""
        gate = await self.gate(f"{name}.revision", round_)
        self.proposal = self.proposal.model_copy(update=changes or {"summary": f"Revised {round_}."})
        message = Resubmission(gate=gate["id"], actor="coord.seo", proposal=self.proposal)
        return await self.send("resubmit", message)

    async def reduce(self, minor: int, round_: int = 1, actor: str = "treasury.cho", **more: Any) -> Answer:
        """Put a smaller amount before the funding panel."""
        gate = await self.gate("funding", round_)
        fields = {"content_hash": gate["content_hash"], "reason": "One district will do."} | more
        return await self.send("reduce", Reduction(gate=gate["id"], actor=actor, amount=minor, **fields))

    async def answer_offer(self, round_: int = 1, accept: bool = True, **more: Any) -> Answer:
        """Take up the money that is offered, or decline it."""
        gate = await self.gate("funding.offer", round_)
        message = OfferAnswer(gate=gate["id"], actor="coord.seo", accept=accept, **more)
        return await self.send("answer_offer", message)

    async def until(self, action: str) -> None:
        """Wait until this is on record."""
        await eventually(lambda: action in self.actions(), f"{self.id}: {action} on record")

    async def reach(self, stop: str) -> None:
        """Go the straight road up to the gate ``stop`` (left open), or to the end with ``launched``."""
        await self.reach_from(GATES[0], stop)

    async def reach_from(self, start: str, stop: str = "launched") -> None:
        """The same from the gate ``start`` on."""
        for name in GATES[GATES.index(start) :]:
            if name == stop:
                await self.gate(name)
                return
            if name == "launch" and stop not in GATES and stop != "launched":
                await self.gate(stop)
                return
            await self._step(name)

    async def _step(self, name: str) -> None:
        if name in VOTERS:
            await self.approve(name)
        elif name == "study.tender":
            if self.proposal.consortium is None:
                await self.publish()
        elif name == "study.award":
            await self.award()
        elif name.endswith("-delivery"):
            await self.deliver(name.removeprefix("study.").removesuffix("-delivery"))
        elif name == "agreement.text":
            await self.table()
        else:
            await self.sign("minister.kr")
            await self.sign("signatory.vn")

    async def ended(self) -> str:
        """Wait for the end of the case and say how it ended."""
        return str((await asyncio.wait_for(self.handle.result(), patience()))["status"])

    def row(self) -> partnership.PartnershipRow:
        """The case on the list."""
        found = self.house.read(lambda c: partnership.find(c, self.id))
        assert found
        return found

    def history(self, **wish: Any) -> list[dict[str, Any]]:
        """The record of the case."""
        rows = self.house.read(lambda c: audit.history(c, audit.Question(case=self.id, **wish)))
        return [{**row} for row in rows]

    def actions(self) -> list[str]:
        """What happened, in order."""
        return [row["action"] for row in self.history()]

    def money(self) -> dict[str, int]:
        """What the case holds of each account; nothing at all where it holds nothing."""
        held = self.house.read(journal.by_case).get(self.id, {})
        return {account: held[account] for account in held if account != "available" and held[account]}


class Patient(CaseService):
    """Sends the same message again until it is answered, as people are told to."""

    def __init__(self, client: Client, database: Engine, settings: Settings) -> None:
        super().__init__(client, database, keys.principal(settings))
        self.answers: list[Answer] = []
        self.repeated = 0
        self.longest = 0.0
        """Seconds that somebody has waited for an answer, at most."""

    async def send(self, name: str, message: Message) -> Answer:
        """The answer, however long it takes."""
        began = time.monotonic()
        answer = await eventually_async(lambda: self._once(name, message), f"an answer to {name}", 300)
        self.longest = max(self.longest, time.monotonic() - began)
        return answer

    def has_answered(self, number: int) -> bool:
        """Whether so many messages are answered by now."""
        return len(self.answers) >= number

    async def _once(self, name: str, message: Message) -> Answer | None:
        try:
            answer = await super().send(name, message)
        except (NotConfirmed, Unreachable):
            self.repeated += 1
            return None
        self.answers.append(answer)
        return answer


class House:
    """A running installation."""

    def __init__(
        self, client: Client, database: Engine, settings: Settings, bank: FakeBank | None = None
    ) -> None:
        self.bank = bank or FakeBank()
        """What the bank of this installation knows, where it has one."""
        self.client = client
        self.database = database
        self.settings = settings
        self.cases = self.speaking(None)
        self.partnerships = PartnershipService(self.cases)

    def speaking(self, person: str | None) -> CaseService:
        """The cases, for somebody who is signed in; None: for somebody who only gives a name."""
        who = keys.principal(self.settings, person)
        return CaseService(self.client, self.database, who, timedelta(seconds=patience()))

    async def skip(self, handle: WorkflowHandle[Any, Any], days: int, short_of: int = 0) -> None:
        """Let this many days pass for one workflow, but for so many seconds. The server must have time
        skipping enabled. A child that starts while its parent skips would skip its whole life: stay
        ``short_of`` that.
        """
        await TimeSkipper(self.client).fast_forward(handle, timedelta(days=days, seconds=-short_of))

    def read(self, query: Callable[[Connection], T]) -> T:
        """The result of a query."""
        with self.database.connect().execution_options(readonly=True) as connection:
            return query(connection)

    async def gate(self, gate_id: str) -> dict[str, Any]:
        """Wait until this gate is open: a workflow task that a killed server had given out takes 10 s."""

        def opened() -> dict[str, Any] | None:
            found = self.read(lambda c: gates.find_gate(c, gate_id))
            return dict(found) if found and found["closed_at"] is None else None

        try:
            return await eventually(opened, f"{gate_id} opens")
        except AssertionError as error:
            case = GateRef.parse(gate_id).case
            open_now = [g["id"] for g in self.read(waiting) if g["case"] == case]
            raise AssertionError(f"{error}; open are {open_now}") from None

    async def propose(self, case: str | None = None, **changes: Any) -> Case:
        """A new case."""
        proposed = proposal(case, **changes)
        assert await self.partnerships.propose(proposed)
        return Case(self, proposed)

    def raise_money(self, fund: str, investor: str, minor: int, actors: tuple[str, str] = MANAGERS) -> None:
        """An investor is called, and pays; two managers of the fund say so."""
        for act in (FundAct.CALL, FundAct.RECEIVE):
            for actor in actors:
                fields = {"level": fund, "of": investor, "amount": minor, "reason": "A test."}
                order = FundOrder(act=act, actor=actor, **fields)
                Treasury(self.database, SELF_DECLARED).order(order)

    def programme(self, programme_id: str, **changes: Any) -> Programme:
        """Register a variant of the programme under another id, with its own fund; again, a new version."""
        base = self.partnerships.programme("k-city-2020")
        sleeves = tuple(s.model_copy(update={"id": f"sl-{programme_id}"}) for s in base.fund.sleeves)
        money = base.fund.model_copy(update={"id": f"fund-{programme_id}", "sleeves": sleeves})
        before = self.read(lambda connection: programme.versions(connection, programme_id))
        version = before[0].version + 1 if before else 1
        own = {"id": programme_id, "version": version, "fund": money, "sleeve": f"sl-{programme_id}"}
        changes = own | changes
        variant = Programme.model_validate(base.model_copy(update=changes).model_dump())
        with self.database.begin() as connection:
            funding.register(connection, variant.fund, datetime.now(UTC))
            programme.register(connection, variant, datetime.now(UTC))
        return variant
