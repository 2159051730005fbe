"""Who is asked at the gates of a cohort: nominators of the organisations concerned, and nobody else's."""

from sqlalchemy import Engine, select, update

from models.case.effects import Opens, Tells
from models.case.letters import asks
from models.tables.notice import notice
from models.tables.record import gate, seat
from tests.support.entries import entry, write
from tests.support.furnished import register, somebody
from tests.support.house import House
from tests.support.inbox import opening
from tests.support.inbox import waiting as in_the_inbox
from tests.support.training import Cohort, plan, quotas


def letters(house: House, cohort: Cohort, gate_id: str) -> set[str]:
    """Who was told that a gate has opened."""
    of = select(notice.c.person).where(
        notice.c.case == cohort.id, notice.c.key.startswith(f"{gate_id}:opened")
    )
    return set(house.read(lambda c: c.scalars(of).all()))


async def test_only_nominators_of_the_organisations_concerned_are_asked(house: House) -> None:
    cohort = await Cohort.planned(house, plan(quotas=quotas(VN=2, TH=1)))
    await cohort.open()
    nominations = (await cohort.gate("training.nominations"))["id"]
    assert letters(house, cohort, nominations) == {"nominator.vn", "nominator.th"}
    for who, is_asked in (("nominator.vn", True), ("nominator.th", True), ("nominator.id", False)):
        assert (nominations in in_the_inbox(house.database, who)) is is_asked
    one, other = [await cohort.nominate("VN", f"ASKED-{number}") for number in range(2)]
    await cohort.end_nominations()
    await cohort.select(one, other)
    seats = (await cohort.gate("training.confirmation"))["id"]
    assert letters(house, cohort, seats) == {"nominator.vn"}, "of the countries whose seats they are"


def asked(database: Engine, *organisations: str) -> None:
    """A gate at which experts of these organisations are asked, with a letter to them."""
    register(database, somebody("lim", "expert", organisation="molit"), somebody("han", "expert"))
    register(database, somebody("kang", "director"))
    wanted = opening("T-1:review:1", organisations=organisations, panel=None, kind="work")
    write(
        database, entry("T-1:opened").with_effects(Opens(opening=wanted), Tells(notice=asks("T-1", wanted)))
    )


def told(database: Engine) -> set[str]:
    with database.connect() as connection:
        return set(connection.scalars(select(notice.c.person)))


def test_a_gate_is_in_the_inbox_of_who_is_asked(database: Engine) -> None:
    asked(database, "molit")
    assert told(database) == {"lim"}
    assert (in_the_inbox(database, "lim"), in_the_inbox(database, "han")) == (["T-1:review:1"], [])


def test_a_gate_that_names_no_organisation_asks_all(database: Engine) -> None:
    asked(database)
    assert told(database) == {"lim", "han"}
    assert in_the_inbox(database, "han") == ["T-1:review:1"]


def test_whom_its_deadline_calls_in_may_be_of_another_organisation(database: Engine) -> None:
    asked(database, "molit")
    assert in_the_inbox(database, "kang") == []
    with database.begin() as connection:
        long_ago = connection.scalar(select(gate.c.opened_at))
        connection.execute(update(seat).where(seat.c.role == "director").values(since=long_ago))
        connection.execute(update(gate).values(due_at=long_ago))
    assert in_the_inbox(database, "kang") == ["T-1:review:1"]
