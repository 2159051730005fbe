"""A service counts an answer of the engine only if the record has what it speaks of."""

import pytest

from models.case.approval import Decision
from models.case.panel import Choice
from models.case.record import Answer
from services.case.updates import NotOnRecord, update
from tests.support.house import House

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("wrong", [{"seq": 10**9}, {"seq": 1}, {"actor": "sec.han"}])
async def test_what_only_the_engine_has_is_not_believed(
    house: House, wrong: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await house.propose()
    gate = await case.gate("review")

    async def older(*given: object) -> Answer:
        answer: Answer = await update(*given)  # type: ignore[arg-type]
        return answer.model_copy(update=wrong)

    monkeypatch.setattr("services.case.cases.update", older)
    known = {"gate": gate["id"], "content_hash": gate["content_hash"]}
    vote = Decision(actor="expert.lim", verdict=Choice.APPROVE, **known)
    with pytest.raises(NotOnRecord):
        await house.speaking(None).send("decide", vote)
    monkeypatch.undo()
    assert (await house.speaking(None).send("decide", vote)).accepted
    await case.withdraw()
