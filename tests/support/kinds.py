"""One case of every kind of workflow, each at its first gate, and what people send it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client, WorkflowHandle

from models.agreement.agreement import AgreementStart, Party, Text
from models.base import Message
from models.case.acknowledgement import Acknowledgement, AcknowledgementStart
from models.case.approval import Decision
from models.case.panel import Choice
from models.case.record import Answer
from models.payment.payment import PaymentRequest
from models.study.study import Deliverable, StudyStart, Tender
from models.training.nomination import Nomination
from tests.support import paying, signed
from tests.support.house import House, sha
from tests.support.training import Cohort, official, plan

KINDS = ("partnership", "study", "agreement", "payment", "report", "cohort")
MAY = {"partnership": "expert.lim", "study": "sec.han", "agreement": "coord.seo"}
MAY |= {"payment": "consult.jang", "report": "sec.bae", "cohort": "nominator.vn"}
"""Who does what the first gate waits for."""


@dataclass(frozen=True)
class Subject:
    """A case of one kind under attack. Only a partnership has all of its life; the others stand alone."""

    kind: str
    case: Any
    """What drives it: a `Case`, or a `Cohort`."""
    name: str
    """Of its first gate."""

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Its workflow."""
        if isinstance(self.case, Cohort):
            return self.case.handle
        part = {"partnership": "", "payment": "/payment/inception", "report": "/report/1"}
        client: Client = self.case.house.client
        return client.get_workflow_handle(f"partnership/{self.case.id}{part.get(self.kind, f'/{self.kind}')}")

    @property
    def gate(self) -> str:
        """The id of its first gate."""
        return f"{self.case.id}:{self.name}:1"

    def history(self) -> list[dict[str, Any]]:
        """What its workflow has put on record."""
        return [row for row in self.case.history() if row["workflow_id"] == self.handle.id]

    async def send(self, sent: tuple[str, Message]) -> Answer:
        """Hand in a message."""
        answer: Answer = await self.case.send(*sent)
        return answer


async def started(house: House, kind: str) -> Subject:
    """A case of this kind that waits at its first gate."""
    subject = await _START[kind](house)
    await house.gate(subject.gate)
    return subject


async def _partnership(house: House) -> Subject:
    return Subject("partnership", await house.propose(), "review")


async def _payment(house: House) -> Subject:
    return Subject("payment", await paying.due(house), "study.inception-request")


async def _study(house: House) -> Subject:
    case = paying.committed(house)
    start = StudyStart(
        case=paying.pinned(case).part("study", "study"),
        commitment=case.proposal.requested,
        reservation=f"{case.id}:reserve",
        parts=tuple(Deliverable),
        what=case.proposal.study,
        proposer=case.proposal.proposer,
    )
    return await _begun(Subject("study", case, "study.tender"), start)


async def _agreement(house: House) -> Subject:
    case = paying.committed(house)
    part = paying.pinned(case).part("agreement", "agreement")
    start = AgreementStart(case=part, proposer=case.proposal.proposer)
    return await _begun(Subject("agreement", case, "agreement.text"), start)


async def _report(house: House) -> Subject:
    case = paying.committed(house)
    start = AcknowledgementStart(
        case=paying.pinned(case).part("acknowledgement", "report/1"),
        stage="review",
        vote=f"{case.id}:review:1",
        record=1,
        verdict=Choice.APPROVE,
        deputy="legal.yoon",
        absent="sec.bae",
    )
    return await _begun(Subject("report", case, "review.report"), start)


async def _begun(subject: Subject, start: Message) -> Subject:
    house = subject.case.house
    await signed.start(house.client, house.settings, subject.kind, start, subject.handle.id)
    return subject


async def _cohort(house: House) -> Subject:
    cohort = await Cohort.planned(house, plan())
    await cohort.open()
    return Subject("cohort", cohort, "training.nominations")


_START: dict[str, Callable[[House], Awaitable[Subject]]] = {
    "partnership": _partnership,
    "study": _study,
    "agreement": _agreement,
    "payment": _payment,
    "report": _report,
    "cohort": _cohort,
}


def message(subject: Subject, number: int, actor: str) -> tuple[str, Message]:
    """What somebody who may would do at the first gate; each number is another message."""
    gate, word = subject.gate, sha(f"{subject.case.id} {number}")
    match subject.kind:
        case "partnership":
            vote = {"verdict": "approve", "content_hash": word}
            return "decide", Decision.model_validate({"gate": gate, "actor": actor} | vote)
        case "study":
            fields = {"reference": f"T-{number}", "country": "KR", "criteria": word, "consent": word}
            return "publish", Tender.model_validate({"gate": gate, "actor": actor} | fields)
        case "agreement":
            sides = (("MOLIT", "KR", "minister.kr"), ("host.vn", "VN", "signatory.vn"))
            parties = tuple(Party(organisation=one, country=of, signatory=who) for one, of, who in sides)
            text = {"kind": "mou", "title": f"MOU {number}", "document": word, "parties": parties}
            return "table", Text.model_validate({"gate": gate, "actor": actor} | text)
        case "payment":
            invoice = {"invoice": word, "number": f"2026-{number}"}
            return "request_payment", PaymentRequest.model_validate({"gate": gate, "actor": actor} | invoice)
        case "cohort":
            return "nominate", _nomination(subject, number, actor)
    return "acknowledge", Acknowledgement(gate=gate, actor=actor, comment=f"Seen {number}.")


def _nomination(subject: Subject, number: int, actor: str) -> Nomination:
    """Of somebody in the register, where it is the authority that nominates."""
    assert isinstance(subject.case, Cohort)
    if actor == MAY["cohort"]:
        return subject.case.register(official("VN", f"{subject.case.id}-{number}"), actor)
    nobody = {"nominee": f"vn-{number:010x}", "dossier": sha(f"{number}")}
    return Nomination.model_validate({"gate": subject.gate, "actor": actor, "country": "VN"} | nobody)


def refused(subject: Subject, number: int, actor: str = "pay.oh") -> tuple[str, Message]:
    """The same from somebody who has no rights to it."""
    return message(subject, number, actor)
