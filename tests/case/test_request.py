"""What takes two people outside of any workflow: asked, confirmed by another subject, lapsed, withdrawn."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from activities.case import record, request
from models.case.confirmation import LAPSES_AFTER, Step
from models.case.record import ENGINE, Batch, Entry, Source
from models.case.rule import Broken, CaseRule
from models.people.person import Person
from models.tables.people import person
from tests.support.entries import NOW
from tests.support.furnished import register, somebody

WHAT = {"change": "role given", "person": "x.one"}
ONE, OTHER = somebody("reg.one"), somebody("reg.two")
SAME = somebody("reg.one.again", subject="reg.one")


@pytest.fixture
def people(database: Engine) -> Engine:
    register(database, ONE, OTHER, SAME)
    return database


def ask(database: Engine, actor: str, what: request.What = WHAT) -> None:
    """Somebody asks, on record."""
    with database.begin() as connection:
        number = record.lock(connection) + 1
        source = Source(case="directory", workflow_id="directory", run_id="", rules="")
        fields = {"stage": "directory", "action": "asked for", "actor": actor, "facts": {"change": what}}
        entry = Entry(key=f"directory:{number}", at=NOW, **fields)
        (receipt,) = record.write(connection, Batch(source=source, entries=(entry,)))
        request.put_down(connection, what, receipt.seq)


def weighed(
    database: Engine, actor: Person, what: request.What = WHAT, later: timedelta = timedelta(1)
) -> Step | Broken:
    with database.begin() as connection:
        found = request.weigh(connection, what, actor, NOW + later)
    return found if isinstance(found, Broken) else found.step


def test_one_asks_and_another_confirms(people: Engine) -> None:
    assert weighed(people, ONE) is Step.ASKED
    ask(people, "reg.one")
    assert weighed(people, OTHER) is Step.CONFIRMED
    assert weighed(people, OTHER, WHAT | {"person": "x.two"}) is Step.ASKED


def test_nobody_confirms_what_they_asked_for_under_another_account(people: Engine) -> None:
    ask(people, "reg.one")
    for account in (ONE, SAME):
        assert weighed(people, account) == Broken(CaseRule.TWO_PEOPLE)


def test_a_request_lapses_and_is_withdrawn(people: Engine) -> None:
    ask(people, "reg.one")
    assert weighed(people, OTHER, later=LAPSES_AFTER + timedelta(seconds=1)) is Step.ASKED
    with people.begin() as connection:
        assert [one.asked_by for one in request.pending(connection, "directory", NOW)] == ["reg.one"]
        assert request.pending(connection, "directory", NOW + LAPSES_AFTER + timedelta(seconds=1)) == []
        request.settle(connection, WHAT)
        assert request.pending(connection, "directory", NOW) == []
    assert weighed(people, OTHER) is Step.ASKED


def test_what_a_file_or_somebody_who_has_left_asks_for_has_nobody_behind_it(people: Engine) -> None:
    ask(people, ENGINE)
    assert weighed(people, OTHER) is Step.ASKED
    ask(people, "reg.one")
    with people.begin() as connection:
        connection.execute(update(person).where(person.c.id == "reg.one").values(ended_at=NOW))
    assert weighed(people, OTHER) is Step.ASKED
