"""T7: a role that moves money is lent: it counts when a registrar says so, another human than both."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.case import notice, rights
from activities.case.audit import Question, history
from activities.people import delegation, person
from models.case.envelope import SELF_DECLARED
from models.case.rights import Asked
from models.case.rule import CaseRule, Rule
from models.people.delegation import Approval, Giving, Revocation
from models.people.person import Person
from models.people.rule import PeopleRule
from services.case.cases import Refused
from services.people.delegation import Delegations, Done
from tests.support.town import ONE, OTHER, Town

pytestmark = pytest.mark.database


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path)
    made.bring()
    return made


def lent(town: Town, **more: Any) -> Done:
    """Treasury asks for a deputy."""
    fields = {"actor": "treasury.cho", "taker": "legal.yoon", "roles": ("treasury",), "instrument": "Order 2"}
    return Delegations(town.database, SELF_DECLARED).give(Giving.model_validate(fields | more))


def approved(town: Town, number: str, actor: str) -> Rule | None:
    """The rule by which this one does not put a delegation in force; None: it is in force."""
    try:
        Delegations(town.database, SELF_DECLARED).confirm(Approval(delegation=number, actor=actor))
    except Refused as error:
        return error.rule
    return None


def acts_for(town: Town, taker: str, giver: str) -> tuple[str, ...]:
    """The roles in which somebody may act for another now."""
    day = datetime.now(UTC).date()
    asked = Asked(
        case="T-1",
        actor=taker,
        on_behalf_of=giver,
        day=day,
        parties=(),
        cooling_off_days=0,
        message=hashlib.sha256(b"m").hexdigest(),
    )
    with town.database.connect() as connection:
        given = rights.read(connection, asked).delegation
    return given.roles if given else ()


def told_of(town: Town, words: str) -> set[str]:
    with town.database.connect() as connection:
        return {row["person"] for row in notice.listing(connection) if words in row["subject"]}


def test_a_role_that_moves_money_is_lent_only_when_a_registrar_says_so(town: Town) -> None:
    done = lent(town)
    number = done.delegation.id
    assert (done.waits, acts_for(town, "legal.yoon", "treasury.cho")) == (True, ())
    assert {ONE, OTHER, "legal.yoon"} <= told_of(town, "asks for a delegation")
    again = lent(town)
    assert (again.delegation.id, again.seq, again.waits) == (number, None, True), "the same words"
    for nobody in ("treasury.cho", "legal.yoon", "treasury.min"):
        assert approved(town, number, nobody) == CaseRule.ROLE_NOT_HELD
    assert approved(town, number, "nobody.at.all") == CaseRule.UNKNOWN_PERSON
    assert acts_for(town, "legal.yoon", "treasury.cho") == ()
    assert approved(town, number, ONE) is None
    assert acts_for(town, "legal.yoon", "treasury.cho") == ("treasury",)
    assert {"treasury.cho", "legal.yoon"} <= told_of(town, f"delegation {number} is in force")
    with town.database.connect() as connection:
        entry = history(connection, Question(case="directory"))[-1]
    facts = entry["payload"]["facts"]
    assert (entry["action"], entry["actor"], facts["asked_by"]) == ("delegation given", ONE, "treasury.cho")
    assert approved(town, number, OTHER) == PeopleRule.NO_DELEGATION_WAITS
    assert not lent(town).waits, "it is given already"


def test_a_registrar_puts_no_delegation_in_force_that_is_by_or_for_them(town: Town) -> None:
    to_one = lent(town, taker=ONE).delegation.id
    assert approved(town, to_one, ONE) == PeopleRule.BENEFITS
    assert approved(town, to_one, OTHER) is None


@pytest.mark.parametrize("whose", ["the giver", "the taker"])
def test_one_human_with_two_accounts_lends_themselves_nothing(town: Town, whose: str) -> None:
    with town.database.begin() as connection:
        for name, roles in ((ONE, ("registrar",)), ("treasury.eom", ("treasury",))):
            known = person.find(connection, name) or Person.model_validate(
                {"id": name, "name": name, "organisation": "kind", "email": f"{name}@accord.example"}
            )
            fields = known.model_dump() | {"subject": "idp|eom", "roles": roles}
            person.register(connection, [Person.model_validate(fields)])
    who = {"actor": "treasury.eom"} if whose == "the giver" else {"taker": "treasury.eom"}
    number = lent(town, **who).delegation.id
    assert approved(town, number, ONE) == PeopleRule.BENEFITS
    assert approved(town, number, OTHER) is None


def test_what_is_wanted_no_more_or_lapsed_is_put_in_force_by_nobody(town: Town) -> None:
    number = lent(town).delegation.id
    with pytest.raises(Refused) as caught:
        Delegations(town.database, SELF_DECLARED).revoke(Revocation(delegation=number, actor="legal.yoon"))
    assert caught.value.rule == PeopleRule.NOT_THE_GIVER
    assert (
        Delegations(town.database, SELF_DECLARED)
        .revoke(Revocation(delegation=number, actor="treasury.cho"))
        .seq
    )
    assert approved(town, number, ONE) == PeopleRule.NO_DELEGATION_WAITS
    second = lent(town).delegation.id
    assert second != number
    late = datetime.now(UTC) + timedelta(days=31)
    with town.database.connect() as connection:
        assert [one.id for one in delegation.waiting(connection, datetime.now(UTC))] == [second]
        assert delegation.waiting(connection, late) == []


def test_what_was_asked_for_is_judged_again_when_it_is_confirmed(town: Town) -> None:
    first, second = lent(town).delegation.id, lent(town, ceiling=5).delegation.id
    assert approved(town, second, ONE) is None
    assert approved(town, first, ONE) == PeopleRule.ALREADY_DELEGATED
    of_min = lent(town, actor="treasury.min").delegation.id
    with town.database.begin() as connection:
        known = person.find(connection, "treasury.min")
        assert known
        person.register(connection, [known.model_copy(update={"roles": ()})])
    assert approved(town, of_min, ONE) == CaseRule.ROLE_NOT_HELD
    assert acts_for(town, "legal.yoon", "treasury.min") == ()
