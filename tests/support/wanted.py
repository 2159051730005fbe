"""What somebody with nothing but the engine's port would have our activities do."""

from datetime import UTC, datetime
from typing import Any

from models.case.record import Batch, Entry, Source


def vote(case: str) -> dict[str, Any]:
    """A vote of a minister, signed in, dated back."""
    entry = Entry(
        key=f"{case}:review:1:vote:minister.kr",
        stage="review",
        action="vote approve",
        actor="minister.kr",
        attested=True,
        at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="", rules="")
    return Batch(source=source, entries=(entry,)).model_dump(mode="json")


def payment(case: str) -> dict[str, Any]:
    """An instruction over 900 million."""
    return {
        "key": f"{case}:study.inception:1",
        "payment": f"{case}:study.inception",
        "order": f"{case}:study.inception:ordered",
        "fund": "pis-asean",
        "payee": "k-engineering",
        "amount": {"minor": 900_000_000, "currency": "KRW"},
        "remittance": "as agreed",
        "attempt": 1,
        "doubt_hours": 1,
    }
