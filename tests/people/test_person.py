"""People: who is in the directory, who is called to a gate, and who is told of it."""

import json
import socket
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, select

from activities.case import inbox
from activities.case.gate import find_gate
from activities.case.notice import listing
from activities.people import delegation, person
from adapters.database import connect
from models.base import canonical
from models.case.panel import Panel
from models.people.delegation import Delegation
from models.people.person import Person
from models.tables.record import seat
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from tests.support.entries import NOW, entry, write
from tests.support.furnished import furnish, register, somebody
from tests.support.house import House, sha
from tests.support.inbox import opening, settled, waiting

TODAY = NOW.date()


def found(database: Engine, who: str) -> Person | None:
    """The person as the directory has them."""
    with database.connect() as connection:
        return person.find(connection, who)


def test_who_is_registered_is_found_with_all_their_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", "expert", name="Lim Ji-ho 임지호"))
    assert found(database, "lim") == somebody("lim", "expert", "chair", name="Lim Ji-ho 임지호")
    assert found(database, "nobody") is None


def test_registering_again_gives_new_details_and_exactly_the_new_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair"), somebody("han", "secretariat"))
    moved = somebody("lim", "treasury", organisation="molit", email="lim@molit.example")
    register(database, moved, somebody("kang"))
    assert found(database, "lim") == moved
    assert found(database, "han") == somebody("han", "secretariat")


def test_who_holds_a_role_and_who_is_named_is_told_and_nobody_unknown(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", "auditor"), somebody("han", "secretariat"))
    register(database, somebody("kang", "expert"), somebody("minister.kr"))
    with database.connect() as connection:
        by_role = person.addressees(connection, ("chair", "expert", "wizard"), (), TODAY)
        by_name = person.addressees(connection, ("auditor",), ("minister.kr", "lim", "stranger"), TODAY)
        assert person.addressees(connection, (), (), TODAY) == ()
    assert sorted(by_role) == ["kang", "lim"]
    assert sorted(by_name) == ["lim", "minister.kr"]


@pytest.mark.parametrize("email", ["a@b\nBcc: c@d", "a@b, c@d", "a@b;c@d", "<a@b>", "a b@c", "a", "a@b@c"])
def test_an_address_that_could_name_somebody_else_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        somebody("lim", email=email)


def test_an_opened_gate_keeps_its_panel_its_ladder_and_who_may_act(database: Engine) -> None:
    furnish(database)
    asked = opening("T-1:review:1", persons=("coord.seo",))
    (receipt,) = write(database, entry("a", opens=asked))
    assert receipt.opened and asked.panel
    with database.connect() as connection:
        gate = find_gate(connection, asked.id)
        since = {(row.role, row.person): row.since for row in connection.execute(select(seat))}
    assert gate and Panel.model_validate_json(gate["panel"] or "") == asked.panel
    assert gate["subject"] == canonical(asked.subject).decode()
    assert json.loads(gate["ladder"]) == [step.content() for step in receipt.opened.ladder]
    assert [step.rung for step in receipt.opened.ladder] == ["remind", "escalate", "consequence"]
    assert gate["due_at"] == receipt.opened.ladder[1].at > gate["opened_at"] == NOW
    assert since == {("expert", ""): NOW, ("", "coord.seo"): NOW, ("director", ""): gate["due_at"]}


def test_who_is_called_in_by_the_deadline_sees_the_gate_only_from_then(database: Engine) -> None:
    furnish(database)
    long_ago = NOW - timedelta(days=60)
    write(database, entry("old", opens=opening("T-1:review:1"), at=long_ago))
    write(database, entry("new", opens=opening("T-2:review:1")), case="T-2")
    assert waiting(database, "expert.lim") == waiting(database) == ["T-1:review:1", "T-2:review:1"]
    assert waiting(database, "director.kang") == ["T-1:review:1"]
    assert waiting(database, "sec.han") == []


def test_an_inbox_follows_the_roles_held_when_it_is_read(database: Engine) -> None:
    furnish(database)
    write(database, entry("a", opens=opening("T-1:review:1")))
    register(database, somebody("late.ahn", "expert"), somebody("expert.lim"))
    assert waiting(database, "late.ahn") == ["T-1:review:1"]
    assert waiting(database, "expert.lim") == []


def test_a_delegate_is_told_and_sees_the_gates_of_the_giver(database: Engine) -> None:
    furnish(database)
    lent: dict[str, Any] = {"giver": "expert.lim", "taker": "coord.seo", "instrument": "Order 7"}
    over = Delegation(id="D-1", roles=("expert",), until=TODAY - timedelta(days=1), **lent)
    other = Delegation(id="D-2", roles=("chair",), **lent)
    inside = Delegation(id="D-3", roles=("expert",), since=TODAY, until=TODAY, **lent)
    write(database, entry("a", opens=opening("T-1:review:1")))
    for given, sees in ((over, []), (other, []), (inside, ["T-1:review:1"])):
        with database.begin() as connection:
            delegation.give(connection, given, 1)
            told = person.addressees(connection, ("expert",), (), TODAY)
        assert waiting(database, "coord.seo") == sees
        assert told == (("expert.lim", "coord.seo") if sees else ("expert.lim",))
    with database.begin() as connection:
        (row,) = inbox.waiting(connection, "coord.seo")
        assert row["on_behalf_of"] == "expert.lim"
        delegation.revoke(connection, "D-3", NOW)
    assert waiting(database, "coord.seo") == []


async def test_the_notices_of_a_case_are_delivered(house: House) -> None:
    case = await house.propose()
    await case.approve("review")
    await case.gate("funding")
    rows = await settled(house, case.id)
    assert {row["status"] for row in rows} == {"delivered"}
    assert {"expert.lim", "sec.han", "molit.park", "treasury.cho"} <= {row["person"] for row in rows}
    for row in rows:
        path = house.settings.home / "mail" / f"{sha(row['key'])[:24]}.eml"
        letter = message_from_bytes(path.read_bytes(), policy=default)
        assert (letter["X-Accord-Key"], letter["X-Accord-Case"]) == (row["key"], case.id)


@pytest.mark.database
async def test_a_dead_mail_server_never_holds_up_a_case(tmp_path: Path) -> None:
    port = socket.socket()  # bound, but nobody listens
    port.bind(("127.0.0.1", 0))
    dead = Settings(home=tmp_path, smtp_host="127.0.0.1", smtp_port=port.getsockname()[1])
    database = connect(dead.database)
    set_up(database, dead)
    engine = Embedded(tmp_path)
    try:
        client = await engine.start()
        async with working(client, database, dead, grace=timedelta(seconds=1)):
            house = House(client, database, dead)
            case = await house.propose()
            await settled(house, case.id)
            await case.approve("review")
            await case.gate("funding")
            await case.withdraw()
            assert await case.ended() == "withdrawn"
            rows = await settled(house, case.id)
            assert {row["status"] for row in rows} == {"pending"}
            assert all("ConnectionRefusedError" in (row["detail"] or "") for row in rows)
    finally:
        engine.stop()
        database.dispose()
        port.close()


async def test_a_changed_proposal_tells_those_who_voted_on_the_old_one(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    for actor in ("expert.lim", "sec.han"):
        await case.vote(gate, actor, "return", points=("Name the operator.", "Name the site."))
    revision = await case.gate("review.revision")
    assert "Name the operator.; Name the site." in revision["question"]
    await case.resubmit("review")
    await case.gate("review", 2)
    told = [row for row in house.read(listing) if row["case"] == case.id and "void" in row["subject"]]
    assert sorted(row["person"] for row in told) == ["expert.lim", "sec.han"]
    await case.withdraw()
