"""The directory: who is in it, which roles they hold, and who is called to a gate."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, select

from activities import person
from activities.record import find_gate, inbox
from models.approval import Panel
from models.base import canonical
from models.deadline import Terms
from models.person import Person
from models.record import GateKind, Opening
from models.tables.record import seat
from tests.house import sha
from tests.test_database import NOW, entry, furnish, register, somebody, write


def opening(gate: str, **more: Any) -> Opening:
    """A gate for the expert, which calls in the director after five working days."""
    fields: dict[str, Any] = {
        "id": gate,
        "kind": GateKind.APPROVAL,
        "question": "Good?",
        "roles": ("expert",),
    }
    fields |= {
        "panel": Panel(seats=("expert",), quorum=1),
        "subject": {"b": 1, "a": "ế"},
        "zone": "Asia/Seoul",
    }
    fields |= {"content_hash": sha(gate), "countries": ("KR", "VN")}
    fields |= {"terms": Terms(working_days=5, remind_before=(1,), escalate_to="director", grace_days=2)}
    return Opening(**(fields | more))


def found(database: Engine, who: str) -> Person | None:
    """The person as the directory has them."""
    with database.connect() as connection:
        return person.find(connection, who)


def waiting(database: Engine, person: str | None = None) -> list[str]:
    """The gates in an inbox."""
    with database.connect() as connection:
        return [gate["id"] for gate in inbox(connection, person)]


def test_who_is_registered_is_found_with_all_their_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", "expert", name="Lim Ji-ho 임지호"))
    assert found(database, "lim") == somebody("lim", "chair", "expert", name="Lim Ji-ho 임지호")
    assert found(database, "nobody") is None


def test_registering_again_gives_new_details_and_exactly_the_new_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair"), somebody("han", "secretariat"))
    moved = somebody("lim", "treasury", organisation="MOLIT", email="lim@molit.example")
    register(database, moved, somebody("kang"))
    assert found(database, "lim") == moved
    assert found(database, "han") == somebody("han", "secretariat")


def test_a_roster_has_the_roles_and_persons_asked_for_and_nobody_unknown(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", "auditor"), somebody("han", "secretariat"))
    register(database, somebody("kang", "expert"), somebody("minister.kr"))
    with database.connect() as connection:
        by_role = person.roster(connection, ("chair", "expert", "wizard"))
        by_name = person.roster(connection, ("auditor",), ("minister.kr", "lim", "stranger"))
        assert person.roster(connection, ()) == {}
    assert by_role == {"lim": ("chair", "expert"), "kang": ("expert",)}
    assert by_name == {"lim": ("auditor",), "minister.kr": ()}


@pytest.mark.parametrize("email", ["a@b\nBcc: c@d", "a@b, c@d", "a@b;c@d", "<a@b>", "a b@c", "a", "a@b@c"])
def test_an_address_that_could_name_somebody_else_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        somebody("lim", email=email)


def test_an_opened_gate_keeps_its_panel_its_ladder_and_who_may_act(database: Engine) -> None:
    furnish(database)
    asked = opening("T-1:review:1", known=("secretariat",), persons=("coord.seo",))
    (receipt,) = write(database, entry("a", opens=asked))
    assert receipt.opened and asked.panel
    assert set(receipt.opened.roster) == {"expert.lim", "sec.han", "director.kang", "coord.seo"}
    with database.connect() as connection:
        gate = find_gate(connection, asked.id) or {}
        since = {row.person: row.since for row in connection.execute(select(seat))}
    assert Panel.model_validate_json(gate["panel"]) == asked.panel
    assert gate["subject"] == canonical(asked.subject).decode()
    assert json.loads(gate["ladder"]) == [step.content() for step in receipt.opened.ladder]
    assert [step.rung for step in receipt.opened.ladder] == ["remind", "escalate", "consequence"]
    assert gate["due_at"] == receipt.opened.ladder[1].at > gate["opened_at"] == NOW
    assert since == {"expert.lim": NOW, "coord.seo": NOW, "director.kang": gate["due_at"]}


def test_who_is_called_in_by_the_deadline_sees_the_gate_only_from_then(database: Engine) -> None:
    furnish(database)
    long_ago = NOW - timedelta(days=60)
    write(database, entry("old", opens=opening("T-1:review:1", known=("secretariat",)), at=long_ago))
    write(database, entry("new", opens=opening("T-2:review:1")), case="T-2")
    assert waiting(database, "expert.lim") == waiting(database) == ["T-1:review:1", "T-2:review:1"]
    assert waiting(database, "director.kang") == ["T-1:review:1"]
    assert waiting(database, "sec.han") == []
