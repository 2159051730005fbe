"""What a programme file may say, and which proposals a programme takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.documents import load
from models.case.rule import CaseRule, Rule
from models.files import InvalidFile
from models.money.rule import MoneyRule
from models.partnership.partnership import Proposal
from models.partnership.programme import Programme
from models.partnership.rule import PartnershipRule
from services.partnership.codes import programme_problems, proposal_problems
from services.programmes import PROGRAMMES
from tests.support.k_city import SAYS_VERSION

FILE = Path(__file__).parent.parent.parent / "programmes" / "k-city-2020.toml"


def load_programme(path: Path) -> Programme:
    """The programme of partnerships in a file."""
    programme = load(path, PROGRAMMES.read)
    assert isinstance(programme, Programme)
    return programme


@pytest.fixture(scope="module")
def k_city() -> Programme:
    return load_programme(FILE)


def rewritten(folder: Path, old: str, new: str) -> Path:
    """The programme of the house with one place changed."""
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "changed.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def proposal(**changes: Any) -> Proposal:
    fields = {
        "case": "KCN-2020-01",
        "programme": "k-city-2020",
        "title": "Smart water for Hue",
        "country": "VN",
        "applicant": "City of Hue",
        "study": "pre_feasibility",
        "requested": {"minor": 700_000_000, "currency": "KRW"},
        "proposer": "nguyen",
    }
    return Proposal.model_validate(fields | changes)


def krw(minor: int) -> dict[str, object]:
    return {"minor": minor, "currency": "KRW"}


def test_programme_of_the_house_is_valid(k_city: Programme) -> None:
    assert k_city.id == FILE.stem
    assert programme_problems(k_city) == []


def test_programme_is_the_same_after_a_journey_as_json(k_city: Programme) -> None:
    arrived = Programme.model_validate_json(json.dumps(k_city.content()))
    assert arrived == k_city
    assert arrived.digest() == k_city.digest()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            '"ministry"], quorum = 2',
            '"ministry"], quorum = 4',
            "review.panel: quorum 4 is more than the 3 seats",
        ),
        ('cap = "12 000 000 000 KRW"', "cap = 15_000_000_001", "fund: the sleeves of k-city add up to more"),
        ("interim = 40", "interim = 41", "study: tranches add up to 101 percent, not to 100"),
        (
            "inception = 30, interim = 40",
            "interim = 40, inception = 30",
            "study: tranches .* in this order: ",
        ),
        (
            "inception = 30, interim = 40",
            "inception = 70, interim = 0",
            "study.tranches.interim: must be at least 1, not 0",
        ),
        (
            "inception = 30,",
            "draft = 30,",
            "study.tranches.draft: tranche 'draft' needs one of: the name of a del",
        ),
        ("final = 30", "final = 30, annex = 0", "study.tranches.annex: must be at least 1"),
        ('sleeve = "asean-studies"', 'sleeve = "africa"', "sleeve: 'africa' is no sleeve of the fund k-city"),
        ('"700 000 000 KRW"', '"7 USD"', "ceilings.pre_feasibility: the fund is in KRW, this is in USD"),
        (SAYS_VERSION, f'{SAYS_VERSION}\ncolour = "red"', "colour: there is no such key"),
        (
            "grace_days = 10 }",
            "grace = 10 }",
            "grace: there is no such key; did you mean grace_days",
        ),
        ('escalate_to = "director"', 'escalate_to = "The Boss"', "review.deadline.escalate_to"),
        ('zone = "Asia/Seoul"\n', "", "zone: this key is missing"),
        (SAYS_VERSION, "version = nan", "version: "),
        (SAYS_VERSION, "version = 0", "version: "),
        ('coordinators = ["coordinator"]', "coordinators = []", "coordinators: "),
        ('cap = "15 000 000 000 KRW"', "cap = 15e9", "fund.cap: "),
        ('zone = "Asia/Seoul"', 'zone = "../etc/passwd"', "zone: "),
        ('["review", "approve"]', '["review", "review"]', "a duty keeps two different acts apart"),
        ('["review", "approve"]', '["review", "dance"]', "duties.0: must be one of"),
        ('["review", "approve"]', '["review"]', "duties.0"),
        (
            '"ministry"], quorum = 2',
            '"ministry"], quorum = "most"',
            "review.panel.quorum: must be a whole number",
        ),
        (
            '"ministry"], quorum = 2',
            '"ministry"], veto = ["king"], quorum = 2',
            "veto by 'king', which has no",
        ),
        (
            '"ministry"], quorum = 2',
            '"ministry"], chair = "king", quorum = 2',
            "the chair 'king' must have exactly",
        ),
        ('["secretariat", "expert", "ministry"]', "[]", "review.panel.seats: must be longer"),
        (
            "[review]",
            "[review]\ntiers = [{above = 2, panel = {seats = ['a'], quorum = 1}}, "
            "{above = 1, panel = {seats = ['a'], quorum = 1}}]",
            "tiers must rise",
        ),
    ],
)
def test_error_names_the_file_and_the_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(InvalidFile, match=rf"^changed\.toml: .*{complaint}"):
        load_programme(rewritten(tmp_path, old, new))


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    wrong = rewritten(tmp_path, f"{SAYS_VERSION}\n", "version = 0\ncolour = 1\n")
    with pytest.raises(InvalidFile, match=r"version: .*; colour: "):
        load_programme(wrong)


@pytest.mark.parametrize("content", [b"id = ", b"id = 1\nid = 2", b"\xff\xfe", b"[fund"])
def test_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidFile, match=r"^broken\.toml: "):
        load_programme(path)


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"gone\.toml: there is no such file"):
        load_programme(tmp_path / "gone.toml")


@pytest.mark.parametrize("value", ["2020-01-01", "08:00:00", "2020-01-01T08:00:00Z"])
def test_date_where_none_belongs_is_refused_by_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(InvalidFile, match=r"^changed\.toml: version"):
        load_programme(rewritten(tmp_path, SAYS_VERSION, f"version = {value}"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"Asia/Seoul"', '"Mars/Olympus"', "zone: 'Mars/Olympus' is not an IANA time zone"),
        ('founder = "KR"', 'founder = "UK"', "founder: 'UK' is not an ISO 3166-1 alpha-2 country"),
        ('"VN"]', '"VN", "ZZ"]', "countries: 'ZZ' is not an ISO 3166-1 alpha-2 country"),
    ],
)
def test_unknown_code_of_a_programme_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (found,) = programme_problems(load_programme(rewritten(tmp_path, old, new)))
    assert found.startswith(problem)


def test_unknown_currency_of_a_fund_is_named(k_city: Programme) -> None:
    dollars = k_city.fund.model_copy(update={"currency": "XQQ"})
    (found,) = programme_problems(k_city.model_copy(update={"fund": dollars}))
    assert found.startswith("fund.currency: 'XQQ' is not an ISO 4217 currency")


def test_every_unknown_code_of_a_proposal_is_named() -> None:
    found = proposal_problems(proposal(country="ZZ", requested={"minor": 1, "currency": "XQQ"}))
    assert [problem[:4] for problem in found] == ["'ZZ'", "'XQQ"]
    assert proposal_problems(proposal()) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, None),
        ({"requested": krw(700_000_001)}, PartnershipRule.OVER_CEILING),
        ({"requested": krw(1_000_000_000), "study": "master_plan"}, None),
        ({"requested": krw(1_000_000_001), "study": "master_plan"}, PartnershipRule.OVER_CEILING),
        ({"requested": {"minor": 1, "currency": "USD"}}, MoneyRule.WRONG_CURRENCY),
        ({"programme": "k-city-2021"}, CaseRule.ANOTHER_CASE),
        ({"country": "FR"}, CaseRule.ANOTHER_CASE),
    ],
)
def test_programme_takes_only_proposals_within_its_terms(
    k_city: Programme, changes: dict[str, Any], rule: Rule | None
) -> None:
    assert k_city.refuses(proposal(**changes)) is rule


def test_programme_that_lists_no_countries_takes_all(k_city: Programme) -> None:
    assert k_city.model_copy(update={"countries": ()}).refuses(proposal(country="FR")) is None


def test_kind_of_study_without_a_ceiling_gets_no_money(k_city: Programme) -> None:
    none = k_city.model_copy(update={"ceilings": {}})
    assert none.refuses(proposal(requested=krw(1))) == PartnershipRule.OVER_CEILING
