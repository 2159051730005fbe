"""Gates that are opened, and what those concerned find in their inbox and their mail."""

from typing import Any

from sqlalchemy import Engine

from activities.case import inbox
from activities.case.notice import NoticeRow, listing
from models.case.deadline import Terms
from models.case.gate import GateKind, Opening
from models.case.panel import Panel
from tests.support.house import House, sha
from tests.support.patience import eventually

PANEL = Panel.model_validate({"seats": ["expert"], "quorum": 1})


def opening(gate: str, **more: Any) -> Opening:
    """A gate for the expert, which calls in the director after five working days."""
    fields: dict[str, Any] = {
        "id": gate,
        "kind": GateKind.APPROVAL,
        "question": "Good?",
        "roles": ("expert",),
    }
    fields |= {
        "panel": PANEL,
        "subject": {"b": 1, "a": "ế"},
        "zone": "Asia/Seoul",
    }
    fields |= {"content_hash": sha(gate), "countries": ("KR", "VN")}
    fields |= {"terms": Terms(working_days=5, remind_before=(1,), escalate_to="director", grace_days=2)}
    return Opening(**(fields | more))


def waiting(database: Engine, person: str | None = None) -> list[str]:
    """The gates in an inbox."""
    with database.connect() as connection:
        return [gate["id"] for gate in inbox.waiting(connection, person)]


async def settled(house: House, case: str) -> list[NoticeRow]:
    """The notices of a case, when each was tried."""

    def tried() -> list[NoticeRow] | None:
        rows = [row for row in house.read(listing) if row["case"] == case]
        return rows if rows and all(row["attempts"] for row in rows) else None

    return await eventually(tried, f"the notices of {case} are tried")
