"""A payment as the record has it once its panel has approved it, without an engine."""

from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine

from activities.case.gate import find_gate
from models.amount import Amount
from models.base import digest
from models.case.approval import Decision
from models.case.deadline import Terms
from models.case.duty import Act
from models.case.effects import Closes, Opens
from models.case.gate import Opening
from models.case.panel import Body, Choice, Panel
from models.case.record import Entry, Sent
from models.money.transfer import Transfer, TransferKind
from models.payment.bank import Instruction
from models.payment.effects import Lists
from models.payment.payment import PaymentState, PaymentUpdate
from runtime.settings import Settings
from runtime.setup import set_up
from tests.support.entries import entry, proposes, write
from tests.support.house import proposal, sha

CASE, PAYEE = "T-1", "K Engineering"
KEY = f"{CASE}:study.inception"
GATE = f"{CASE}:study.inception-payment:1"
AGAIN = f"{CASE}:study.inception-payment.again:1"
"""Where the panel decides once more, after a vote was struck out."""
ORDER = f"{KEY}:tranche"
RESERVE = f"{CASE}:reserve"
DUE = Amount(minor=30_000, currency="KRW")
PANEL = Panel(bodies=(Body(name="panel", seats=("paying_officer", "controller"), quorum=2),))


class Approved(NamedTuple):
    """What was put on record, for tests to change."""

    database: Engine
    rules: str

    def write(self, *entries: Entry) -> None:
        """More of the same case."""
        assert not [r for r in write(self.database, *entries, case=CASE, rules=self.rules) if r.rule]


def approved(database: Engine, home: Path, **more: Any) -> Approved:
    """A payment of KRW 30,000, ordered, asked for, and approved by two; it is to be sent now."""
    rules = _furnished(database, home)
    found = Approved(database, rules)
    amount = more.get("amount", DUE)
    found.write(*_ordered(more.get("ordered", DUE)))
    listed = PaymentUpdate(
        key=KEY,
        gate=GATE,
        state=PaymentState.REQUESTED,
        fund="asean-studies",
        reservation=RESERVE,
        payee=more.get("payee", PAYEE),
        amount=amount,
        held="",
    )
    opened = Entry(
        **_entry(f"{GATE}:opened"), effects=(Lists(payment=listed), Opens(opening=_opening(amount)))
    )
    found.write(opened)
    found.write(*(_vote(database, voter, role, GATE) for voter, role in more.get("votes", VOTES)))
    if more.get("closed", True):
        found.write(_closing(database, GATE))
    return found


VOTES = (("pay.oh", "paying_officer"), ("pay.ryu", "controller"))


def reopened(found: Approved) -> None:
    """An approval that no longer stands: the panel sits again on the same content."""
    found.write(Entry(**_entry(f"{AGAIN}:opened"), effects=(Opens(opening=_opening(DUE, AGAIN)),)))


def confirmed(found: Approved) -> None:
    """The panel that sits again approves it again."""
    found.write(*(_vote(found.database, voter, role, AGAIN) for voter, role in VOTES))
    found.write(_closing(found.database, AGAIN))


def _closing(database: Engine, where: str) -> Entry:
    """The entry by which a panel approved it; with that it is sent."""
    known = _entry(f"{where}:closed") | {
        "action": "approval approved",
        "content_hash": _shown(database, where),
    }
    sent = Lists(payment=PaymentUpdate(key=KEY, state=PaymentState.SENT))
    return Entry(**known, effects=(Closes(gate=where, outcome="approved"), sent))


def _shown(database: Engine, where: str) -> str:
    """The digest of what a gate shows."""
    with database.connect() as connection:
        gate = find_gate(connection, where)
    assert gate
    return gate["content_hash"]


def instruction(**changes: Any) -> Instruction:
    """What a workflow asks to have sent."""
    fields: dict[str, Any] = {
        "key": f"{KEY}:1",
        "attempt": 1,
        "payment": KEY,
        "order": ORDER,
        "fund": "asean-studies",
        "payee": PAYEE,
        "amount": DUE,
        "remittance": "T-1 inception",
        "doubt_hours": 1,
    }
    return Instruction(**fields | changes)


def _furnished(database: Engine, home: Path) -> str:
    programmes = set_up(database, Settings(home=home)).programmes
    terms = next(one for one in programmes if one.id == "k-city-2020")
    proposed = proposal(CASE)
    begun = entry(f"{CASE}:proposed").with_effects(*proposes(proposed, terms.digest()))
    write(database, begun, case=CASE, rules=terms.digest())
    return str(terms.digest())


def _ordered(amount: Amount) -> list[Entry]:
    known = {"fund": "asean-studies", "reservation": RESERVE}
    wanted = Amount(minor=1_000_001, currency="KRW")
    moves = (
        Transfer(key=RESERVE, kind=TransferKind.PENDING, amount=wanted, **known),
        Transfer(key=f"{RESERVE}:post", kind=TransferKind.POST, **known),
        Transfer(key=ORDER, kind=TransferKind.ORDER, amount=amount, **known),
    )
    return [entry(f"{one.key}!", transfer=one, facts={"payee": PAYEE}) for one in moves]


def _opening(amount: Amount, where: str = GATE) -> Opening:
    subject = {"invoice": sha("invoice"), "payee": PAYEE, "amount": amount.content()}
    return Opening(
        id=where,
        kind="approval",
        question="Pay?",
        roles=PANEL.roles,
        act=Act.PAY,
        panel=PANEL,
        subject=subject,
        payee=PAYEE,
        content_hash=digest(subject),
        terms=Terms(working_days=10, escalate_to="finance_director", grace_days=10),
        zone="Asia/Seoul",
        countries=("KR", "VN"),
    )


def _vote(database: Engine, voter: str, role: str, where: str) -> Entry:
    read = _shown(database, where)
    said = Decision(gate=where, verdict=Choice.APPROVE, actor=voter, content_hash=read)
    known = _entry(f"{where}:vote:{voter}") | {"action": "vote approve", "actor": voter, "act": Act.PAY}
    known |= {"role": role, "content_hash": read, "facts": {"body": "panel", "who": [voter]}}
    return Entry(**known, sent=Sent(name="decide", seal=sha(f"{where}{voter}"), message=said.content()))


def _entry(key: str) -> dict[str, Any]:
    known = entry(key).model_dump(include={"key", "stage", "action", "at"})
    return known | {"stage": "study"}
