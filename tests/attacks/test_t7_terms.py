"""T7 of programmes and funds: two contents of one version; a cap or a manager that a file says otherwise."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.case import registry
from activities.case.audit import Question, history
from activities.money import fund as funding
from activities.money import level, proof
from models.amount import Amount
from models.case.envelope import SELF_DECLARED
from models.case.rule import CaseRule, Rule
from models.files import InvalidFile
from models.money.fund import Fund, Sleeve
from models.money.rule import MoneyRule
from models.money.transfer import Transfer, TransferKind
from models.money.treasury import FundAct, FundOrder
from models.people.asking import Confirmation
from services.case.cases import Refused
from services.money import amendments
from services.money.amending import Amending
from services.money.treasury import Treasury
from tests.support.command import inside
from tests.support.entries import entry, write
from tests.support.k_city import VERSION, raised
from tests.support.town import Town

pytestmark = pytest.mark.database

ONE, OTHER = "treasury.cho", "treasury.min"
CAP, SLEEVE = 'cap = "15 000 000 000 KRW"', 'cap = "12 000 000 000 KRW"'
SECOND = raised(1)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path)
    made.bring()
    return made


def cap(town: Town, of: str = "k-city") -> tuple[int, int]:
    """The cap of a level in thousand millions, and what it may still use."""
    with town.database.connect() as connection:
        row = level.tree(connection, of).levels[of]
    return row.cap // 10**9, row.available // 10**9


def waiting(town: Town) -> list[tuple[int, str]]:
    with town.database.connect() as connection:
        found = amendments.waiting(connection, "k-city", datetime.now(UTC))
    return [(one.record, str(one.amendment)) for one in found]


def confirm(town: Town, number: int, actor: str) -> bool:
    asked = Confirmation(number=number, actor=actor, reason="A supplementary budget.")
    return Amending(town.database, SELF_DECLARED).confirm("k-city", asked).in_force


def refused(town: Town, number: int, actor: str) -> Rule:
    with pytest.raises(Refused) as caught:
        confirm(town, number, actor)
    return caught.value.rule


def books_are_right(town: Town) -> bool:
    with town.database.connect() as connection:
        return proof.check(connection) == []


def test_a_version_of_a_programme_has_one_content(town: Town) -> None:
    with pytest.raises(
        InvalidFile, match=rf"version {VERSION} is set up with another .* raise the version to {VERSION + 1}"
    ):
        town.rule(("cooling_off_days = 365", "cooling_off_days = 0"))
    town.rule(("cooling_off_days = 365", "cooling_off_days = 0"), SECOND)
    with town.database.connect() as connection:
        assert [kept.version for kept in registry.versions(connection, "k-city-2020")] == [
            VERSION + 1,
            VERSION,
        ]
        rows = history(connection, Question(case="programmes"))
    assert [row["action"] for row in rows] == ["programme registered"] * 2


def test_a_cap_is_raised_by_two_managers_and_the_journal_has_it(town: Town) -> None:
    done = town.rule((CAP, CAP.replace("15", "20")), SECOND)
    assert cap(town) == (15, 15)
    ((number, what),) = waiting(town)
    assert what == "cap of k-city: 15000000000 -> 20000000000"
    assert [one.record for one in done.amendments] == [number]
    assert not confirm(town, number, ONE)
    assert refused(town, number, ONE) == CaseRule.TWO_PEOPLE
    assert refused(town, number, "coord.seo") == CaseRule.ROLE_NOT_HELD
    assert cap(town) == (15, 15)
    assert confirm(town, number, OTHER)
    assert cap(town) == (20, 20) and waiting(town) == []
    assert books_are_right(town)
    town.rule((CAP, CAP.replace("15", "20")), SECOND)
    assert waiting(town) == []


def test_a_part_grows_once_the_whole_has(town: Town) -> None:
    town.rule((CAP, CAP.replace("15", "20")), (SLEEVE, SLEEVE.replace("12", "18")), SECOND)
    (whole, _), (part, _) = waiting(town)
    confirm(town, part, ONE)
    assert refused(town, part, OTHER) == MoneyRule.OVER_CAP
    for number in (whole, part):
        for actor in (ONE, OTHER) if number == whole else (OTHER,):
            done = confirm(town, number, actor)
        assert done
    assert (cap(town), cap(town, "asean-studies")) == ((20, 20), (18, 18))
    assert books_are_right(town)


def test_a_cap_is_never_lowered_below_what_is_used(town: Town) -> None:
    take(town, 11)
    town.rule((SLEEVE, SLEEVE.replace("12", "10")), SECOND)
    ((number, _),) = waiting(town)
    confirm(town, number, ONE)
    assert refused(town, number, OTHER) == MoneyRule.FUNDS_SHORT
    town.rule((SLEEVE, SLEEVE.replace("12", "11")), raised(2))
    ((number, what),) = waiting(town)
    assert what == "cap of asean-studies: 12000000000 -> 11000000000"
    confirm(town, number, ONE)
    assert confirm(town, number, OTHER)
    assert cap(town, "asean-studies") == (11, 0)
    assert books_are_right(town)


def take(town: Town, thousand_millions: int) -> None:
    """Reserve so much."""
    transfer = Transfer(
        key="T-1:r",
        kind=TransferKind.PENDING,
        fund="asean-studies",
        reservation="T-1:r",
        amount=Amount(minor=thousand_millions * 10**9, currency="KRW"),
    )
    assert write(town.database, entry("reserved", transfer=transfer))[0].rule is None


def test_the_managers_are_changed_by_those_there_are(town: Town) -> None:
    town.rule(('currency = "KRW"', 'currency = "KRW"\nmanagers = ["coordinator"]'), SECOND)
    with town.database.connect() as connection:
        assert level.managers(connection, "k-city") == ("treasury",)
    ((number, what),) = waiting(town)
    assert what == "managers of k-city: ['treasury'] -> ['coordinator']"
    assert refused(town, number, "coord.seo") == CaseRule.ROLE_NOT_HELD
    confirm(town, number, ONE)
    assert confirm(town, number, OTHER)
    with town.database.connect() as connection:
        assert level.managers(connection, "k-city") == ("coordinator",)


def test_what_was_asked_for_before_the_cap_was_another_is_stale(town: Town) -> None:
    more = 'cap = "1 000 000 000 KRW"'
    sleeve = f'{SLEEVE}\n\n[[fund.sleeves]]\nid = "more"\nname = "More"\n{more}'
    town.rule((SLEEVE, sleeve.replace("12", "11")), SECOND)
    assert cap(town, "more") == (1, 1)
    ((number, _),) = waiting(town)
    fields = {"level": "asean-studies", "of": "more", "amount": 10**9, "reason": "A test."}
    for actor in (ONE, OTHER):
        Treasury(town.database, SELF_DECLARED).order(FundOrder(act=FundAct.REALLOCATE, actor=actor, **fields))
    assert refused(town, number, ONE) == CaseRule.STALE_CONTENT
    town.rule((SLEEVE, sleeve), raised(2))
    assert waiting(town) == [], "what managers move by an order is no difference to the file"
    assert books_are_right(town)


def test_a_new_part_that_has_no_room_yet_comes_when_the_cap_is_confirmed(town: Town) -> None:
    part = '[[fund.sleeves]]\nid = "africa"\nname = "Africa"\ncap = "8 000 000 000 KRW"\n\n[ceilings]  '
    swaps = ((CAP, CAP.replace("15", "20")), ("[ceilings]  ", part), SECOND)
    town.rule(*swaps)
    ((number, _),) = waiting(town)
    with town.database.connect() as connection:
        assert "africa" not in level.tree(connection, "k-city").levels
    confirm(town, number, ONE)
    confirm(town, number, OTHER)
    town.rule(*swaps)
    assert cap(town, "africa") == (8, 8)
    assert books_are_right(town)


def test_another_currency_is_another_fund(town: Town) -> None:
    sleeve = Sleeve(id="asean-studies", name="A", cap=1)
    terms = Fund(id="k-city", name="K", currency="USD", cap=1, sleeves=(sleeve,))
    with town.database.begin() as connection, pytest.raises(InvalidFile, match="another currency"):
        funding.register(connection, terms, datetime.now(UTC))


def test_managers_do_it_by_commands(town: Town) -> None:
    home = town.settings.home
    settings = {
        "ACCORD_PEOPLE": str(town.settings.people),
        "ACCORD_PROGRAMMES": str(town.settings.programmes),
    }
    town.rule((CAP, CAP.replace("15", "20")), SECOND)
    assert "accord fund confirm k-city" in inside(home, "setup", **settings).out
    (row,) = inside(home, "fund", "pending", "k-city", "-o", "json", **settings).data()
    number = str(row["record"])
    assert "noted" in inside(home, "fund", "confirm", "k-city", number, "--as", ONE, **settings).out
    assert "in force" in inside(home, "fund", "confirm", "k-city", number, "--as", OTHER, **settings).out
    assert cap(town) == (20, 20)
