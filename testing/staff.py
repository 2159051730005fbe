"""What the staff of the demonstration do. They see what real staff see: the inbox, and nothing else."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from activities.case.inbox import at_case
from activities.money import book as journal
from activities.partnership import partnership
from activities.payment import payment
from models.agreement.agreement import AgreementGate, AgreementKind, Party, Signature, SignatureVerdict, Text
from models.base import Message
from models.case.approval import Decision
from models.case.gate import GateKind, GateRef
from models.case.panel import Choice
from models.case.record import Answer
from models.money.transfer import Account
from models.partnership.action import PartnershipGate
from models.partnership.partnership import Proposal, Resubmission, Withdrawal
from models.payment.action import PaymentGate
from models.payment.payment import PaymentRequest, PaymentState
from models.study.action import StudyGate
from models.study.study import Award, Deliverable, Delivery, Finding, Tender

T = TypeVar("T")


class Sends(Protocol):
    """Hands messages in, and says what became of them."""

    async def send(self, name: str, message: Message) -> Answer:
        """The answer."""
        ...


PROPOSER = "coord.seo"
RECONCILER = "books.noh"

# Where the story leaves the straight road. The decisions are invented, the projects are not.
WITHDRAWN = "KCN-2020-02"
INFEASIBLE = "KCN-2021-02"
REFUSED = "KCN-2022-10"
RETURNED = "KCN-2020-04"
OWN = "KCN-2024-04"

_PANELS = {
    "review": ("expert.lim", "sec.han"),
    "funding": ("molit.park", "treasury.cho"),
    "study.inception": ("expert.lim",),
    "study.interim": ("expert.lim",),
    "study.final": ("sec.bae",),
    "agreement.clearance": ("legal.yoon",),
    "launch": ("director.kang",),
} | {
    f"study.{part}-{step}": ("pay.oh", "pay.ryu", "pay.baek")
    for part in Deliverable
    for step in ("payment", "doubt")
}


def opening_scene(proposals: list[Proposal]) -> list[Proposal]:
    """One project is proposed by somebody who also sits on the review panel."""
    return [p.model_copy(update={"proposer": "expert.moon"}) if p.case == OWN else p for p in proposals]


_DONE = (PaymentState.PAID, PaymentState.RECONCILED, PaymentState.CANCELLED)


class Staff:
    """Everybody who works on one case."""

    def __init__(
        self, database: Engine, cases: Sends, proposal: Proposal, say: Callable[[str], None]
    ) -> None:
        self._database = database
        self._cases = cases
        self._proposal = proposal
        self._case = proposal.case
        self._say = say
        self._does: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {
            GateKind.APPROVAL: self._vote,
            PartnershipGate.REVISION: self._revise,
            StudyGate.TENDER: self._publish,
            StudyGate.AWARD: self._award,
            StudyGate.DELIVERY: self._deliver,
            AgreementGate.TEXT: self._table,
            AgreementGate.SIGNING: self._sign,
            PaymentGate.REQUEST: self._request,
        }

    async def work(self, existed: bool) -> None:
        """Do whatever the inbox asks for, until the case is closed and all that was accepted is paid."""
        if existed:
            self._say(f"{self._case} exists already; nothing is started twice.")
        done: set[str] = set()
        while not (self._closed() and self._paid()):
            gates = [g for g in self._read(lambda c: at_case(c, self._case)) if g["id"] not in done]
            for gate in gates:
                done.add(gate["id"])
                await self._does[gate["kind"]](gate)
            if not gates:
                await asyncio.sleep(0.05)

    def _closed(self) -> bool:
        row = self._read(lambda c: partnership.find(c, self._case))
        return row is not None and row["closed_at"] is not None

    def _paid(self) -> bool:
        """Whether nothing is due any more: what is ordered may not be on the list of payments yet."""
        owed = self._read(lambda c: payment.listing(c, case=self._case))
        held = self._read(journal.by_case).get(self._case, {})
        return not held.get(Account.ORDERED) and all(PaymentState(row["state"]) in _DONE for row in owed)

    async def _request(self, gate: Mapping[str, Any]) -> None:
        fields = {"gate": gate["id"], "invoice": _document(gate["id"]), "number": f"INV-{self._case}"}
        await self._send("request_payment", PaymentRequest(actor="consult.jang", **fields))

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._database.connect().execution_options(readonly=True) as connection:
            return query(connection)

    async def _send(self, name: str, message: Message) -> Answer:
        return await self._cases.send(name, message)

    async def _vote(self, gate: Mapping[str, Any]) -> None:
        ref = GateRef.parse(gate["id"])
        if ref.name == "review" and self._case == OWN:
            answer = await self._decide(gate, "expert.moon", Choice.APPROVE)
            self._say(
                f"[yellow]{self._case}: expert.moon votes on their own proposal. {answer.message}[/yellow]"
            )
        if ref.name == "review" and ref.round == 1 and self._case == RETURNED:
            for voter in _PANELS["review"]:
                await self._decide(gate, voter, Choice.RETURN, "Name the agency that will run the platform.")
            self._say(f"{self._case}: the panel returns it for revision.")
            return
        for voter in _PANELS[ref.name][: gate["panel"].count('"quorum":3') + 2]:
            await self._decide(gate, voter, Choice.APPROVE)

    async def _decide(
        self, gate: Mapping[str, Any], actor: str, verdict: Choice, comment: str = ""
    ) -> Answer:
        decision = Decision(
            gate=gate["id"], verdict=verdict, actor=actor, content_hash=gate["content_hash"], comment=comment
        )
        return await self._send("decide", decision)

    async def _revise(self, gate: Mapping[str, Any]) -> None:
        summary = (
            f"{self._proposal.summary} The provincial transport department will run the platform.".strip()
        )
        revised = self._proposal.model_copy(update={"summary": summary})
        await self._send("resubmit", Resubmission(gate=gate["id"], actor=revised.proposer, proposal=revised))
        self._say(f"{self._case}: revised and resubmitted.")

    async def _publish(self, gate: Mapping[str, Any]) -> None:
        papers = {name: _document(f"{self._case}:{name}") for name in ("criteria", "consent")}
        known = {"gate": gate["id"], "reference": f"T-{self._case}", "country": "KR"}
        await self._send("publish", Tender(actor="sec.han", **known, **papers))

    async def _award(self, gate: Mapping[str, Any]) -> None:
        if self._case == WITHDRAWN:
            reason = "The host authority ends its part (illustrative)."
            await self._send("withdraw", Withdrawal(case=self._case, actor=PROPOSER, reason=reason))
            self._say(f"{self._case}: withdrawn; its commitment goes back to the fund.")
            return
        message = Award(
            gate=gate["id"], actor="sec.han", contractor="Illustrative Consultants", tender=f"T-{self._case}"
        )
        await self._send("award", message)

    async def _deliver(self, gate: Mapping[str, Any]) -> None:
        finding = None
        if ".final-delivery" in gate["id"]:
            finding = Finding.INFEASIBLE if self._case == INFEASIBLE else Finding.FEASIBLE
        document = _document(gate["id"])
        message = Delivery(gate=gate["id"], actor="consult.jang", document=document, finding=finding)
        await self._send("deliver", message)

    async def _table(self, gate: Mapping[str, Any]) -> None:
        country = self._proposal.country
        host = f"signatory.{country.lower()}"
        parties = (
            Party(organisation="MOLIT", country="KR", signatory="minister.kr"),
            Party(organisation=f"host.{country.lower()}", country=country, signatory=host),
        )
        title = f"Cooperation on: {self._proposal.title}"[:200]
        text = Text(
            gate=gate["id"],
            actor="coord.seo" if self._case != OWN else "expert.moon",
            kind=AgreementKind.MOU,
            title=title,
            document=_document(gate["id"]),
            parties=parties,
        )
        await self._send("table", text)

    async def _sign(self, gate: Mapping[str, Any]) -> None:
        ref = GateRef.parse(gate["id"])
        document = _document(f"{self._case}:agreement.text:{ref.round}")
        host = f"signatory.{self._proposal.country.lower()}"
        if self._case == REFUSED and ref.round == 1:
            await self._signature(
                gate, host, SignatureVerdict.REFUSE, document, "Article 4 needs another reading."
            )
            self._say(f"{self._case}: a signatory refuses; the text goes back to the table.")
            return
        for signatory in ("minister.kr", host):
            await self._signature(gate, signatory, SignatureVerdict.SIGN, document)

    async def _signature(
        self, gate: Mapping[str, Any], actor: str, verdict: SignatureVerdict, document: str, comment: str = ""
    ) -> None:
        message = Signature(gate=gate["id"], actor=actor, verdict=verdict, document=document, comment=comment)
        await self._send("sign", message)


def _document(gate_id: str) -> str:
    return hashlib.sha256(f"illustrative document of {gate_id}".encode()).hexdigest()
