"""What differs from a directory file, which of it takes two people, and what is in force afterwards."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.people.change import Change, ChangeKind, InForce, changes
from models.people.directory import Directory
from models.people.guard import beneficiaries, money_roles, takes_two
from models.people.outcome import carried_out, fits
from models.people.person import Exclusion, Holding, Organisation, Person, Post, Sector

K = ChangeKind
AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAY = AT.date()
MONEY = frozenset(("treasury", "controller"))


def body(of: str, **changes: Any) -> Organisation:
    fields = {"id": of, "name": of.upper(), "country": "KR", "sector": Sector.PUBLIC} | changes
    return Organisation(**fields)


def person(who: str, *roles: Any, **changes: Any) -> Person:
    fields = {"id": who, "name": f"Ms {who}", "organisation": "molit", "email": f"{who}@accord.example"}
    return Person(roles=roles, **(fields | changes))


MOLIT, FIRM = body("molit"), body("firm", account="KR0001")
REGISTRARS = (person("reg.a", "registrar"), person("reg.b", "registrar"))
TODAY = InForce(
    organisations={one.id: one for one in (MOLIT, FIRM)},
    people={one.id: one for one in (*REGISTRARS, person("an", "expert"))},
    exclusive=(Exclusion(one="treasury", other="coordinator"),),
    ended_organisations={},
    ended_people={},
)


def as_file(now: InForce) -> dict[str, Any]:
    """The file that says what is in force."""
    return {
        "organisation": tuple(now.organisations.values()),
        "person": tuple(now.people.values()),
        "exclusive": now.exclusive,
    }


def wanted(now: InForce = TODAY, **more: Any) -> Directory:
    return Directory(**(as_file(now) | more))


def with_person(one: Person) -> Directory:
    """The file, with this person as they are in it from now on."""
    return wanted(person=tuple({**TODAY.people, one.id: one}.values()))


def only(file: Directory, now: InForce = TODAY) -> Change:
    (change,) = changes(now, file)
    return change


def guarded(change: Change, now: InForce = TODAY) -> bool:
    return takes_two(change, now, MONEY, DAY)


def test_a_file_that_says_what_is_in_force_changes_nothing() -> None:
    assert changes(TODAY, wanted()) == ()


def test_who_is_listed_no_more_ends_and_nothing_else_does() -> None:
    gone = only(wanted(person=tuple(REGISTRARS)))
    assert gone == Change(kind=K.PERSON_ENDED, about="an", before={}, after={})
    then = carried_out(TODAY, gone, AT)
    assert set(then.people) == {"reg.a", "reg.b"} and set(then.ended_people) == {"an"}
    assert then.ended_people["an"].roles == ()
    assert not guarded(gone)


@pytest.mark.parametrize(
    ("one", "kind", "takes"),
    [
        (person("an", "expert", "coordinator"), K.ROLE_GIVEN, False),
        (person("an", "expert", "treasury"), K.ROLE_GIVEN, True),
        (person("an", "expert", "registrar"), K.ROLE_GIVEN, True),
        (person("an", "expert", "auditor"), K.ROLE_GIVEN, True),
        (person("an", "expert", "signatory"), K.ROLE_GIVEN, True),
        (person("an"), K.ROLE_ENDED, False),
        (person("an", Holding(role="expert", until=date(2027, 1, 1))), K.ROLE_CHANGED, False),
        (person("an", "expert", name="Ms An"), K.PERSON_CHANGED, False),
        (person("an", "expert", name="Mr Bo", email="bo@accord.example"), K.PERSON_CHANGED, True),
        (person("an", "expert", subject="idp|an"), K.SUBJECT_CHANGED, True),
        (person("an", "expert", former=(Post(organisation="firm"),)), K.POST_ADDED, False),
        (person("bo"), K.PERSON_ADDED, False),
        (person("bo", subject="an"), K.PERSON_ADDED, True),
        (person("reg.b"), K.ROLE_ENDED, True),
    ],
)
def test_what_becomes_of_a_person_and_whether_it_takes_two(one: Person, kind: K, takes: bool) -> None:
    change = only(with_person(one))
    assert (change.kind, guarded(change)) == (kind, takes)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (body("firm", account="KR0002"), K.ACCOUNT_CHANGED),
        (body("firm"), K.ACCOUNT_CHANGED),
        (body("firm", account="KR0001", name="MOLIT study"), K.ORGANISATION_CHANGED),
    ],
)
def test_what_an_organisation_is_paid_by_takes_two(one: Organisation, kind: K) -> None:
    change = only(wanted(organisation=(MOLIT, one)))
    assert change.kind is kind and guarded(change)


def test_a_new_payee_is_there_at_once_and_its_account_takes_two() -> None:
    added, paid = changes(TODAY, wanted(organisation=(MOLIT, FIRM, body("new", account="KR0009"))))
    assert (added.kind, paid.kind) == (K.ORGANISATION_ADDED, K.ACCOUNT_CHANGED)
    assert (guarded(added), guarded(paid)) == (False, True)
    assert carried_out(TODAY, added, AT).organisations["new"].account is None


def test_a_shorter_term_of_a_role_that_moves_money_takes_one_and_a_longer_one_two() -> None:
    held = Holding(role="treasury", until=date(2027, 6, 30))
    now = TODAY._replace(people={**TODAY.people, "an": person("an", held)})
    for until, takes in ((date(2027, 3, 31), False), (date(2027, 12, 31), True), (None, True)):
        one = person("an", Holding(role="treasury", until=until))
        change = only(wanted(now, person=tuple({**now.people, "an": one}.values())), now)
        assert (change.kind, guarded(change, now)) == (K.ROLE_CHANGED, takes)


def test_who_moves_is_barred_from_what_they_left_and_takes_a_role_of_money_along_only_with_two() -> None:
    moved = only(with_person(person("an", "expert", organisation="firm")))
    assert not guarded(moved)
    assert carried_out(TODAY, moved, AT).people["an"].former == (Post(organisation="molit", until=DAY),)
    now = TODAY._replace(people={**TODAY.people, "an": person("an", "treasury")})
    file = wanted(now, person=(*REGISTRARS, person("an", "treasury", organisation="firm")))
    assert guarded(only(file, now), now)


def test_who_comes_back_does_so_with_two_people_and_no_role() -> None:
    now = carried_out(TODAY, only(wanted(person=tuple(REGISTRARS))), AT)
    back, role = changes(now, wanted())
    assert (back.kind, role.kind) == (K.PERSON_RETURNED, K.ROLE_GIVEN)
    assert guarded(back, now) and not fits(now, role)
    assert carried_out(now, back, AT).people["an"].roles == ()


def test_roles_that_exclude_each_other_are_never_both_in_force() -> None:
    now = TODAY._replace(people={**TODAY.people, "an": person("an", "coordinator")})
    given = Change(kind=K.ROLE_GIVEN, about="an", before={}, after=Holding(role="treasury").content())
    assert not fits(now, given)
    assert fits(TODAY, given)


def test_nobody_asks_for_what_they_benefit_from() -> None:
    assert beneficiaries(only(with_person(person("an", "expert", "treasury"))), TODAY) == {"an"}
    assert "an" in beneficiaries(only(with_person(person("bo", subject="an"))), TODAY)
    now = TODAY._replace(people={**TODAY.people, "fi": person("fi", organisation="firm", subject="idp|fi")})
    change = Change(
        kind=K.ACCOUNT_CHANGED, about="firm", before={"account": "KR0001"}, after={"account": "X123"}
    )
    assert beneficiaries(change, now) == {"idp|fi"}


def test_roles_that_move_money_are_read_off_funds_and_panels() -> None:
    tier = {"above": 1, "panel": {"seats": ["minister"]}}
    terms = {
        "review": {"panel": {"seats": ["expert"]}},
        "funding": {"panel": {"bodies": [{"seats": ["ministry"]}]}, "deadline": {"escalate_to": "director"}},
        "payment": {"request": {"roles": ["contractor"]}, "approval": {"panel": {}, "tiers": [tier]}}
        | {"reconcilers": ["reconciler"]},
        "overriders": ["chair"],
    }
    assert money_roles([terms], ["treasury"]) == {"ministry", "minister", "chair", "treasury", "reconciler"}


ROLES = st.sets(st.sampled_from(("expert", "treasury", "registrar", "legal")), max_size=3)
SOMEBODY = st.tuples(st.sampled_from("abcdef"), ROLES, st.sampled_from(("molit", "firm")))


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    people = draw(st.lists(SOMEBODY, unique_by=lambda one: one[0], max_size=6))
    account = draw(st.sampled_from(("KR0001", "KR0002", None)))
    listed = tuple(person(f"p{who}", *sorted(roles), organisation=of) for who, roles, of in people)
    return Directory(organisation=(MOLIT, body("firm", account=account)), person=listed)


@given(directories(), directories())
def test_a_file_is_reached_by_its_changes_in_order_and_then_changes_nothing(
    one: Directory, other: Directory
) -> None:
    now = InForce({}, {}, (), {}, {})
    for file in (one, other, one):
        for change in changes(now, file):
            assert fits(now, change)
            now = carried_out(now, change, AT)
        assert changes(now, file) == ()
        assert set(now.people) == {each.id for each in file.people}
        assert not set(now.people) & set(now.ended_people)


@given(directories(), directories())
def test_without_a_second_person_nobody_gets_a_role_of_money_and_no_account_changes(
    one: Directory, other: Directory
) -> None:
    now = InForce({}, {}, (), {}, {})
    for change in changes(now, one):
        now = carried_out(now, change, AT)
    before = now
    for change in changes(now, other):
        if fits(now, change) and not takes_two(change, now, MONEY, DAY):
            now = carried_out(now, change, AT)
    for who, each in now.people.items():
        held = set(before.people[who].roles_on(DAY)) if who in before.people else set()
        assert set(each.roles_on(DAY)) & (MONEY | {"registrar"}) <= held
    assert now.organisations["firm"].account == before.organisations["firm"].account
    had, has = (len(each.holders("registrar", DAY)) for each in (before, now))
    assert has >= min(had, 2)
