"""What own shape sends about: entries, openings and receipts of the size of real ones."""

from datetime import date, datetime, timedelta
from typing import Any

from models.case.case import Standing
from models.case.deadline import Rung, Schedule, Step, Terms
from models.case.gate import GateKind, Opened, Opening
from models.case.notice import Draft
from models.case.record import Entry
from models.case.rights import Asked, Capacity
from models.partnership.partnership import Stage
from workflows.partnership.partnership import PartnershipStart

HASH = "0123456789abcdef" * 4

_DUE = datetime.fromisoformat("2026-12-23T14:59:59+00:00")

OPENED = Opened(
    schedule=Schedule(
        terms=Terms(working_days=15, remind_before=(5, 1), escalate_to="director", grace_days=10),
        opened_at=_DUE,
        zone="Asia/Seoul",
        countries=("KR", "VN"),
    ),
    ladder=tuple(
        Step(at=_DUE + timedelta(days=days), rung=rung)
        for days, rung in ((-7, Rung.REMIND), (-1, Rung.REMIND), (0, Rung.ESCALATE), (14, Rung.CONSEQUENCE))
    ),
    content_hash=HASH,
)
"""What the database would answer to an opening."""


RIGHTS = Capacity(person="expert.lim", who="expert.lim", organisation="molit", roles=("expert",))
"""What the directory would say of whoever votes."""


def asking(start: PartnershipStart, actor: str, day: date) -> Asked:
    """The question that is put before a vote."""
    return Asked(
        case=start.proposal.case,
        actor=actor,
        day=day,
        beneficiary=start.proposal.applicant,
        cooling_off_days=start.programme.cooling_off_days,
        message=HASH,
    )


def opening(gate: str, start: PartnershipStart) -> Opening:
    """A gate for the panel of the review, over the proposal."""
    terms = start.programme.review
    return Opening(
        id=gate,
        kind=GateKind.APPROVAL,
        question="Accept the inception deliverable?",
        roles=terms.panel.roles,
        panel=terms.panel,
        subject={"deliverable": "inception", "document": HASH, "finding": None, "conditions": []},
        content_hash=HASH,
        terms=terms.deadline,
        zone=start.programme.zone,
        countries=(start.programme.founder, start.proposal.country),
    )


def entry(key: str, at: datetime, opens: Any = None) -> Entry:
    """Something that happened; one that opens a gate tells people so."""
    told = Draft(
        subject="B-1: Accept the inception deliverable?",
        body=f"Gate {key} waits for you.\n\nAccept the inception deliverable?\n\naccord inbox",
        roles=("secretariat", "expert"),
    )
    standing = Standing(stage=Stage.STUDY)
    return Entry(
        key=key,
        stage=Stage.STUDY,
        round=1,
        action=key.rpartition(":")[2],
        actor="expert.lim",
        role="expert",
        at=at,
        content_hash=HASH,
        before=standing if opens else None,
        after=standing if opens else None,
        opens=opens,
        notices=(told,) if opens else (),
    )
