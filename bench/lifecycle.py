"""Our own lifecycle, driven as its people would: every message of a happy case, in order, through the desk.

How the driver finds the next gate: gate ids are business keys, so all of them are known beforehand. What
opens the next gate of the same workflow is written in the transaction of the answer, so one read after the
answer finds it, with its content hash; the desk's message then waits inside the workflow for the few
milliseconds in which the workflow learns that its gate is open. Only where a child starts or ends in
between is the gate not there at once; then the driver looks again every few milliseconds, read-only.
"""

import asyncio
from typing import NamedTuple

from sqlalchemy import Engine, select
from temporalio.client import Client

from activities.case import gate as gates
from activities.case import notice
from bench.payload import HASH
from models.agreement.agreement import AgreementKind, Party, Signature, SignatureVerdict, Text
from models.amount import Amount
from models.base import Message
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.record import Answer
from models.partnership.partnership import Area, Proposal, StudyKind
from models.study.study import Award, Delivery, Finding
from models.tables.record import record
from services.case.cases import CaseService
from services.case.updates import NotConfirmed, Unreachable
from services.partnership.partnerships import PartnershipService

_LOOK_AGAIN = 0.01


class Step(NamedTuple):
    """One message: to which gate, by whom, and which gate opens with it."""

    gate: str
    update: str
    actor: str
    opens: str = ""

    @property
    def child(self) -> str:
        """The child workflow that holds the gate; empty: the partnership itself."""
        stage, part, _ = self.gate.partition(".")
        return stage if part else ""


STEPS = (
    Step("review", "decide", "expert.lim"),
    Step("review", "decide", "sec.han", "funding"),
    Step("funding", "decide", "molit.park"),
    Step("funding", "decide", "treasury.cho", "study.award"),
    Step("study.award", "award", "sec.han", "study.inception-delivery"),
    Step("study.inception-delivery", "deliver", "consult.jang", "study.inception"),
    Step("study.inception", "decide", "expert.lim", "study.interim-delivery"),
    Step("study.interim-delivery", "deliver", "consult.jang", "study.interim"),
    Step("study.interim", "decide", "expert.lim", "study.final-delivery"),
    Step("study.final-delivery", "deliver", "consult.jang", "study.final"),
    Step("study.final", "decide", "expert.lim", "agreement.text"),
    Step("agreement.text", "table", "coord.seo", "agreement.clearance"),
    Step("agreement.clearance", "decide", "legal.yoon", "agreement.signing"),
    Step("agreement.signing", "sign", "minister.kr"),
    Step("agreement.signing", "sign", "signatory.vn", "launch"),
    Step("launch", "decide", "director.kang"),
)

_PARTIES = (
    Party(organisation="MOLIT", country="KR", signatory="minister.kr"),
    Party(organisation="Hue city", country="VN", signatory="signatory.vn"),
)
_WRITTEN = {"award": "awarded", "deliver": "delivered", "table": "tabled"}


def proposal(case: str) -> Proposal:
    """A small request, so that the fund outlives the benchmark."""
    return Proposal(
        case=case,
        programme="k-city-unpaid",
        title="Smart city master plan for Hue",
        country="VN",
        city="Hue",
        area=Area.TRANSPORT,
        applicant="Hue city",
        study=StudyKind.MASTER_PLAN,
        requested=Amount(minor=100_000, currency="KRW"),
        summary="Traffic, flood warning and tickets on one platform. " * 4,
        proposer="coord.seo",
    )


def message(step: Step, case: str, content_hash: str) -> Message:
    """What the person of ``step`` sends."""
    gate, actor = f"{case}:{step.gate}:1", step.actor
    match step.update:
        case "award":
            return Award(gate=gate, actor=actor, contractor="K Engineering", tender="T-2026-1")
        case "deliver":
            finding = Finding.FEASIBLE if "final" in step.gate else None
            return Delivery(gate=gate, actor=actor, document=HASH, finding=finding)
        case "table":
            kind, title = AgreementKind.MOU, "Memorandum of understanding"
            return Text(gate=gate, actor=actor, kind=kind, title=title, document=HASH, parties=_PARTIES)
        case "sign":
            return Signature(gate=gate, actor=actor, verdict=SignatureVerdict.SIGN, document=HASH)
    return Decision(gate=gate, verdict=Choice.APPROVE, actor=actor, content_hash=content_hash)


def key(step: Step, case: str) -> str:
    """The business key under which the message must stand on record."""
    gate = f"{case}:{step.gate}:1"
    if word := _WRITTEN.get(step.update):
        return f"{gate}:{word}"
    return f"{gate}:{'signature' if step.update == 'sign' else 'vote'}:{step.actor}"


class Ours:
    """Drives ours, and keeps every answer it got to compare it with the record."""

    decisions = len(STEPS)

    def __init__(self, client: Client, database: Engine) -> None:
        self._client = client
        self._database = database
        self._desk = CaseService(client, database)
        self._partnerships = PartnershipService(self._desk)
        self._hashes: dict[str, str] = {}
        self.acknowledged: list[tuple[int, str]] = []

    async def begin(self, case: str) -> None:
        """Propose; returns when the review is open."""
        await self._partnerships.propose(proposal(case))
        await self._gate(case, "review")

    async def decide(self, case: str, number: int) -> None:
        """Send the next message; returns when it is acknowledged. No answer: send the same again."""
        step = STEPS[number]
        sent = message(step, case, self._hashes[case])
        while True:
            try:
                answer: Answer = await self._desk.send(step.update, sent)
            except (NotConfirmed, Unreachable):
                task = asyncio.current_task()
                if task and task.cancelling():  # the SDK hides a cancellation in an error of its own
                    raise asyncio.CancelledError from None
                continue
            if not answer.accepted:
                raise RuntimeError(f"{sent} was refused: {answer.message}")
            self.acknowledged.append((answer.seq, key(step, case)))
            return

    async def opened(self, case: str, number: int) -> bool:
        """Wait until the gate that the message opens is open. False: it opens none."""
        if opens := STEPS[number].opens:
            await self._gate(case, opens)
        return bool(opens)

    async def ended(self, case: str) -> None:
        """Wait until the case is closed."""
        await self._client.get_workflow_handle(f"partnership/{case}").result()

    def workflows(self, case: str) -> tuple[str, ...]:
        """The ids of the partnership and its children."""
        root = f"partnership/{case}"
        return root, f"{root}/study", f"{root}/agreement"

    async def settled(self) -> None:
        """Wait until the notices are delivered: their cost belongs to the decisions that caused them."""
        while True:
            if not self._pending():
                return
            await asyncio.sleep(_LOOK_AGAIN * 20)

    def lost(self) -> int:
        """Acknowledged messages that are not on record exactly once, under their number and key."""
        with self._database.connect().execution_options(readonly=True) as connection:
            rows = [(row.seq, row.key) for row in connection.execute(select(record.c.seq, record.c.key))]
        assert len({key for _, key in rows}) == len(rows), "a key stands on record twice"
        there = set(rows)
        return sum(answer not in there for answer in self.acknowledged)

    async def _gate(self, case: str, name: str) -> None:
        gate_id = f"{case}:{name}:1"
        while True:
            with self._database.connect().execution_options(readonly=True) as connection:
                gate = gates.find_gate(connection, gate_id)
            if gate:
                self._hashes[case] = gate["content_hash"]
                return
            await asyncio.sleep(_LOOK_AGAIN)

    def _pending(self) -> bool:
        with self._database.connect().execution_options(readonly=True) as connection:
            return notice.pending(connection)
