"""Plans of cohorts: what fits together, and what fits a programme."""

from datetime import UTC, date, datetime
from tomllib import loads
from typing import Any

import pytest
from pydantic import ValidationError

from models.amount import Amount
from models.case.case import Case
from models.training.cohort import KIND, MOST_SEATS, Plan, Stage, Status, begins
from models.training.enrolment import (
    BEFORE_THE_COURSE,
    IN_A_SEAT,
    SINCE_THE_COURSE,
    TAKES_PART,
    Enrolment,
    EnrolmentState,
)
from models.training.seats import confirmed, free, most_nominees, waiting
from models.training.terms import TrainingProgramme
from runtime.settings import ROOT
from tests.support.house import sha
from tests.support.training import plan, quotas

SHIPPED = loads((ROOT / "programmes" / "k-smart-city-training.toml").read_text(encoding="utf-8"))
TERMS = TrainingProgramme.model_validate(SHIPPED)
SUMMER = {"starts": date(2027, 7, 5), "ends": date(2027, 7, 16)}
S = EnrolmentState


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ends": date(2027, 7, 4)}, "ends: the last day is not before the first"),
        ({"quotas": quotas(VN=1) + quotas(VN=2)}, "quotas: every country has one quota"),
        ({"quotas": quotas(VN=MOST_SEATS), "pool": 1}, f"{MOST_SEATS + 1} seats are more than {MOST_SEATS}"),
        ({"ends": date(9999, 12, 31)}, "a date is of the years 1900 to 2199"),
        ({"starts": date(1, 1, 1)}, "a date is of the years 1900 to 2199"),
        ({"minimum": 5}, "minimum: 5 is more than the 4 seats there are"),
        ({"documents": ("passport", "passport")}, "documents: every document is asked for once"),
    ],
)
def test_what_does_not_fit_together_is_no_plan(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        plan("T-1", **(SUMMER | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": SUMMER["starts"]},
        {"quotas": quotas(VN=MOST_SEATS - 1), "pool": 1},
        {"minimum": 4},
        {"documents": ("passport", "photo")},
    ],
)
def test_what_just_fits_is_one(changes: dict[str, Any]) -> None:
    assert plan("T-1", **(SUMMER | changes)).case == "T-1"


def test_a_plan_knows_its_seats_and_who_nominates() -> None:
    planned = plan("T-1", **SUMMER)
    assert planned.seats == 4
    assert [(one.country, one.seats) for one in planned.quotas] == [("VN", 2), ("TH", 1)]
    assert planned.quota_of("TH") == planned.quotas[1]
    assert planned.quota_of("MM") is None
    assert planned.country_of("host.th") == "TH"
    assert planned.country_of("host.mm") is None
    assert [most_nominees(planned, country) for country in ("VN", "TH", "MM")] == [15, 10, 5]


@pytest.mark.parametrize(
    ("starts", "ends", "meet"),
    [
        (date(2027, 7, 16), date(2027, 7, 20), True),
        (date(2027, 7, 1), date(2027, 7, 5), True),
        (date(2027, 7, 8), date(2027, 7, 9), True),
        (date(2027, 7, 1), date(2027, 7, 31), True),
        (date(2027, 7, 17), date(2027, 7, 20), False),
        (date(2027, 7, 1), date(2027, 7, 4), False),
    ],
)
def test_two_courses_overlap_where_they_share_a_day(starts: date, ends: date, meet: bool) -> None:
    assert plan("T-1", **SUMMER).overlaps(starts, ends) is meet


def test_it_is_a_case_of_the_founder_and_all_who_are_invited() -> None:
    planned = plan("T-1", **SUMMER)
    assert planned.case_under("k", 3, sha("rules"), "KR", ("Host VN", "Host TH")) == Case(
        id="T-1",
        kind=KIND.name,
        title=planned.title,
        countries=("KR", "VN", "TH"),
        parties=("Host VN", "Host TH"),
        programme="k",
        version=3,
        rules=sha("rules"),
        amount=Amount(minor=90_000_000, currency="KRW"),
    )


def test_a_day_begins_where_it_is_counted() -> None:
    assert begins(date(2027, 7, 5), "Asia/Seoul") == datetime(2027, 7, 4, 15, tzinfo=UTC)
    assert begins(date(2027, 7, 5), "Asia/Seoul").tzinfo is UTC
    assert begins(date(2027, 7, 5), "UTC") == datetime(2027, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"programme": "another"}, "It is a plan of another."),
        (
            {"quotas": quotas(VN=1, JP=1, CN=1)},
            "quotas: JP is not one of the countries of k-smart-city-training.",
        ),
    ],
)
def test_a_plan_fits_its_programme(changes: dict[str, Any], says: str | None) -> None:
    assert TERMS.refuses(plan("T-1", **(SUMMER | changes))) == says


def test_a_programme_for_all_countries_invites_any_but_its_founder() -> None:
    terms = TrainingProgramme.model_validate({k: v for k, v in SHIPPED.items() if k != "countries"})
    assert terms.refuses(plan("T-1", quotas=quotas(JP=3))) is None
    own = terms.refuses(plan("T-1", quotas=quotas(JP=2, KR=1)))
    assert own == "quotas: KR invites, and is not invited."


def test_what_a_programme_says_is_what_its_digest_is_of() -> None:
    assert TERMS.content()["kind"] == "training"
    assert TERMS.content()["fund"]["cap"] == 3_000_000_000
    assert TERMS.content()["countries"] == SHIPPED["countries"], "as JSON has it: a list"
    assert "overriders" not in TERMS.content(), "what the file does not say"
    assert list(TERMS.in_full())[:3] == ["id", "version", "title"]
    assert TERMS.in_full()["overriders"] == []
    wrong = SHIPPED | {"sleeve": "k-training"}
    with pytest.raises(ValidationError, match="sleeve 'k-training' is not one of the fund k-training"):
        TrainingProgramme.model_validate(wrong)


def one(state: S, rank: int | None = None) -> Enrolment:
    """An official who stands there."""
    fields = {"nominee": "vn-0000000001", "country": "VN", "authority": "nominator.vn", "dossier": sha("d")}
    return Enrolment.model_validate(fields | {"state": state, "rank": rank})


@pytest.mark.parametrize("state", S)
def test_who_takes_up_a_seat(state: S) -> None:
    has_seat = state in {
        *(S.ACCEPTED, S.CONFIRMED, S.TRAVELLING, S.VISA_REFUSED, S.ATTENDING),
        *(S.COMPLETED, S.CERTIFIED, S.PLAN_FILED, S.CHECKED),
    }
    planned = plan("T-1", **SUMMER)
    assert one(state).seated is has_seat
    assert free(planned, [one(state)]) == (3 if has_seat else 4)
    assert confirmed([one(state)]) == (state in {S.CONFIRMED, S.TRAVELLING})
    assert bool(waiting([one(state)])) is (state is S.WAITLISTED)


GOES: dict[str, str] = {
    "nominated": "documents_complete rejected withdrawn moved cancelled",
    "documents_complete": "nominated waitlisted accepted rejected withdrawn moved cancelled",
    "waitlisted": "accepted no_seat rejected withdrawn moved cancelled",
    "accepted": "confirmed declined lapsed withdrawn replaced rejected moved cancelled",
    "confirmed": "visa_travel visa_refused withdrawn replaced attending no_show moved cancelled",
    "visa_travel": "visa_refused withdrawn replaced attending no_show moved cancelled",
    "visa_refused": "confirmed visa_travel lapsed withdrawn replaced moved cancelled",
    "attending": "no_show dropped completed cancelled",
    "completed": "certified",
    "certified": "action_plan_filed revoked",
    "action_plan_filed": "ex_post_checked revoked",
    "ex_post_checked": "revoked",
}
"""Where an official can go from a state (domain of training: one seat, one course, one certificate)."""


@pytest.mark.parametrize("state", S)
def test_where_an_official_can_go(state: S) -> None:
    assert {to for to in S if one(state).may_become(to)} == set(map(S, GOES.get(state, "").split()))


def test_no_state_is_before_and_after_the_beginning_of_the_course() -> None:
    assert not BEFORE_THE_COURSE & SINCE_THE_COURSE
    assert TAKES_PART < BEFORE_THE_COURSE
    assert {S.ATTENDING, S.COMPLETED, S.CERTIFIED, S.PLAN_FILED, S.CHECKED} == IN_A_SEAT - BEFORE_THE_COURSE


def test_stages_are_in_the_order_of_the_procedure() -> None:
    assert KIND.is_before(Stage.PLANNED, Stage.FOLLOWED_UP)
    assert not KIND.is_closed(Status.POSTPONED) and KIND.is_closed(Status.MERGED)
    assert Plan.model_validate_json(plan("T-1").model_dump_json()) == plan("T-1")
