"""Training programmes as people get them wrong: each is told by its key, with what to write."""

from tomllib import loads

import pytest

from models.files import InvalidFile
from runtime.settings import ROOT
from services.programmes import PROGRAMMES

SHIPPED = (ROOT / "programmes" / "k-smart-city-training.toml").read_text(encoding="utf-8")
SCREENING = 'panel = { seats = ["expert", "ministry", "secretariat"], quorum = 2 }'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'kind = "training"',
            'kind = "trainings"',
            "there is no kind of programme 'trainings'; did you mean",
        ),
        ("cut_off_days = 14", "cutoff_days = 14", "cutoff_days: there is no such key; did you mean cut_off"),
        ("cut_off_days = 14", "", "cut_off_days: this key is missing; write it"),
        ("cut_off_days = 14", "cut_off_days = -1", "cut_off_days: must be at least 0, not -1"),
        (
            "cut_off_days = 14",
            'cut_off_days = "two weeks"',
            "cut_off_days: must be a whole number, without quotes",
        ),
        ("attendance_percent = 80", "attendance_percent = 101", "attendance_percent: must be at most 100"),
        ('founder = "KR"', 'founder = "Korea"', "founder: must be an ISO 3166-1 alpha-2 country code"),
        ('"VN"]', '"Vietnam"]', "countries"),
        ('nominators = ["nominator"]', "nominators = []", "nominators: must be longer (at least 1)"),
        ('nominators = ["nominator"]', 'nominators = "nominator"', "nominators: must be a list, in [ ]"),
        ('institutes = ["institute"]', 'institutes = ["The Institute"]', "small letters, digits and _"),
        ('sleeve = "training-asean"', 'sleeve = "asean"', "sleeve 'asean' is not one of the fund k-training"),
        ('cap = "2 000 000 000 KRW"', 'cap = "two billion"', "'two billion' is no amount"),
        ('cap = "2 000 000 000 KRW"', 'cap = "2 000 000 USD"', "the fund is in KRW, this is in USD"),
        ('cap = "2 000 000 000 KRW"', 'cap = "4 000 000 000 KRW"', "fund"),
        (SCREENING, SCREENING.replace("quorum = 2", "quorum = 4"), "screening.panel"),
        (SCREENING, SCREENING.replace("quorum = 2", 'quorum = "most"'), "screening.panel"),
        (SCREENING, 'seats = ["expert"]', "screening"),
        ("check_after_days = 180", "check_after_days = 0", "check_after_days: must be at least 1, not 0"),
        ("check_after_days = 180", "check_after = 180", "did you mean check_after_days?"),
        ("[confirmation] ", "[confirm] ", "confirmation: this key is missing; write it"),
        ('zone = "Asia/Seoul"', 'zone = "Seoul time"', "zone: must be the IANA name of a time zone"),
        ("version = 1", "version = 0", "version: must be at least 1, not 0"),
        ('escalate_to = "training_director"', "", "escalate_to: this key is missing; write it"),
    ],
)
def test_a_broken_programme_is_told_by_its_key(old: str, new: str, says: str) -> None:
    assert SHIPPED.count(old) >= 1
    with pytest.raises(InvalidFile) as refused:
        PROGRAMMES.read(loads(SHIPPED.replace(old, new, 1)))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('founder = "KR"', 'founder = "XX"', "founder: "),
        ('"VN"]', '"VX"]', "countries: "),
        ('zone = "Asia/Seoul"', 'zone = "Asia/Soul"', "zone: "),
        ('"VN"]', '"VN", "KR"]', "countries: KR invites, and cannot be invited"),
        ('currency = "KRW"', 'currency = "KRX"', "fund.currency: "),
    ],
)
def test_a_code_that_nobody_knows_is_told_by_its_key(old: str, new: str, says: str) -> None:
    text = SHIPPED.replace(old, new, 1)
    if "KRX" in new:
        text = text.replace("000 KRW", "000 KRX")
    (problem,) = PROGRAMMES.problems(PROGRAMMES.read(loads(text)))
    assert problem.startswith(says)
