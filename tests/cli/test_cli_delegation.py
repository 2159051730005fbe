"""Absence: who lets whom act for them, from when, up to what, and that it ends when it is revoked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine

from activities.case import audit, rights
from activities.people import delegation, person
from models.case.envelope import SELF_DECLARED, Belief
from models.case.rights import Asked
from models.case.rule import CaseRule, Rule
from models.people.delegation import Delegation, Giving, Revocation, refusal
from models.people.person import Exclusion, Holding
from models.people.rule import PeopleRule
from services.case.cases import Refused
from services.people.delegation import Delegations
from tests.support.command import accord, inside
from tests.support.delegations import CHO, TODAY, YOON, asked, standing
from tests.support.furnished import register, somebody
from tests.support.house import House, sha

SOON = datetime.now(UTC).date() + timedelta(days=1)


def rule(wish: Giving, *between: Delegation, giver: Any = CHO, taker: Any = YOON) -> Rule | None:
    """The rule that is broken."""
    broken = refusal(wish, giver, taker, between, frozenset({"cho", "cho.2"}), TODAY)
    return broken.rule if broken else None


BEFORE = CHO.model_copy(update={"roles": (Holding(role="treasury", until=date(2026, 11, 22)),)})
LATER = CHO.model_copy(update={"roles": (Holding(role="treasury", since=date(2026, 11, 24)),)})


@pytest.mark.parametrize(
    ("changes", "people", "broken"),
    [
        ({}, {}, None),
        ({"roles": ["treasury", "legal"]}, {}, None),
        ({"since": "2026-11-23", "until": "2026-11-23"}, {}, None),
        ({"since": "2020-01-01"}, {}, None),
        ({}, {"giver": None}, CaseRule.UNKNOWN_PERSON),
        ({}, {"taker": None}, CaseRule.UNKNOWN_PERSON),
        ({"taker": "cho"}, {"taker": CHO}, PeopleRule.SELF_DELEGATION),
        ({}, {"giver": somebody("cho", "treasury", subject="s"), "taker": somebody("yoon", subject="s")},
         PeopleRule.SELF_DELEGATION),
        ({"roles": ["treasury", "ministry"]}, {}, CaseRule.ROLE_NOT_HELD),
        ({}, {"giver": BEFORE}, CaseRule.ROLE_NOT_HELD),
        ({}, {"giver": LATER}, CaseRule.ROLE_NOT_HELD),
        ({"until": "2026-11-22"}, {}, PeopleRule.DELEGATION_DATES),
        ({"since": "2026-12-02", "until": "2026-12-01"}, {}, PeopleRule.DELEGATION_DATES),
    ],
)  # fmt: skip
def test_who_may_let_whom_act_for_them(
    changes: dict[str, Any], people: dict[str, Any], broken: Rule | None
) -> None:
    assert rule(asked(**changes), **people) is broken


@pytest.mark.parametrize(
    ("there", "broken"),
    [
        (standing("yoon", "cho"), PeopleRule.DELEGATION_CIRCLE),
        (standing("yoon", "cho.2"), PeopleRule.DELEGATION_CIRCLE),
        (standing("yoon", "cho", until="2026-11-22"), None),
        (standing("yoon", "cho", until="2026-12-01"), PeopleRule.DELEGATION_CIRCLE),
        (standing("yoon", "cho", since="2026-12-31"), PeopleRule.DELEGATION_CIRCLE),
        (standing("yoon", "cho", since="2027-01-01"), None),
        (standing(), PeopleRule.ALREADY_DELEGATED),
        (standing(until="2026-11-30"), None),
        (standing(since="2027-01-01"), None),
        (standing("cho.2", "yoon"), None),
        (standing("cho", "yoon.2"), None),
    ],
)
def test_two_delegations_between_the_same_people_must_not_meet(
    there: Delegation, broken: Rule | None
) -> None:
    assert rule(asked(since="2026-12-01", until="2026-12-31"), there) is broken


def test_days_that_are_over_are_not_shared() -> None:
    there = standing("yoon", "cho", since="2026-01-01", until="2026-02-01")
    assert rule(asked(since="2026-01-15", until="2026-12-31"), there) is None


days = st.none() | st.dates(date(2026, 11, 20), date(2026, 11, 27))


@given(days, days, days, days)
def test_a_circle_is_refused_exactly_when_a_day_to_come_is_in_both(
    since: date | None, until: date | None, back_since: date | None, back_until: date | None
) -> None:
    if (since and until and until < since) or (back_since and back_until and back_until < back_since):
        return
    back = standing("yoon", "cho", since=back_since, until=back_until)
    wish = asked(since=since, until=until)
    to_come = [TODAY + timedelta(days=n) for n in range(30)]
    over = until is not None and until < TODAY
    shared = any(
        back.covers(day) and wish.as_delegation("D-2", attested=False).covers(day) for day in to_come
    )
    expected = PeopleRule.DELEGATION_DATES if over else PeopleRule.DELEGATION_CIRCLE if shared else None
    assert rule(wish, back) is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": []},
        {"roles": ["The Boss"]},
        {"ceiling": -1},
        {"ceiling": 10**19},
        {"taker": "Yoon"},
        {"instrument": ""},
        {"instrument": "a\nb"},
        {"since": "31.12.2026"},
        {"until": 20261231},
        {"giver": "cho"},
    ],
)
def test_what_is_no_delegation_at_all_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        asked(**changes)


def refused(database: Engine, wish: Giving | Revocation) -> Rule:
    """The rule by which it is refused; the refusal is the newest entry on record."""
    delegations = Delegations(database, SELF_DECLARED)
    with pytest.raises(Refused) as error:
        delegations.give(wish) if isinstance(wish, Giving) else delegations.revoke(wish)
    entry = history(database)[-1]
    assert (entry["seq"], entry["rule"], entry["actor"]) == (error.value.seq, error.value.rule, wish.actor)
    assert (entry["action"], entry["payload"]["facts"]) == ("refused", {"message": wish.content()})
    return error.value.rule


def history(database: Engine) -> list[audit.HistoryRow]:
    """The record of the directory."""
    with database.connect() as connection:
        return audit.history(connection, audit.Question(case="directory"))


def listed(database: Engine, person: str | None = None) -> list[str]:
    """The delegations in force or not."""
    with database.connect() as connection:
        return [row["id"] for row in delegation.listing(connection, person)]


def test_giving_and_revoking_are_on_record_with_all_there_is_to_know(database: Engine) -> None:
    register(database, CHO, YOON)
    delegations = Delegations(database, Belief(attested=True))
    wish = asked(roles=["treasury", "treasury"], ceiling=0, until=f"{SOON}")
    done = delegations.give(wish)
    assert (done.seq, done.delegation.id) == (1, "D-1")
    assert delegations.give(wish) == (done.delegation, None, False)
    ended = delegations.revoke(Revocation(delegation="D-1", actor="cho"))
    assert (ended.seq, delegations.revoke(Revocation(delegation="D-1", actor="cho")).seq) == (2, None)
    given, revoked = history(database)
    facts = {"id": "D-1", "giver": "cho", "taker": "yoon", "roles": ["treasury"], "ceiling": 0}
    facts |= {"since": None, "until": f"{SOON}", "instrument": "Order 1", "attested": True, "acting": False}
    for entry, action in ((given, "delegation given"), (revoked, "delegation revoked")):
        assert (entry["action"], entry["actor"], entry["payload"]["facts"]) == (action, "cho", facts)
        assert entry["payload"]["attested"] is True
    with database.connect() as connection:
        (row,) = delegation.listing(connection)
    assert (row["record"], row["revoked_at"]) == (1, revoked["at"])
    again = delegations.give(wish)
    assert (again.seq, again.delegation.id) == (3, "D-3")
    assert listed(database, "yoon") == ["D-1", "D-3"]
    assert listed(database, "nobody") == []


def test_every_refusal_is_on_record_and_changes_nothing(database: Engine) -> None:
    register(database, CHO, YOON, somebody("cho.2", "legal", subject="s"), somebody("cho.3", subject="s"))
    assert refused(database, asked(actor="nobody")) == CaseRule.UNKNOWN_PERSON
    assert refused(database, asked(taker="nobody")) == CaseRule.UNKNOWN_PERSON
    assert refused(database, asked(taker="cho")) == PeopleRule.SELF_DELEGATION
    same = asked(actor="cho.2", taker="cho.3", roles=["legal"])
    assert refused(database, same) == PeopleRule.SELF_DELEGATION
    assert refused(database, asked(roles=["ministry"])) == CaseRule.ROLE_NOT_HELD
    assert refused(database, asked(until="2020-01-01")) == PeopleRule.DELEGATION_DATES
    assert listed(database) == []
    Delegations(database, SELF_DECLARED).give(asked())
    assert (
        refused(database, asked(actor="yoon", taker="cho", roles=["legal"])) == PeopleRule.DELEGATION_CIRCLE
    )
    assert refused(database, asked(ceiling=5)) == PeopleRule.ALREADY_DELEGATED
    third = somebody("third")
    register(database, third)
    passed_on = asked(actor="yoon", taker="third", roles=["treasury"])
    assert refused(database, passed_on) == CaseRule.ROLE_NOT_HELD
    (number,) = listed(database)
    assert refused(database, Revocation(delegation=number, actor="yoon")) == PeopleRule.NOT_THE_GIVER
    assert refused(database, Revocation(delegation=number, actor="nobody")) == CaseRule.UNKNOWN_PERSON
    assert refused(database, Revocation(delegation="D-99", actor="cho")) == PeopleRule.UNKNOWN_DELEGATION
    with database.connect() as connection:
        assert [row["revoked_at"] for row in delegation.listing(connection)] == [None]


def test_nobody_takes_on_a_role_that_excludes_one_of_theirs(database: Engine) -> None:
    register(database, CHO, somebody("jang", "contractor"), somebody("twin", subject="S-1"))
    register(database, somebody("twin.2", "coordinator", subject="S-1"), somebody("seo", "coordinator"))
    pairs = [Exclusion(one="treasury", other=other) for other in ("contractor", "coordinator")]
    with database.begin() as connection:
        person.exclude(connection, pairs)
    delegations = Delegations(database, SELF_DECLARED)
    for taker, other in (("jang", "contractor"), ("twin", "coordinator")):
        with pytest.raises(Refused, match=f"{taker}: treasury and {other}") as refused:
            delegations.give(asked(taker=taker))
        assert refused.value.rule == PeopleRule.EXCLUSIVE_ROLES
    register(database, YOON)
    delegations.give(asked())
    with pytest.raises(Refused) as refused:
        delegations.give(asked(actor="seo", roles=["coordinator"]))
    assert refused.value.rule == PeopleRule.EXCLUSIVE_ROLES, "through another delegation neither"


def test_a_role_got_later_takes_away_what_a_delegation_lends(database: Engine) -> None:
    register(database, CHO, YOON)
    Delegations(database, SELF_DECLARED).give(asked(roles=["treasury", "legal"]))
    of = Asked(
        case="T-1",
        actor="yoon",
        on_behalf_of="cho",
        day=TODAY,
        parties=(),
        cooling_off_days=0,
        message=sha("m"),
    )
    with database.begin() as connection:
        given = rights.read(connection, of).delegation
        assert given and given.roles == ("treasury", "legal")
        person.exclude(connection, [Exclusion(one="treasury", other="contractor")])
    register(database, somebody("yoon", "contractor"))
    with database.connect() as connection:
        given = rights.read(connection, of).delegation
        assert given and given.roles == ("legal",)


def test_a_revocation_by_another_account_of_the_giver_counts(database: Engine) -> None:
    register(database, somebody("cho", "treasury", subject="s"), somebody("cho.2", subject="s"), YOON)
    number = Delegations(database, SELF_DECLARED).give(asked()).delegation.id
    assert Delegations(database, SELF_DECLARED).revoke(Revocation(delegation=number, actor="cho.2")).seq


def test_of_two_who_delegate_to_each_other_at_the_same_time_one_is_refused(database: Engine) -> None:
    register(database, CHO, YOON)
    wishes = [asked(roles=["legal"]), asked(actor="yoon", taker="cho", roles=["legal"])]

    def give(wish: Giving) -> str:
        try:
            return f"given {Delegations(database, SELF_DECLARED).give(wish).seq is not None}"
        except Refused as error:
            return str(error.rule)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(give, wishes * 3))
    assert sorted(set(answers)) == ["delegation-circle", "given False", "given True"]
    assert [answers.count(answer) for answer in ("given True", "given False")] == [1, 2]
    assert len(listed(database)) == 1


async def test_a_delegate_votes_until_the_delegation_is_revoked(house: House) -> None:
    home = house.settings.home
    first, second = await house.propose(), await house.propose()
    for case in (first, second):
        await case.approve("review")
        await case.gate("funding")
    words = (
        "delegate",
        "legal.yoon",
        "--role",
        "treasury",
        "--instrument",
        "Order 7",
        "--ceiling",
        "1000001",
    )
    told = await accord(home, *words, "--as", "treasury.cho")
    assert told.code == 0, told.err
    number = told.out.partition(":")[0]
    assert "a registrar must say" in told.out
    (row,) = (await accord(home, "delegation", "pending", "-o", "json")).data()
    assert (row["id"], row["giver"], row["roles"]) == (number, "treasury.cho", ["treasury"])
    early = ("approve", "--as", "legal.yoon", "--for", "treasury.cho", "-o", "json")
    too_early = await accord(home, "decide", f"{first.id}:funding:1", *early)
    assert "not-delegated" in too_early.error()["message"]
    confirmed = await accord(home, "delegation", "confirm", number, "--as", "reg.eom")
    assert confirmed.code == 0, confirmed.err
    vote = ("approve", "--as", "legal.yoon", "--for", "treasury.cho")
    done = await accord(home, "decide", f"{first.id}:funding:1", *vote)
    assert done.code == 0, done.err
    entry = first.history()[-1]
    assert (entry["actor"], entry["on_behalf_of"], entry["role"]) == (
        "legal.yoon",
        "treasury.cho",
        "treasury",
    )
    assert entry["payload"]["facts"]["delegation"] == number
    ended = await accord(home, "revoke", number, "--as", "treasury.cho")
    assert ended.out.startswith(f"{number}: revoked (record ")
    late = await accord(home, "decide", f"{second.id}:funding:1", *vote, "-o", "json")
    assert (late.code, late.error()["code"]) == (5, "not_allowed")
    assert "not-delegated" in late.error()["message"]
    for case in (first, second):
        await case.withdraw()


async def test_delegations_are_listed_with_their_state(house: House) -> None:
    home = house.settings.home
    register(house.database, somebody("legal.lends", "legal"))
    year = f"{SOON + timedelta(days=400)}"
    taken = ("sec.bae", "expert.lim", "director.kang")
    for taker, more in zip(taken, ((), ("--from", year), ("--until", f"{SOON}")), strict=True):
        words = ("delegate", taker, "--role", "legal", "--instrument", "=1+1", *more)
        assert inside(home, *words, "--as", "legal.lends").code == 0
    mine = ("delegations", "--person", "legal.lends", "-o")
    rows = inside(home, *mine, "json").data()
    assert [(row["taker"], row["state"]) for row in rows] == list(
        zip(taken, ("in force", "to come", "in force"), strict=True)
    )
    assert rows[1]["since"] == year
    assert [row["roles"] for row in rows] == [["legal"]] * 3
    assert inside(home, *mine, "jsonl").lines() == rows
    assert {cell["instrument"] for cell in inside(home, *mine, "csv").cells()} == {"'=1+1"}
    assert inside(home, "delegations", "--person", "consult.jang", "-o", "json").data() == []
    again = inside(home, *words, "--as", "legal.lends")
    assert again.out == f"{rows[2]['id']}: given already; nothing changed.\n"
    for row in rows:
        assert inside(home, "revoke", row["id"], "--as", "legal.lends").code == 0
    states = {row["state"] for row in inside(home, *mine, "json").data()}
    assert states == {"revoked"}
    assert "legal.lends" in inside(home, "delegations", "--limit", "0").out


GOOD = "delegate sec.han --role expert --instrument Order"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("delegate sec.han --instrument Order --as expert.lim", 2, "--role"),
        ("delegate sec.han --role expert --as expert.lim", 2, "--instrument"),
        (f"{GOOD} --ceiling much --as expert.lim", 2, "--ceiling"),
        (GOOD, 4, "Nobody said who"),
        (f"{GOOD} --as nobody", 5, "unknown-person"),
        (f"{GOOD} --as coord.seo", 5, "role-not-held"),
        (GOOD.replace("sec.han", "expert.lim") + " --as expert.lim", 5, "self-delegation"),
        (GOOD.replace("sec.han", "nobody") + " --as expert.lim", 5, "unknown-person"),
        (GOOD.replace("sec.han", "Nobody") + " --as expert.lim", 7, "taker: this is not the id"),
        (GOOD.replace("expert", "The-Boss") + " --as expert.lim", 7, "roles: this is no role"),
        (f"{GOOD} --ceiling -1 --as expert.lim", 7, "ceiling"),
        (f"{GOOD} --from tomorrow --as expert.lim", 7, "--from: 'tomorrow' is not a day"),
        (f"{GOOD} --until 2026-13-01 --as expert.lim", 7, "--until: '2026-13-01' is not a day"),
        (f"{GOOD} --until 2020-01-01 --as expert.lim", 7, "delegation-dates"),
        (f"{GOOD} --from 2199-01-02 --until 2199-01-01 --as expert.lim", 7, "delegation-dates"),
        ("revoke D-999999 --as expert.lim", 3, "unknown-delegation"),
        ("revoke D/1 --as expert.lim", 7, "delegation: this is no delegation"),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(house: House, command: str, code: int, says: str) -> None:
    done = inside(house.settings.home, *command.split())
    assert (done.code, done.out) == (code, "")
    assert says in done.err
