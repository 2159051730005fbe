"""Portfolio rules: which projects a fund may hold, and how much of them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from activities.money import level, proof, waitlist
from activities.money.fund import register
from adapters.documents import load_fund
from models.case.case import Standing
from models.case.effects import Begins
from models.case.rule import CaseRule
from models.files import InvalidFile
from models.money.fund import Fund, Sleeve
from models.money.limits import WITHOUT_FIRM, Limits, Portfolio, Project, breach, group_of
from models.money.rule import MoneyRule
from models.money.transfer import TransferKind as K
from runtime.settings import ROOT
from tests.support.entries import NOW, entry, write
from tests.support.fake_case import CASE
from tests.support.house import proposal
from tests.support.moves import balances, moving

PIS = ROOT / "data" / "pis-fund.toml"
LIMITS: dict[str, Any] = {"countries": ["VN", "TH"], "per_country": 500, "per_project": 300}
AT = Project(case="T-1", countries=("VN",), area="transport", national_firm=True)


@pytest.mark.parametrize(
    ("limits", "changes", "why"),
    [
        ({"countries": ["TH"]}, {}, "VN is not one of its countries"),
        ({"areas": ["safety"]}, {}, "transport is not one of its areas"),
        ({"areas": ["safety"]}, {"area": None}, "no area is not one of its areas"),
        ({"per_project": 99}, {}, "one project may hold 99"),
        ({"per_country": 199}, {}, "one country may hold 199"),
        ({"without_national_firm_percent": 29}, {"national_firm": False}, "29 % of the cap"),
        ({"without_national_firm_percent": 30}, {"national_firm": False}, None),
        ({"without_national_firm_percent": 0}, {}, None),
        ({"per_project": 100, "per_country": 200, "countries": ["VN"], "areas": ["transport"]}, {}, None),
        ({"countries": ["VN"]}, {"countries": ("VN", "TH")}, "TH is not one of its countries"),
        ({"per_country": 200}, {"countries": ("VN", "TH")}, "one country may hold 200, TH would hold 201"),
        ({"countries": ["VN"]}, {"countries": ()}, "the country of the project is not known"),
        ({"per_country": 200}, {"countries": ()}, "the country of the project is not known"),
        ({"per_project": 100}, {"countries": ()}, None),
        ({}, {"national_firm": False}, None),
    ],
)
def test_a_portfolio_that_breaks_a_rule_says_which(limits: Any, changes: Any, why: str | None) -> None:
    groups = {group_of("VN"): 200, group_of("TH"): 201, WITHOUT_FIRM: 300}
    found = breach(Limits.model_validate(limits), 1000, Portfolio(AT._replace(**changes), 100, groups))
    assert found is None if why is None else why in str(found)


def test_what_no_project_holds_yet_is_nothing() -> None:
    limits = Limits(without_national_firm_percent=50)
    assert breach(limits, 1, Portfolio(AT._replace(national_firm=False), 0, {})) is None
    unknown = breach(Limits(per_country=5), 100, Portfolio(AT._replace(countries=()), 1, {}))
    assert unknown == "the country of the project is not known"


def reserve(database: Engine, case: str, minor: int, **about: Any) -> str | None:
    """A project of this kind asks for so much."""
    proposed = entry(f"{case} proposed", proposal=proposal(case, **about))
    wish = moving(K.PENDING, f"{case}:{minor}", minor, f"{case}:{minor}", fund="part")
    return write(database, proposed, wish, case=case)[-1].rule


def test_every_reservation_is_held_against_what_the_others_hold(database: Engine) -> None:
    part = Sleeve(id="part", name="Part", cap=1000, limits=Limits.model_validate(LIMITS))
    whole = Limits(without_national_firm_percent=25)
    with database.begin() as connection:
        register(
            connection,
            Fund(id="all", name="All", currency="KRW", cap=2000, sleeves=(part,), limits=whole),
            NOW,
        )
    firm = {"national_firm": True}
    assert reserve(database, "T-1", 301, country="VN", **firm) == MoneyRule.PORTFOLIO
    assert reserve(database, "T-1", 300, country="VN", **firm) is None
    assert reserve(database, "T-1", 1, country="VN", **firm) == MoneyRule.PORTFOLIO
    assert reserve(database, "T-2", 201, country="VN", **firm) == MoneyRule.PORTFOLIO
    assert reserve(database, "T-3", 200, country="ID", **firm) == MoneyRule.PORTFOLIO
    assert reserve(database, "T-4", 300, country="TH") is None
    assert reserve(database, "T-5", 200, country="TH") is None, "500 of 2000 without a national firm"
    assert reserve(database, "T-6", 200, country="VN") == MoneyRule.PORTFOLIO
    void = moving(K.VOID, "v", None, "T-4:300", fund="part")
    assert write(database, void, case="T-4")[0].rule is None
    assert reserve(database, "T-6", 199, country="VN") is None


def test_a_rule_that_cannot_be_checked_refuses(database: Engine) -> None:
    """A case that is not on the list has no country, so nobody knows whether its country has too much."""
    part = Sleeve(id="part", name="Part", cap=1000, limits=Limits.model_validate(LIMITS))
    free = Sleeve(id="free", name="Free", cap=1000)
    with database.begin() as connection:
        register(connection, Fund(id="all", name="All", currency="KRW", cap=2000, sleeves=(part, free)), NOW)
    unknown, elsewhere = (moving(K.PENDING, of, 1, of, fund=of) for of in ("part", "free"))
    refused, reserved = write(database, unknown, elsewhere, case="T-9")
    assert (refused.rule, reserved.rule) == (CaseRule.UNKNOWN_CASE, None)
    assert refused.detail == "(T-9) The portfolio rules of part cannot be checked without it."
    assert balances(database, "part")["reserved"] == 0
    with database.connect() as connection:
        assert waitlist.listing(connection) == []


def test_a_case_of_another_kind_counts_for_each_of_its_host_countries(database: Engine) -> None:
    part = Sleeve(id="part", name="Part", cap=1000, limits=Limits.model_validate(LIMITS))
    with database.begin() as connection:
        register(connection, Fund(id="all", name="All", currency="KRW", cap=2000, sleeves=(part,)), NOW)
    asked: dict[str, str | None] = {}
    for case, hosts in {"C-1": ("VN", "TH"), "C-2": ("VN", "ID"), "C-3": ("TH",)}.items():
        kept = CASE.model_copy(update={"id": case, "kind": "cohort", "countries": ("KR", *hosts)})
        begins = entry(f"{case} begins").with_effects(Begins(case=kept, standing=Standing(stage="planned")))
        wish = moving(K.PENDING, case, 300, case, fund="part")
        asked[case] = write(database, begins, wish, case=case)[-1].rule
    assert asked == {"C-1": None, "C-2": MoneyRule.PORTFOLIO, "C-3": MoneyRule.PORTFOLIO}
    with database.connect() as connection:
        assert proof.check(connection) == []


def test_the_pis_fund_is_what_was_published() -> None:
    fund = load_fund(PIS)
    assert (fund.cap, fund.currency) == (1_500_000_000_000, "KRW")
    assert sum(investor.pledge for investor in fund.investors) == fund.cap
    parts = {placed.part.id: placed.part.cap for placed in fund.levels()}
    phase_1 = ("pis-plant", "pis-infrastructure", "pis-smart-city", "pis-proposal")
    assert sum(parts[name] for name in phase_1) == 1_100_000_000_000
    assert sum(cap for name, cap in parts.items() if "-asean-" in name) == 300_000_000_000


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('cap = "1 500 000 000 000 KRW"', "cap = 1_400_000_000_000", "pledges to pis-2019 add up to more"),
        ('cap = "450 000 000 000 KRW"', "cap = 950_000_000_000", "sleeves of pis-2019 add up to more"),
        ('id = "pis-plant"', 'id = "pis-proposal"', "two levels of pis-2019"),
        ('cap = "210 000 000 000 KRW"', "cap = -1", "sub_funds.0.cap"),
        ('currency = "KRW"', 'currency = "won"', "currency"),
        ("percent = 40", "percent = 140", "without_national_firm_percent"),
    ],
)
def test_a_fund_file_that_breaks_a_rule_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    path = tmp_path / "fund.toml"
    path.write_text(PIS.read_text().replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidFile, match=why):
        load_fund(path)


def test_the_parts_of_a_fund_on_the_books_are_told_from_those_of_another(database: Engine) -> None:
    part = Sleeve(id="part", name="Part", cap=10)
    with database.begin() as connection:
        register(connection, Fund(id="one", name="One", currency="KRW", cap=10, sleeves=(part,)), NOW)
    terms = Fund(id="one", name="One", currency="KRW", cap=20, sleeves=(part,))
    with pytest.raises(InvalidFile), database.begin() as connection:
        register(connection, terms.model_copy(update={"id": "two"}), NOW)
    more = terms.model_copy(update={"sleeves": (part, part.model_copy(update={"id": "more"}))})
    with database.begin() as connection:  # there is room for it once two managers have raised the cap
        register(connection, more, NOW)
    with database.connect() as connection:
        assert [row["id"] for row in level.balances(connection)] == ["one", "part"]


@pytest.mark.parametrize("cap", [1000, 600])
def test_what_a_rule_forbids_to_one_by_now_goes_to_the_next(database: Engine, cap: int) -> None:
    """While it waited, its country got what it may have: nothing is reserved, and nobody told that it is."""
    part = Sleeve(id="part", name="Part", cap=cap, limits=Limits.model_validate(LIMITS))
    with database.begin() as connection:
        register(connection, Fund(id="all", name="All", currency="KRW", cap=cap, sleeves=(part,)), NOW)
        level.freeze(connection, "part", "a test")
    for case, country in (("T-1", "VN"), ("T-2", "VN"), ("T-3", "TH")):
        assert reserve(database, case, 300, country=country) == MoneyRule.FUND_FROZEN
    with database.begin() as connection:
        level.freeze(connection, "part", None)
    assert write(database, entry("thaw", thaws="part"), case="all")[0].rule is None
    with database.connect() as connection:
        assert [row["case"] for row in waitlist.listing(connection)] == ["T-1", "T-3"]
        assert len(waitlist.untold(connection)) == 2
        assert proof.check(connection) == []
    assert balances(database, "part")["reserved"] == 600
