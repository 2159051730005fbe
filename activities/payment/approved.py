"""What is to be sent, worked out anew from the tables: nobody who asks for it is believed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select
from temporalio import activity

from activities.case import cases, registry
from activities.case.approval import decided
from activities.case.gate import find_gate
from activities.money import level
from activities.payment import payment
from activities.people import person
from activities.people.account import account_of
from models.amount import Amount
from models.base import digest
from models.case.gate import GateKind, GateRef
from models.case.panel import Outcome
from models.case.rule import Broken
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind
from models.payment.bank import BankSays, Instruction, Said, Sent
from models.payment.payment import PaymentState
from models.payment.rule import PaymentRule
from models.payment.terms import PaymentTerms
from models.people.account import Account
from models.tables.money import transfer
from models.tables.record import record

_SENDABLE = (PaymentState.APPROVED, PaymentState.SENT, PaymentState.IN_DOUBT)
"""States of a payment that its panel has approved, and that no bank has decided on."""


class Payable(NamedTuple):
    """What is sent, and the account it goes to."""

    instruction: Instruction
    account: Account

    @property
    def sent(self) -> Sent:
        """What the bank's answers must repeat."""
        return Sent(self.instruction.key, self.instruction.amount, self.account.fingerprint)


class _Approved(NamedTuple):
    """What a panel has approved, as its gate shows it; its digest is on record with every vote."""

    round: int
    amount: Amount
    payee: str
    account: str | None
    """The digest that the approvers saw; None: there was no account to see."""


def payable(connection: Connection, asked: Instruction) -> Payable | Said:
    """What is to be sent for an instruction. Said: why nothing may be, now or at all."""
    row = payment.find(connection, asked.payment)
    if row is None:
        return _refused(PaymentRule.NOT_AS_APPROVED, f"There is no payment {asked.payment}.")
    approved = _approved(connection, row)
    if isinstance(approved, str):
        return _refused(PaymentRule.NOT_AS_APPROVED, approved)
    if wrong := [*_differences(connection, asked, row, approved)]:
        return _refused(PaymentRule.NOT_AS_APPROVED, f"It differs in: {', '.join(wrong)}.")
    return _stopped(connection, row) or _with_account(connection, asked, row, approved)


def _refused(rule: PaymentRule, detail: str) -> Said:
    return Said(says=BankSays.REFUSED, rule=rule, reason=Broken(rule, detail).text)


def _approved(connection: Connection, row: payment.PaymentRow) -> _Approved | str:
    """What the panel of a payment has approved, its votes counted anew; or why that cannot be said."""
    gate_id = row["gate"]
    found = decided(connection, gate_id)
    while found and found.superseded:
        gate_id = GateRef.parse(gate_id).again()
        found = decided(connection, gate_id)
    gate = find_gate(connection, gate_id)
    if found is None or gate is None:
        return f"No panel was asked at {gate_id}."
    read = found.opening.content_hash
    if found.panel.outcome is not Outcome.APPROVED or gate["outcome"] != Outcome.APPROVED:
        return f"{gate_id} has not approved it."
    closed = {"key": f"{gate_id}:closed", "as": f"{GateKind.APPROVAL} {Outcome.APPROVED}", "read": read}
    if connection.scalar(_CLOSED, closed) is None:
        return f"No entry on record says that {gate_id} approved it."
    subject = json.loads(gate["subject"])
    if digest(subject) != read or any(vote.decision.content_hash != read for vote in found.panel.votes):
        return f"What {gate_id} shows is not what was voted on."
    return _shown(GateRef.parse(row["gate"]).round, subject)


_CLOSED = select(record.c.seq).where(
    record.c.key == bindparam("key"),
    record.c.action == bindparam("as"),
    record.c.content_hash == bindparam("read"),
    record.c.rule.is_(None),
)


def _shown(round_: int, subject: dict[str, Any]) -> _Approved:
    account = subject.get("account")
    return _Approved(
        round_,
        Amount.model_validate(subject["amount"]),
        subject["payee"],
        account["digest"] if account else None,
    )


def _differences(
    connection: Connection, asked: Instruction, row: payment.PaymentRow, approved: _Approved
) -> Iterator[str]:
    """In what an instruction, the payment, what was approved and the order behind it are not the same."""
    order = connection.execute(_ORDERED, {"order": asked.order}).first()
    due = Amount(minor=row["amount"], currency=row["currency"])
    same = {
        "state": row["state"] in _SENDABLE,
        "round": asked.key == f"{row['key']}:{approved.round}",
        "amount": asked.amount == due == approved.amount,
        "payee": asked.payee == row["payee"] == approved.payee == _awarded(connection, row),
        "fund": asked.fund == row["fund"],
        "order": order is not None and _covers(order, row),
    }
    yield from (what for what, agrees in same.items() if not agrees)


def _covers(order: Row[Any], row: payment.PaymentRow) -> bool:
    """Whether an open order is that of a payment, and of as much."""
    of = f"{row['key']}:tranche"
    mine = (row["fund"], row["reservation"], row["currency"])
    theirs = (order.fund, order.reservation, order.currency)
    named = order.key == of or order.key.startswith(f"{of}:")
    return bool(named and theirs == mine and order.amount >= row["amount"])


_RESOLVED = transfer.alias("resolved")
_ORDERED = select(transfer).where(
    transfer.c.key == bindparam("order"),
    transfer.c.kind == TransferKind.ORDER,
    ~select(_RESOLVED.c.key).where(_RESOLVED.c.resolves == transfer.c.key).exists(),
)


def _awarded(connection: Connection, row: payment.PaymentRow) -> str | None:
    """Who is owed it, as the entry has it by which it became due."""
    found = connection.scalar(_DUE, {"of": f"{row['key']}:tranche"})
    return json.loads(found)["facts"].get("payee") if found else None


_DUE = (
    select(record.c.payload)
    .join(transfer, transfer.c.record == record.c.seq)
    .where(transfer.c.key == bindparam("of"), transfer.c.kind == TransferKind.ORDER)
)


def _stopped(connection: Connection, row: payment.PaymentRow) -> Said | None:
    """Why nothing may be paid now: the payment is held, or its fund is frozen."""
    if row["held"]:
        return Said(says=BankSays.NOT_SENT, rule=PaymentRule.HELD, reason=f"It is held: {row['held']}")
    if frozen := level.frozen(connection, row["fund"]):
        reason = f"The fund is frozen: {frozen}"
        return Said(says=BankSays.NOT_SENT, rule=MoneyRule.FUND_FROZEN, reason=reason)
    return None


def _with_account(
    connection: Connection, asked: Instruction, row: payment.PaymentRow, approved: _Approved
) -> Payable | Said:
    """What is to be sent, to the account that approvers saw, once it has been in force for long enough."""
    account = account_of(connection, approved.payee)
    if account is None:
        reason = "The directory has no account of the payee."
        return Said(says=BankSays.NOT_SENT, rule=PaymentRule.NO_ACCOUNT, reason=reason)
    if account.fingerprint != approved.account:
        return _refused(PaymentRule.ACCOUNT_CHANGED, f"It ends in {account.shown()['last']} now.")
    wait = timedelta(days=_terms(connection, row).account_cooling_days)
    if account.since and _now() < account.since + wait:
        rule, until = PaymentRule.ACCOUNT_COOLING, account.since + wait
        reason = Broken(rule, f"It is paid to from {until:%Y-%m-%d %H:%M} UTC.").text
        return Said(says=BankSays.NOT_SENT, rule=rule, reason=reason, not_before=until)
    body = person.find_organisation(connection, account.organisation)
    assert body, "it has an account"
    due = {"amount": approved.amount, "payee": body.name, "fund": row["fund"]}
    due |= {"remittance": f"{row['case']} {row['key'].removeprefix(row['case'] + ':study.')}"}
    return Payable(asked.model_copy(update=due), account)


def _now() -> datetime:
    """What time it is, by our clock or the engine's, whichever is behind: where ours goes wrong, no account
    has cooled too soon.
    """
    ours = datetime.now(UTC)
    return min(ours, activity.info().started_time) if activity.in_activity() else ours


def _terms(connection: Connection, row: payment.PaymentRow) -> PaymentTerms:
    """The terms of payment of the programme that a case is pinned to."""
    case = cases.find(connection, row["case"])
    content = registry.content(connection, case["rules"]) if case else None
    assert content, "the panel was put together from the same terms"
    return PaymentTerms.model_validate(content["payment"])
