"""Payments without an engine: what their workflows do is done here, by rules, parts, services and activities
of the product, on a real database, under a clock that is moved by hand.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, cast

import pytest
from sqlalchemy import Engine

from activities.case import approval, rights
from activities.case.accepted import recalled
from activities.case.door import Door
from activities.payment import approved, sending
from activities.payment.sending import BankAnswer, Payments
from models.amount import Amount
from models.base import Message, digest
from models.case.approval import Decision, Vote
from models.case.duty import Act
from models.case.effects import Closes, Opens
from models.case.envelope import SELF_DECLARED, Mode
from models.case.gate import GateKind, Opening
from models.case.judge import judge
from models.case.panel import Choice, Outcome
from models.case.recall import Recalled
from models.case.record import Entry, Sent
from models.case.rights import Asked, Rights, may_do, may_work_at
from models.case.rule import Broken, CaseRule
from models.money.effects import Moves
from models.money.statement import StatementLine
from models.money.transfer import Transfer, TransferKind
from models.partnership.programme import Programme
from models.payment.bank import BankSays, Instruction, Said, Shown, decimal
from models.payment.effects import Lists
from models.payment.payment import BankLine, PaymentStart, PaymentState, PaymentUpdate
from models.payment.terms import PaymentRules
from services.case import acts
from services.case.cases import Refused
from services.payment import statements
from tests.support.entries import entry, proposes, write
from tests.support.fake_case import CASE, FakeMessages, Taken
from tests.support.house import proposal, sha
from tests.support.paying import statement
from workflows.case.confirmations import Confirmations
from workflows.payment import reconciliation
from workflows.payment.dues import Dues
from workflows.payment.hold import Holds
from workflows.payment.reconciliation import Matching

PAYEE, FUND, SLEEVE, DUE = "firm", "k-city", "asean-studies", Amount(minor=30_000, currency="KRW")
"""Who is paid, from what, how much."""


class Clock:
    """The time, as much later as ``by``; ``put_in_place`` has the product read it."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC) + self.by

    def today(self) -> date:
        """The day, in UTC."""
        return self.now().date()

    @contextmanager
    def put_in_place(self) -> Iterator[None]:
        """Whatever acts on people or money reads this clock meanwhile."""
        clock = self

        class Later(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
                return datetime.now(tz) + clock.by

        with pytest.MonkeyPatch.context() as patch:
            for module in (approved, sending, acts, statements):
                patch.setattr(module, "datetime", Later)
            patch.setattr(reconciliation, "asked_of_the_bank", _away)
            yield


async def _away(instruction: str) -> dict[str, Said]:
    """The bank is not to be asked here: what came back takes two people."""
    return {instruction: Said(says=BankSays.DOUBT, reason="The bank could not be asked.")}


class Submitted(NamedTuple):
    """What the bank was handed."""

    key: str
    amount: Amount
    account: str
    at: datetime


class Counter:
    """A bank that pays whatever it is handed, and keeps what that was."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.submitted: list[Submitted] = []

    def submit(self, instruction: Instruction, account: str) -> BankAnswer:
        """Pay it."""
        one = Submitted(instruction.key, instruction.amount, account, self.clock.now())
        self.submitted.append(one)
        return self._answer(one)

    def status(self, key: str) -> BankAnswer:
        """What it has of it."""
        known = next((one for one in self.submitted if one.key == key), None)
        return self._answer(known) if known else BankAnswer(BankSays.UNKNOWN)

    def _answer(self, one: Submitted) -> BankAnswer:
        shown = Shown(one.key, str(decimal(one.amount)), one.amount.currency, one.account)
        return BankAnswer(BankSays.SETTLED, "B-1", shown=shown)


class Part:
    """What the parts of a payment need of its case file."""

    def __init__(self, number: str, rules: PaymentRules, database: Engine, clock: Clock) -> None:
        self.number = number
        self.rules = rules
        self.now = clock.now
        self._database = database

    def entry(self, action: str, **more: Any) -> Entry:
        """An entry of the case."""
        return Entry(stage="study", action=action, at=self.now(), **more)

    async def on_record(self, *keys: str) -> dict[str, Recalled]:
        """Which of these keys are on record."""
        with self._database.connect() as connection:
            return {one.key: one for one in recalled(connection, keys)}


class Procedure(NamedTuple):
    """A payment, as its workflow has it: the parts of the product, with messages that a test hands in."""

    case: str
    part: Part
    dues: Dues
    matching: Matching
    taken: dict[str, Taken]

    @property
    def key(self) -> str:
        """What the payment is called."""
        return self.dues.key

    def gate(self, step: str) -> str:
        """Where people request or approve it."""
        return f"{self.case}:study.inception-{step}:1"

    @property
    def instruction(self) -> Instruction:
        """What is asked to be sent."""
        known = {"order": f"{self.key}:tranche", "fund": SLEEVE, "payee": PAYEE, "amount": DUE}
        of = {"key": f"{self.key}:1", "attempt": 1, "payment": self.key, "remittance": self.case}
        return Instruction(doubt_hours=1, **of, **known)


class Desk:
    """Where people act on payments. What they do is accepted (the entry), or refused (the rule)."""

    def __init__(self, database: Engine, programme: Programme, clock: Clock) -> None:
        self.database = database
        self.programme = programme
        self.rules = PaymentRules.model_validate(programme.content())
        self.clock = clock
        self.bank = Counter(clock)
        self._payments = Payments(database, self.bank)
        nobody = cast(Any, None)  # no envelope comes here, and no start
        self._directory = rights.Directory(database, Door(nobody, nobody, Mode.TRIAL))

    # -- a payment that is due ----------------------------------------------------------------

    def begin(self, case: str) -> Procedure | None:
        """A case whose study has a tranche that is due. None: its money was not to be had."""
        about = proposal(case)
        begun = entry(f"{case}:proposed").with_effects(*proposes(about, self.programme.digest()))
        procedure = self._procedure(case)
        opening = self._opening(procedure.gate("request"), "request", Act.REQUEST)
        due = PaymentUpdate(
            key=procedure.key,
            state=PaymentState.DUE,
            gate=opening.id,
            amount=DUE,
            fund=SLEEVE,
            reservation=f"{case}:reserve",
            payee=PAYEE,
            held="",
        )
        awaited = procedure.part.entry("payment awaited", key=f"{opening.id}:opened")
        entries = [
            begun,
            *_moves(case, procedure),
            awaited.with_effects(Lists(payment=due), Opens(opening=opening)),
        ]
        return None if self._write(case, *entries) else procedure

    def _procedure(self, case: str) -> Procedure:
        part = Part(case, self.rules, self.database, self.clock)
        start = PaymentStart(
            case=CASE.model_copy(update={"id": f"{case}/payment/inception"}),
            part="inception",
            payee=PAYEE,
            amount=DUE,
            reservation=f"{case}:reserve",
            order=f"{case}:study.inception:tranche",
            document=sha(case),
        )
        messages, dues = FakeMessages(cast(Any, part)), Dues(cast(Any, part), start)
        matching = Matching(cast(Any, messages), dues, Confirmations(cast(Any, part)))
        Holds(cast(Any, messages), dues)
        return Procedure(case, part, dues, matching, messages.taken)

    def _opening(self, gate: str, kind: str, act: Act, **more: Any) -> Opening:
        subject = {"payment": gate, "payee": PAYEE, "amount": DUE.content()}
        terms = self.rules.payment.request
        known = {"roles": terms.roles, "terms": terms.deadline} | more
        fixed: dict[str, Any] = {"zone": self.rules.zone, "countries": ("KR", "VN"), "subject": subject}
        return Opening(
            id=gate, kind=kind, question="Pay?", act=act, content_hash=digest(subject), **fixed, **known
        )

    # -- who asks for it, and who approves it -------------------------------------------------

    def rights(self, case: str, actor: str, message: str, giver: str | None = None) -> Rights:
        """What somebody may bring to a message, as the activity says it now."""
        known: dict[str, Any] = {"cooling_off_days": 0, "message": message, "on_behalf_of": giver}
        asked = Asked(case=case, actor=actor, day=self.clock.today(), parties=("Hue",), **known)
        return self._directory.rights(asked)

    def request(self, to: Procedure, actor: str) -> Entry | Broken:
        """Ask for the payment: with that its panel is convened."""
        gate, act = to.gate("request"), Act.REQUEST
        brought = self.rights(to.case, actor, sha(actor))
        if not may_work_at(self._opening(gate, "request", act), brought.actor, called_in=False):
            return Broken(CaseRule.ROLE_NOT_HELD)
        if broken := may_do(brought.actor, act, self.rules.duties):
            return broken
        asked = to.part.entry("payment requested", key=f"{gate}:requested", actor=actor, act=act)
        closed = to.part.entry("request done", key=f"{gate}:closed")
        return self._accepted(
            to, asked, closed.with_effects(Closes(gate=gate, outcome="done")), self._convened(to, actor)
        )

    def _convened(self, to: Procedure, requester: str) -> Entry:
        terms, gate = self.rules.payment.approval, to.gate("payment")
        panel = terms.panel_for(DUE.minor)
        seats: dict[str, Any] = {"roles": panel.roles, "panel": panel, "terms": terms.deadline}
        opening = self._opening(
            gate, GateKind.APPROVAL, Act.PAY, amount=DUE.minor, payee=PAYEE, barred=(requester,), **seats
        )
        listed = PaymentUpdate(key=to.key, state=PaymentState.REQUESTED, gate=gate, amount=DUE)
        up = to.part.entry("payment up for approval", key=f"{gate}:opened")
        return up.with_effects(Lists(payment=listed), Opens(opening=opening))

    def vote(
        self, to: Procedure, actor: str, verdict: Choice, giver: str | None = None, role: str | None = None
    ) -> Vote | Broken:
        """Vote on the payment, having read what the gate shows; the vote that settles it closes the gate."""
        gate = to.gate("payment")
        with self.database.connect() as connection:
            found = approval.decided(connection, gate)
        if found is None or found.outcome:
            return Broken(CaseRule.STAGE_OVER)
        read = found.opening.content_hash
        said: dict[str, Any] = {"comment": "Seen.", "on_behalf_of": giver, "role": role}
        decision = Decision(gate=gate, verdict=verdict, actor=actor, content_hash=read, **said)
        vote = judge(found.panel, decision, self.rights(to.case, actor, decision.digest(), giver))
        if isinstance(vote, Broken):
            return vote
        outcome = found.panel.with_vote(vote).outcome
        closing = (self._closed(to, read, outcome),) if outcome else ()
        written = self._accepted(to, _counted(to, vote), *closing)
        return vote if isinstance(written, Entry) else written

    def _closed(self, to: Procedure, read: str, outcome: Outcome) -> Entry:
        gate = to.gate("payment")
        state = PaymentState.APPROVED if outcome is Outcome.APPROVED else PaymentState.CANCELLED
        closed = to.part.entry(f"approval {outcome}", key=f"{gate}:closed", content_hash=read)
        listed = Lists(payment=PaymentUpdate(key=to.key, state=state))
        return closed.with_effects(Closes(gate=gate, outcome=outcome), listed)

    # -- what is said to the bank, and what the bank did --------------------------------------

    def pay(self, to: Procedure, **changes: Any) -> Said:
        """Have it sent; ``changes`` are what somebody typed into the instruction."""
        said = self._payments.pay(to.instruction.model_copy(update=changes))
        if said.says is BankSays.SETTLED:
            self._made(to)
        return said

    def _made(self, to: Procedure) -> None:
        to.dues.under_way = to.dues.paid = True
        to.matching.instruction, to.matching.sent_at = to.instruction.key, self.clock.now()
        key = f"{to.instruction.key}:paid"
        wish = Transfer(
            key=key,
            kind=TransferKind.PAY,
            fund=SLEEVE,
            reservation=f"{to.case}:reserve",
            resolves=to.dues.ordered,
            amount=DUE,
        )
        listed = Lists(payment=PaymentUpdate(key=to.key, state=PaymentState.PAID))
        made = to.part.entry("payment made", key=key).with_effects(Moves(transfer=wish), listed)
        assert not self._write(to.case, made)

    def back(self, to: Procedure, keeper: str) -> BankLine | Broken:
        """A statement is handed in in which the money came back: the message that says so."""
        figures: dict[str, Any] = {"amount": DUE, "booked": self.clock.today(), "back": True}
        instruction = to.instruction.key
        line = BankLine(
            gate=to.gate("payment"),
            actor=keeper,
            statement=sha("none"),
            row=1,
            account="ACCORD",
            line="B-1-R",
            instruction=instruction,
            **figures,
        )
        file = statement(_line(line, instruction))
        try:
            statements.Statements(self.database, keeper, SELF_DECLARED).keep(FUND, lambda: file)
        except Refused as refused:
            return Broken(cast(CaseRule, refused.rule))
        return line.model_copy(update={"statement": file.statement.sha256})

    def send(self, to: Procedure, name: str, message: Any) -> Entry | Broken:
        """Hand in what the parts of the payment take: ``hold``, ``release``, ``match``."""
        taken = to.taken[name]
        brought = self.rights(to.case, message.actor, cast(Message, message).digest())
        if taken.prepare:
            _at_once(taken.prepare(message))
        if broken := taken.judge(message, brought):
            return broken
        return self._accepted(to, taken.accept(message, brought))

    # -- the record ---------------------------------------------------------------------------

    def _accepted(self, to: Procedure, *entries: Entry) -> Entry | Broken:
        rule = self._write(to.case, *entries)
        return Broken(cast(CaseRule, rule)) if rule else entries[0]

    def _write(self, case: str, *entries: Entry) -> str | None:
        """The rule by which the record refused any of it; None: all of it is there."""
        later = [one.model_copy(update={"at": self.clock.now()}) for one in entries]
        receipts = write(self.database, *later, case=case, rules=self.programme.digest())
        return next((receipt.rule for receipt in receipts if receipt.rule), None)


def _line(line: BankLine, instruction: str) -> StatementLine:
    """A line of a statement with the figures of a message."""
    figures = {name: getattr(line, name) for name in ("amount", "booked", "back")}
    return StatementLine(id=line.line, end_to_end_id=instruction, **figures)


def _moves(case: str, to: Procedure) -> list[Entry]:
    """Money reserved, committed, and ordered for the payee."""
    known = {"fund": SLEEVE, "reservation": f"{case}:reserve"}
    moves = (
        Transfer(key=f"{case}:reserve", kind=TransferKind.PENDING, amount=DUE, **known),
        Transfer(key=f"{case}:reserve:post", kind=TransferKind.POST, **known),
        Transfer(key=to.dues.ordered, kind=TransferKind.ORDER, amount=DUE, **known),
    )
    return [entry(f"{one.key}!", transfer=one, facts={"payee": PAYEE}) for one in moves]


def _counted(to: Procedure, vote: Vote) -> Entry:
    """The vote as it stands on record."""
    said, gate = vote.decision, to.gate("payment")
    facts: dict[str, Any] = {"body": vote.body, "who": list(vote.who)}
    facts |= {"delegation": vote.delegation} if vote.delegation else {}
    return to.part.entry(
        f"vote {said.verdict}",
        key=f"{gate}:vote:{said.on_behalf_of or said.actor}",
        actor=said.actor,
        on_behalf_of=said.on_behalf_of,
        act=None if said.verdict is Choice.RECUSE else Act.PAY,
        role=vote.role,
        reason=said.comment,
        content_hash=said.content_hash,
        facts=facts,
        sent=Sent(name="decide", seal=digest(["decide", said.content(), 0]), message=said.content()),
    )


def _at_once(work: Any) -> None:
    """Carry out what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")


def fingerprint(account: str) -> str:
    """What stands for an account in what approvers see, worked out without the code under test."""
    return hashlib.sha256(f'{{"account":"{account}"}}'.encode()).hexdigest()
