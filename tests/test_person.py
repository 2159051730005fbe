"""The directory: who is in it, which roles they hold, and who is called to a gate."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from activities import person
from models.person import Person


def somebody(who: str, *roles: str, **changes: Any) -> Person:
    """A person of the directory."""
    fields = {"id": who, "name": f"Ms {who}", "organisation": "KIND", "email": f"{who}@accord.example"}
    return Person(roles=roles, **(fields | changes))


def register(database: Engine, *people: Person) -> None:
    """Put people in the directory."""
    with database.begin() as connection:
        person.register(connection, people)


def found(database: Engine, who: str) -> Person | None:
    """The person as the directory has them."""
    with database.connect() as connection:
        return person.find(connection, who)


def test_who_is_registered_is_found_with_all_their_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", name="Lim Ji-ho 임지호"))
    assert found(database, "lim") == somebody("lim", "chair", "expert", name="Lim Ji-ho 임지호")
    assert found(database, "nobody") is None


def test_registering_again_gives_new_details_and_exactly_the_new_roles(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair"), somebody("han", "secretariat"))
    moved = somebody("lim", "treasury", organisation="MOLIT", email="lim@molit.example")
    register(database, moved)
    assert found(database, "lim") == moved
    assert found(database, "han") == somebody("han", "secretariat")


def test_who_is_left_out_of_a_registration_stays(database: Engine) -> None:
    register(database, somebody("lim", "expert"))
    register(database)
    register(database, somebody("han"))
    assert found(database, "lim") == somebody("lim", "expert")


def test_a_role_listed_twice_is_held_once(database: Engine) -> None:
    register(database, somebody("lim", "expert", "expert"))
    assert found(database, "lim") == somebody("lim", "expert")


def test_an_error_in_one_person_registers_nobody(database: Engine) -> None:
    broken = somebody("han").model_copy(update={"name": None})
    with pytest.raises(Exception, match="(?i)null"):
        register(database, somebody("lim", "expert"), broken)
    assert found(database, "lim") is None


def test_a_roster_has_only_the_roles_asked_for(database: Engine) -> None:
    register(database, somebody("lim", "expert", "chair", "auditor"), somebody("han", "secretariat"))
    register(database, somebody("kang", "expert"))
    with database.connect() as connection:
        assert person.roster(connection, ("chair", "expert", "wizard")) == {
            "lim": ("chair", "expert"),
            "kang": ("expert",),
        }
        assert person.roster(connection, ()) == {}


def test_a_roster_has_the_persons_named_but_nobody_unknown(database: Engine) -> None:
    register(database, somebody("lim", "expert"), somebody("minister.kr"))
    with database.connect() as connection:
        roster = person.roster(connection, ("expert",), ("minister.kr", "lim", "stranger"))
    assert roster == {"lim": ("expert",), "minister.kr": ()}


@pytest.mark.parametrize("email", ["a@b\nBcc: c@d", "a@b, c@d", "a@b;c@d", "<a@b>", "a b@c", "a", "a@b@c"])
def test_an_address_that_could_name_somebody_else_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        somebody("lim", email=email)
