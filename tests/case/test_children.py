"""Parts of a case that it waits for: what one came to is found out, whenever it says that it is over."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.case.case import Ending
from models.case.conclusion import Conclusion, ConclusionFound
from tests.support.fake_case import CASE, FakeCase, settle_down
from workflows.case import children
from workflows.case.children import Children

CAME_TO = Conclusion(ending=Ending(status="concluded", reason="Done."), outcome={"is": "done"})


class Heard:
    """Messages, as far as a case hears of its parts."""

    def __init__(self) -> None:
        self.nudge: Callable[[], None] = lambda: None

    def hears(self, _: str, nudge: Callable[[], None]) -> None:
        """Call ``nudge`` when a part says that it is over."""
        self.nudge = nudge


class Case(FakeCase):
    """A case that has written everything."""

    async def written(self) -> None:
        """It has."""


@pytest.mark.parametrize("ends_while_asked", [1, 2, 3])
async def test_what_a_part_says_while_the_record_is_asked_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, ends_while_asked: int
) -> None:
    """An earlier run started the part: nothing but its nudge, or a look once a day, says that it is over."""
    case, heard, asked = Case(), Heard(), 0

    async def ask(*_: Any) -> ConclusionFound:
        nonlocal asked
        asked += 1
        found = ConclusionFound(conclusion=CAME_TO if asked > ends_while_asked else None)
        if asked == ends_while_asked:
            heard.nudge()  # it ends after the record was read, before the answer is here
        await asyncio.sleep(0)
        return found

    async def there(*_: Any) -> Any:
        raise WorkflowAlreadyStartedError("T-1/study", "study")

    async def not_gone(*_: Any) -> bool:
        return False

    monkeypatch.setattr(children, "ask", ask)
    monkeypatch.setattr(children, "_start", there)
    monkeypatch.setattr(Children, "_is_gone", not_gone)
    carrying = asyncio.create_task(Children(cast(Any, case), cast(Any, heard)).carry("study", CASE, "study"))
    for _ in range(ends_while_asked):
        await settle_down()
        if ends_while_asked > asked:
            heard.nudge()
    await settle_down()
    assert carrying.done(), "it would wait for a day"
    assert await carrying == CAME_TO.outcome


async def test_a_part_that_ends_between_two_questions_was_not_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, heard, over = Case(), Heard(), False

    async def ask(*_: Any) -> ConclusionFound:
        return ConclusionFound(conclusion=CAME_TO if over else None)

    async def there(*_: Any) -> Any:
        raise WorkflowAlreadyStartedError("T-1/study", "study")

    async def gone(*_: Any) -> bool:
        nonlocal over
        over = True  # it has written what it came to, and ended
        return True

    monkeypatch.setattr(children, "ask", ask)
    monkeypatch.setattr(children, "_start", there)
    monkeypatch.setattr(Children, "_is_gone", gone)
    carrying = asyncio.create_task(Children(cast(Any, case), cast(Any, heard)).carry("study", CASE, "study"))
    await settle_down()
    heard.nudge()
    await settle_down()
    assert await carrying == CAME_TO.outcome
