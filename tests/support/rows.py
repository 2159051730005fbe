"""Rows put into tables as they are, for tests of what is read from them."""

from datetime import datetime
from typing import Any

A_FUND = (
    "INSERT INTO fund (id, root, level, name, currency, cap, paid_in, returned, exchanged_in, memo, pledged,"
    " called, receivable, available, reserved, committed, ordered, disbursed, exchanged_out)"
    " VALUES ('f', 'f', 'fund', 'F', 'KRW', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
)
"""The fund that payments come out of."""
A_PART = A_FUND.replace("(id, root, level", "(id, root, parent, level").replace(
    "'f', 'f', 'fund'", "'part', 'f', 'f', 'sleeve'"
)
"""A sleeve of it."""


def a_case(number: str, **more: Any) -> dict[str, Any]:
    """A partnership in the table of cases."""
    at = more.pop("at", None) or datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    row = {"id": number, "number": number, "kind": "partnership", "workflow_id": f"partnership/{number}"}
    row |= {"title": "Smart city", "countries": "[]", "parties": "[]", "programme": "k-city"}
    row |= {"rules": "0" * 64, "stage": "review", "status": "open"}
    return row | {"version": 1, "decisions": 0, "started_at": at, "updated_at": at} | more


def an_entry(seq: int, number: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An entry of the record."""
    row = {"seq": seq, "key": f"{number}:review:1:{seq}", "case": number, "at": at, "round": 1}
    row |= {"workflow_id": f"partnership/{number}", "run_id": "run", "rules": "0" * 64, "stage": "review"}
    return (
        row
        | {"action": "vote approve", "actor": "sec.han", "reason": "", "payload": "{}", "answer": "{}"}
        | more
    )


def a_partnership(number: str) -> dict[str, Any]:
    """What is particular to a partnership."""
    row: dict[str, Any] = {
        "case": number,
        "applicant": "Hue city",
        "proposer": "coord.seo",
        "study": "master_plan",
    }
    return row | {"requested": 1, "currency": "KRW", "proposal": "{}", "content_hash": "0" * 64}


def a_gate(gate_id: str, due_at: datetime, **more: Any) -> dict[str, Any]:
    """An open gate of a panel."""
    number = gate_id.partition(":")[0]
    row = {"id": gate_id, "case": number, "workflow_id": f"partnership/{number}", "kind": "approval"}
    row |= {"question": "Review the proposal", "subject": "{}", "content_hash": "0" * 64, "ladder": "[]"}
    return row | {"opened_at": due_at, "due_at": due_at} | more


def a_notice(key: str, seq: int, created_at: datetime) -> dict[str, Any]:
    """A notice that was refused for good."""
    row = {"key": key, "case": key.partition(":")[0], "record": seq, "person": "sec.han", "status": "dead"}
    row |= {"subject": "Review", "body": "It waits.", "due_at": created_at, "created_at": created_at}
    return row | {"attempts": 2}


def a_payment(key: str, seq: int) -> dict[str, Any]:
    """A payment that was made."""
    number = key.partition(":")[0]
    row = {"key": key, "case": number, "workflow_id": f"partnership/{number}/payment", "gate": key}
    row |= {"fund": "f", "reservation": f"{number}:reserve", "payee": "K Engineering"}
    at = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    return row | {"amount": 1, "currency": "KRW", "state": "paid", "record": seq, "updated_at": at}


def a_transfer(key: str, seq: int, fund: str = "f", **more: Any) -> dict[str, Any]:
    """Money reserved for a case."""
    row: dict[str, Any] = {"key": key, "kind": "pending", "case": key.partition(":")[0], "fund": fund}
    row |= {"reservation": key}
    row |= {"debit": "available", "credit": "reserved", "amount": 1, "currency": "KRW", "record": seq}
    return row | {"at": datetime.fromisoformat("2026-11-01T00:00:00+00:00")} | more


def a_wish(reservation: str, seq: int, **more: Any) -> dict[str, Any]:
    """Money that a case waits for."""
    number = reservation.partition(":")[0]
    row: dict[str, Any] = {"reservation": reservation, "case": number, "fund": "f", "record": seq}
    row |= {"workflow_id": f"partnership/{number}", "amount": 1, "currency": "KRW", "rank": 1}
    return row | {"state": "waiting"} | more


def a_delegation(seq: int, giver: str, taker: str) -> dict[str, Any]:
    """A delegation without end, given by the entry ``seq``."""
    row: dict[str, Any] = {
        "id": f"D-{seq}",
        "giver": giver,
        "taker": taker,
        "roles": '["secretariat"]',
        "record": seq,
    }
    return row | {"instrument": "Order 7", "attested": False, "acting": False}


def somebody(person: str) -> dict[str, Any]:
    """Somebody in the directory."""
    return {"id": person, "name": person, "organisation": "molit", "email": f"{person}@example.org"}
