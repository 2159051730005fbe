"""What own shape sends about: entries, effects and answers of the size of real ones."""

from datetime import datetime, timedelta
from typing import Any

from models.amount import Amount
from models.case.case import Case, Standing
from models.case.deadline import Rung, Schedule, Step, Terms
from models.case.effects import Begins, Closes, Effect, Opens, Stands, Tells
from models.case.gate import GateKind, Opened, Opening
from models.case.letters import asks
from models.case.record import Entry, Sent
from models.case.rights import Asked, Capacity
from models.case.rules import Rules, TermsWanted
from models.money.effects import Moves
from models.money.transfer import Transfer, TransferKind
from models.partnership.effects import Proposes
from models.partnership.partnership import PartnershipStart
from models.partnership.programme import PartnershipTerms

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

_OPEN = Standing(stage="study")


def wanted(case: Case, workflow_id: str, terms: type[Rules]) -> TermsWanted:
    """What a workflow asks for when it starts."""
    names = ("withdraw", "declare", "terminate")
    fields = tuple(terms.model_fields)
    return TermsWanted(
        rules=case.rules, fields=fields, case=case.number, workflow_id=workflow_id, messages=names
    )


def asking(case: Case, terms: Rules, actor: str, at: datetime) -> Asked:
    """The question that is put before a vote."""
    return Asked(
        case=case.number,
        actor=actor,
        day=at.date(),
        parties=case.parties,
        cooling_off_days=terms.cooling_off_days,
        message=HASH,
        seal=HASH,
    )


def proposing(start: PartnershipStart) -> tuple[Effect, ...]:
    """A proposal that was handed in."""
    begins = Begins(case=start.case, standing=_OPEN)
    return begins, Proposes(proposal=start.proposal)


def opening(gate: str, case: Case, terms: PartnershipTerms) -> tuple[Effect, ...]:
    """A gate for the panel of the review that opens, and the letter that says so."""
    opens = Opening(
        id=gate,
        kind=GateKind.APPROVAL,
        question="Accept the inception deliverable?",
        roles=terms.review.panel.roles,
        panel=terms.review.panel,
        barred=("coord.seo",),
        subject={"deliverable": "inception", "document": HASH, "finding": None, "conditions": []},
        content_hash=HASH,
        terms=terms.review.deadline,
        zone=terms.zone,
        countries=case.countries,
    )
    return Opens(opening=opens), Tells(notice=asks(case.number, opens))


def closing(gate: str) -> tuple[Effect, ...]:
    """A gate that closes."""
    return (Closes(gate=gate, outcome="approved"),)


def moving(closes: bool = False) -> tuple[Effect, ...]:
    """A case that stands elsewhere, or comes to its end."""
    outcome = {"result": {"finding": "feasible", "conditions": [], "contractor": "K", "final": HASH}}
    return (Stands(before=_OPEN, after=_OPEN, closes=closes, outcome=outcome if closes else None),)


def paying(key: str) -> tuple[Effect, ...]:
    """A transfer."""
    amount = Amount(minor=30_000, currency="KRW")
    transfer = Transfer(
        key=key, kind=TransferKind.ORDER, fund="asean-studies", reservation=key, amount=amount
    )
    return (Moves(transfer=transfer),)


def entry(key: str, at: datetime, *effects: Effect, **more: Any) -> Entry:
    """Something that happened, with the facts of an ordinary entry."""
    facts = {"votes": [{"actor": "expert.lim", "verdict": "approve", "role": "expert"}]} if effects else {}
    return Entry(
        key=key,
        stage="study",
        action=key.rpartition(":")[2],
        at=at,
        content_hash=HASH,
        facts=facts,
        effects=effects,
        **more,
    )


def sent(key: str, at: datetime, name: str, actor: str, content: dict[str, Any]) -> Entry:
    """A message that was accepted."""
    message = Sent(name=name, seal=HASH, message=content)
    return entry(key, at, actor=actor, role="expert", attested=False, sent=message)
