"""Messages that a case refuses, and what is on record of it."""

from typing import Any

from models.case.rule import Rule
from services.case.cases import Refused
from tests.support.house import Case


async def refused(case: Case, name: str, message: Any, rule: Rule) -> None:
    """The message is refused under ``rule``; that is on record, and the case stands where it stood."""
    before = case.row()
    given, seq = await told(case, name, message)
    assert given == rule
    entry = next(row for row in case.history(refused=True) if row["seq"] == seq)
    assert entry["rule"] == rule
    assert entry["actor"] == message.actor
    assert {**case.row(), "updated_at": None} == {**before, "updated_at": None}


async def told(case: Case, name: str, message: Any) -> tuple[str | None, int | None]:
    """The rule of the refusal and its number, whether the case or the services refused."""
    try:
        answer = await case.send(name, message)
    except Refused as error:
        return error.rule, error.seq
    return answer.rule, answer.seq
