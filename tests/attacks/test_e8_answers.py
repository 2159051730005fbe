"""E8: an answer is that of the message that was sent, whoever occupies the id under which it is sent."""

import asyncio

import pytest

from models.case.approval import Decision
from models.case.record import Answer
from models.case.rule import Broken
from services.case.updates import NotConfirmed
from services.people.organisations import with_ids
from tests.support.house import House
from tests.support.kinds import KINDS, MAY, message, refused, started

OCCUPIED = 41


async def test_every_answer_says_what_it_answers(house: House) -> None:
    for kind in KINDS:
        subject = await started(house, kind)
        for name, sent in (refused(subject, 1), message(subject, 2, MAY[kind])):
            answer = await subject.send((name, sent))
            with house.database.connect() as connection:
                said = with_ids(connection, sent)
            assert not isinstance(said, Broken)
            assert (answer.name, answer.answers) == (name, said.digest())
            assert answer.actor == sent.model_dump()["actor"]


async def test_ids_are_not_to_be_foreseen(house: House) -> None:
    """The same words have another id every time they are sent."""
    subject = await started(house, "partnership")
    for _ in range(5):
        await subject.send(refused(subject, 1))
    events = (await subject.handle.fetch_history()).events
    updates = [event.workflow_execution_update_accepted_event_attributes for event in events]
    ids = {one.accepted_request.meta.update_id for one in updates if one.protocol_instance_id}
    assert len(ids) == 5
    assert all(len(one) == 32 for one in ids)


async def test_whoever_guesses_an_id_still_answers_for_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harmless messages under every id that the vote will have: nobody is told that it is on record."""
    subject = await started(house, "partnership")
    ids = [f"{number:032x}" for number in range(OCCUPIED)]
    name, harmless = refused(subject, 1)
    send = subject.handle.execute_update
    await asyncio.gather(*(send(name, harmless, id=key, result_type=Answer) for key in ids[:8]))
    monkeypatch.setattr("services.case.cases.secrets.token_hex", lambda _: ids[0])
    gate = await subject.case.gate("review")
    vote = Decision(gate=gate["id"], verdict="approve", actor="sec.han", content_hash=gate["content_hash"])
    with pytest.raises(NotConfirmed):
        await house.speaking(None).send("decide", vote)
    assert "vote approve" not in subject.case.actions()
    monkeypatch.undo()
    assert (await subject.case.send("decide", vote)).accepted
