"""The messages of a lifecycle: a case that nothing happens to, in the order in which its people act."""

from typing import NamedTuple

from bench.payload import HASH
from models.agreement.agreement import AgreementKind, Party, Signature, SignatureVerdict, Text
from models.amount import Amount
from models.base import Message
from models.case.approval import Decision
from models.case.panel import Choice
from models.partnership.partnership import Area, PartnershipStart, Proposal, StudyKind
from models.partnership.programme import Programme
from models.study.study import Award, Delivery, Finding


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
    Party(organisation="host.vn", country="VN", signatory="signatory.vn"),
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
        applicant="hue",
        study=StudyKind.MASTER_PLAN,
        requested=Amount(minor=100_000, currency="KRW"),
        summary="Traffic, flood warning and tickets on one platform. " * 4,
        proposer="coord.seo",
    )


def start_of(case: str, programme: Programme) -> PartnershipStart:
    """What its workflow starts from."""
    first = proposal(case)
    pinned = first.case_under(programme.id, programme.version, programme.digest(), programme.founder)
    return PartnershipStart(case=pinned, proposal=first)


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
