"""Who has ended: no rights, whatever is asked; but what they did stays theirs, by the same subject."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, update

from activities.case import inbox, rights
from activities.money.fund import register as fund
from activities.people import person as directory
from models.case.envelope import SELF_DECLARED
from models.case.rights import Asked
from models.case.rule import CaseRule
from models.money.fund import Fund, Sleeve
from models.money.treasury import FundAct, FundOrder
from models.people.delegation import Approval, Giving
from models.tables.people import person
from services.case.cases import Refused
from services.money.treasury import Treasury
from services.people.delegation import Delegations
from tests.support.entries import NOW
from tests.support.furnished import register, somebody

TODAY = datetime.now(UTC).date()
GONE = somebody("gone", "treasury", subject="idp|gone")


@pytest.fixture
def left(database: Engine) -> Engine:
    """A directory that somebody with a role, and a second account, has left under one of them."""
    register(database, GONE, somebody("other", "treasury"))
    with database.begin() as connection:
        connection.execute(update(person).where(person.c.id == "gone").values(ended_at=NOW))
    return database


def test_rights_are_none_and_the_subject_is_the_same(left: Engine) -> None:
    asked = Asked(case="T-1", actor="gone", day=TODAY, parties=(), cooling_off_days=0, message="0" * 64)
    with left.connect() as connection:
        found = rights.read(connection, asked).actor
        assert directory.find(connection, "gone") is None
        assert directory.subject_of(connection, "gone") == "idp|gone"
    assert (found.roles, found.organisation, found.who) == ((), "", "idp|gone")
    assert not found.named_is_enough


def test_nobody_gives_or_takes_a_delegation_with_them(left: Engine) -> None:
    for giver, taker in (("gone", "other"), ("other", "gone")):
        asked = Giving(actor=giver, taker=taker, roles=("treasury",), instrument="Order 1")
        with pytest.raises(Refused) as caught:
            Delegations(left, SELF_DECLARED).give(asked)
        assert caught.value.rule == CaseRule.UNKNOWN_PERSON


def test_they_order_nothing_of_a_fund(left: Engine) -> None:
    sleeve = Sleeve(id="part", name="Part", cap=1)
    with left.begin() as connection:
        fund(connection, Fund(id="f", name="F", currency="KRW", cap=1, sleeves=(sleeve,)), NOW)
    with pytest.raises(Refused) as caught:
        Treasury(left, SELF_DECLARED).order(
            FundOrder(act=FundAct.FREEZE, level="f", actor="gone", reason="Mine.")
        )
    assert caught.value.rule == CaseRule.UNKNOWN_PERSON


def test_they_are_told_nothing_and_asked_nothing(left: Engine) -> None:
    with left.connect() as connection:
        assert inbox.waiting(connection, "gone") == []
        assert directory.addressees(connection, (), ("gone", "other"), TODAY) == ("other",)


def test_what_was_lent_counts_no_longer_than_whoever_lent_it_holds_it(database: Engine) -> None:
    """An order on a fund by a delegation: the giver stays, and is no manager any more."""
    register(database, somebody("giver", "treasury"), somebody("taker"), somebody("third", "registrar"))
    sleeve = Sleeve(id="part", name="Part", cap=1)
    with database.begin() as connection:
        fund(connection, Fund(id="f", name="F", currency="KRW", cap=1, sleeves=(sleeve,)), NOW)
    delegations = Delegations(database, SELF_DECLARED)
    asked = Giving(actor="giver", taker="taker", roles=("treasury",), instrument="Order 1")
    delegations.confirm(Approval(delegation=delegations.give(asked).delegation.id, actor="third"))
    freeze = FundOrder(act=FundAct.FREEZE, level="f", actor="taker", reason="For the giver.")
    assert Treasury(database, SELF_DECLARED).order(freeze).carried_out
    register(database, somebody("giver", "expert"))
    with pytest.raises(Refused) as caught:
        Treasury(database, SELF_DECLARED).order(freeze)
    assert caught.value.rule == CaseRule.ROLE_NOT_HELD
