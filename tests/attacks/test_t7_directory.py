"""T7: the file of the directory is swapped: what differs is on record, what moves money takes two people."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from activities.case import notice
from activities.case.record import write
from activities.people import delegation, person, token
from activities.people.directory import in_force
from adapters.database import connect, migrate
from models.case.envelope import SELF_DECLARED
from models.case.record import Batch, Entry, Source
from models.case.rule import CaseRule
from models.files import InvalidFile
from models.people.asking import Leaving, Withdrawal
from models.people.change import ChangeKind, InForce
from models.people.delegation import DIRECTORY, Giving
from models.people.rule import PeopleRule
from models.tables.record import record
from runtime.setup import waits
from services.case.cases import Refused
from services.people.delegation import Delegations
from services.people.registrar import Registrar
from tests.support.command import inside
from tests.support.tokens import issued
from tests.support.town import ACCOUNT, ONE, OTHER, PEOPLE, Town

pytestmark = pytest.mark.database

SEO = 'email = "seo@accord.example"\nroles = ["coordinator"]'
LIM = 'email = "lim@accord.example"\nroles = ["expert"]'


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path)
    made.bring()
    return made


def test_an_empty_directory_is_founded_at_once_on_record(town: Town) -> None:
    assert town.actions() == [("directory founded", "accord")]
    assert town.account() == (ACCOUNT, None)
    assert town.roles("treasury.cho") == ("treasury",)


def test_the_same_file_again_changes_nothing(town: Town) -> None:
    done = town.bring()
    assert (done.directory.done, done.directory.waiting) == ((), ())
    assert len(town.actions()) == 1


def test_the_account_of_a_payee_is_not_changed_by_a_file(town: Town) -> None:
    done = town.bring((ACCOUNT, "KR00EVIL00000001"))
    assert town.account() == (ACCOUNT, None)
    assert [kind for _, kind in town.pending()] == [ChangeKind.ACCOUNT_CHANGED]
    (line,) = waits(done)
    ((number, _),) = town.pending()
    assert "KR00EVIL00000001" in line and f"accord people confirm {number}" in line
    town.bring((ACCOUNT, "KR00EVIL00000001"))
    assert len(town.pending()) == 1, "asked for once"


def test_two_registrars_change_an_account_and_the_instant_is_kept(town: Town) -> None:
    town.bring((ACCOUNT, "KR00NEWK00000001"))
    ((number, _),) = town.pending()
    assert not town.confirm(number, ONE)
    assert town.refused(number, ONE) == CaseRule.TWO_PEOPLE
    assert town.account() == (ACCOUNT, None)
    assert town.confirm(number, OTHER)
    account, at = town.account()
    assert account == "KR00NEWK00000001"
    assert at and datetime.now(UTC) - at < timedelta(minutes=1)
    assert town.pending() == []
    assert town.actions()[-1] == ("account changed", OTHER)


def test_two_registrars_who_bring_the_same_file_are_two(town: Town) -> None:
    swap = (ACCOUNT, "KR00NEWK00000001")
    for _ in range(2):
        town.bring(swap, actor=ONE)
        assert town.account()[0] == ACCOUNT
    town.bring(swap, actor=OTHER)
    assert town.account()[0] == "KR00NEWK00000001"


def test_a_change_that_the_file_asks_for_no_more_is_withdrawn(town: Town) -> None:
    town.bring((ACCOUNT, "KR00EVIL00000001"))
    ((number, _),) = town.pending()
    town.bring()
    assert town.pending() == []
    assert town.refused(number, ONE) == PeopleRule.UNKNOWN_CHANGE


@pytest.mark.parametrize(
    "role", ["treasury", "paying_officer", "ministry", "registrar", "auditor", "signatory"]
)
def test_a_role_that_moves_money_is_only_asked_for(town: Town, role: str) -> None:
    town.bring((LIM, LIM.replace("expert", role)))
    assert role not in town.roles("expert.lim")
    assert "expert" not in town.roles("expert.lim"), "what is listed no more has ended"
    ((number, _),) = town.pending()
    town.confirm(number, ONE)
    assert town.confirm(number, OTHER)
    assert town.roles("expert.lim") == (role,)


def test_a_role_that_moves_no_money_is_given_at_once_on_record(town: Town) -> None:
    town.bring((LIM, LIM.replace('["expert"]', '["expert", "legal"]')))
    assert town.roles("expert.lim") == ("expert", "legal")
    assert town.actions()[-1] == ("role given", "accord")


def test_a_registrar_does_not_confirm_what_is_for_themselves(town: Town) -> None:
    town.bring(
        (
            'pyo@accord.example"\nroles = ["registrar"]',
            'pyo@accord.example"\nroles = ["registrar", "treasury"]',
        )
    )
    ((number, _),) = town.pending()
    assert town.refused(number, OTHER) == PeopleRule.BENEFITS
    assert not town.confirm(number, ONE)
    assert town.refused(number, OTHER) == PeopleRule.BENEFITS
    assert town.roles(OTHER) == ("registrar",)


def test_nobody_but_a_registrar_confirms(town: Town) -> None:
    town.bring((ACCOUNT, "KR00EVIL00000001"))
    ((number, _),) = town.pending()
    assert town.refused(number, "coord.seo") == CaseRule.ROLE_NOT_HELD
    assert town.refused(number, "nobody") == CaseRule.UNKNOWN_PERSON
    with pytest.raises(Refused):
        town.bring((ACCOUNT, "KR00EVIL00000001"), actor="coord.seo")


def test_both_registrars_are_not_swapped_for_others_by_one_file(town: Town) -> None:
    evil = 'id = "reg.evil"\nname = "Evil"\norganisation = "kind"\nemail = "evil@accord.example"\n'
    evil += 'roles = ["registrar"]'
    half = PEOPLE.index('[[person]]\nid = "reg.eom"'), PEOPLE.index('[[person]]\nid = "expert.lim"')
    for _ in range(2):
        town.bring((PEOPLE[half[0] : half[1]], f"[[person]]\n{evil}\n\n"))
        assert town.roles("reg.evil") == ()
        assert town.roles(ONE) == town.roles(OTHER) == ("registrar",)


def test_whoever_is_listed_no_more_ends_with_all_they_had(town: Town) -> None:
    now = datetime.now(UTC)
    giving = Giving(actor="sec.han", taker="sec.bae", roles=("secretariat",), instrument="Order 1")
    Delegations(town.database, SELF_DECLARED).give(giving)
    with town.database.begin() as connection:
        secret = issued(connection, "sec.han", now + timedelta(days=1))
    block = PEOPLE[PEOPLE.index('[[person]]\nid = "sec.han"') : PEOPLE.index('[[person]]\nid = "sec.bae"')]
    town.bring((block, ""))
    assert town.roles("sec.han") == ()
    with town.database.connect() as connection:
        assert person.find(connection, "sec.han") is None
        assert token.holder(connection, secret, now) is None
        assert delegation.of(connection, "sec.bae") == ()
        told = [row["person"] for row in notice.listing(connection) if "revoked" in row["subject"]]
    assert told == ["sec.bae"]
    assert [action for action, _ in town.actions()][-2:] == ["person ended", "delegation revoked"]
    kept = town.database.connect().execute(text("SELECT count(*) FROM person WHERE id = 'sec.han'")).scalar()
    assert kept == 1, "nothing is deleted"


def test_an_id_is_never_given_to_somebody_else(town: Town) -> None:
    han = PEOPLE[PEOPLE.index('[[person]]\nid = "sec.han"') : PEOPLE.index('[[person]]\nid = "sec.bae"')]
    town.bring((han, ""))
    another = han.replace("Han Do-yun", "Somebody Else").replace("han@accord.example", "else@accord.example")
    with pytest.raises(InvalidFile, match=r"sec\.han: the id was that of Han Do-yun"):
        town.bring((han, another))
    town.bring()
    assert town.roles("sec.han") == ()
    ((number, kind),) = town.pending()
    assert kind is ChangeKind.PERSON_RETURNED
    town.confirm(number, ONE)
    assert town.confirm(number, OTHER)
    town.bring()
    assert town.roles("sec.han") == ("secretariat",)


def test_whoever_has_ended_does_not_come_back_under_another_id(town: Town) -> None:
    han = PEOPLE[PEOPLE.index('[[person]]\nid = "sec.han"') : PEOPLE.index('[[person]]\nid = "sec.bae"')]
    town.bring((han, ""))
    with pytest.raises(InvalidFile, match=r"sec\.han2 and sec\.han have one e-mail address"):
        town.bring((han, han.replace('"sec.han"', '"sec.han2"').replace("Do-yun", "D.")))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("bae@accord.example", "Han+2@accord.example", "sec.han and sec.bae have one e-mail address"),
        ('"Bae Yu-na"', '"Han  do-yun"', "sec.han and sec.bae have one name at one organisation"),
        ("KR00ILLU00000001", ACCOUNT, "k-engineering and illustrative-consultants have one account number"),
        ('"Illustrative Consultants"', '"K engineering"', "have one name"),
    ],
)
def test_who_looks_like_another_is_refused_until_the_file_says_they_are_two(
    town: Town, old: str, new: str, says: str
) -> None:
    with pytest.raises(InvalidFile, match=says) as caught:
        town.bring((old, new))
    distinct = str(caught.value).rpartition("; if not: ")[2]
    town.bring((old, new), ("exclusive = [", f"{distinct}\nexclusive = ["))


def test_a_second_account_of_somebody_is_theirs_only_with_two_people(town: Town) -> None:
    alias = 'id = "x.cho"\nname = "X"\norganisation = "kind"\nemail = "x@accord.example"\n'
    alias += 'subject = "treasury.cho"\n'
    town.bring(('[[person]]\nid = "expert.lim"', f'[[person]]\n{alias}\n[[person]]\nid = "expert.lim"'))
    assert [kind for _, kind in town.pending()] == [ChangeKind.PERSON_ADDED]
    with town.database.connect() as connection:
        assert person.find(connection, "x.cho") is None


_DIRECTORY = select(record.c.payload).where(record.c.case == "directory").order_by(record.c.seq)


def rebuilt(entries: list[dict[str, Any]], home: Path) -> InForce:
    """The directory that these entries make on an empty database."""
    database = connect(f"sqlite:///{home / 'again.db'}")
    migrate(database)
    source = Source(case=DIRECTORY, workflow_id=DIRECTORY, run_id="", rules="")
    with database.begin() as connection:
        write(connection, Batch(source=source, entries=tuple(map(Entry.model_validate, entries))))
        return in_force(connection)


def test_the_table_of_people_is_what_the_record_says(town: Town) -> None:
    """Every effect of the directory, in the order of the record, on an empty database: the same directory."""
    town.bring(
        (LIM, LIM.replace('["expert"]', '["expert", "treasury"]')), (SEO, SEO.replace("seo@", "seo2@"))
    )
    ((number, _),) = town.pending()
    town.confirm(number, ONE)
    town.confirm(number, OTHER)
    with town.database.connect() as connection:
        there = in_force(connection)
        seen = [json.loads(row) for row in connection.scalars(_DIRECTORY)]
    assert rebuilt(seen, town.settings.home) == there


def test_ending_somebody_takes_a_registrar_and_is_at_once(town: Town) -> None:
    with pytest.raises(Refused) as caught:
        Registrar(town.database, SELF_DECLARED).end(
            Leaving(person="expert.lim", actor="coord.seo", reason="No.")
        )
    assert caught.value.rule == CaseRule.ROLE_NOT_HELD
    assert (
        Registrar(town.database, SELF_DECLARED)
        .end(Leaving(person="expert.lim", actor=ONE, reason="Left."))
        .in_force
    )
    assert town.roles("expert.lim") == ()
    town.bring()
    assert town.roles("expert.lim") == (), "the file does not bring back whom a registrar ended"


def test_what_was_asked_for_somebody_who_has_ended_since_is_stale(town: Town) -> None:
    town.bring((LIM, LIM.replace('["expert"]', '["expert", "treasury"]')))
    ((number, _),) = town.pending()
    Registrar(town.database, SELF_DECLARED).end(Leaving(person="expert.lim", actor=ONE, reason="Left."))
    assert town.refused(number, OTHER) == PeopleRule.STALE_CHANGE
    assert town.roles("expert.lim") == ()


def test_one_registrar_does_not_end_the_other(town: Town) -> None:
    done = Registrar(town.database, SELF_DECLARED).end(Leaving(person=OTHER, actor=ONE, reason="In my way."))
    assert not done.in_force
    assert town.roles(OTHER) == ("registrar",)


def test_what_waits_is_withdrawn(town: Town) -> None:
    town.bring((ACCOUNT, "KR00EVIL00000001"))
    ((number, _),) = town.pending()
    Registrar(town.database, SELF_DECLARED).withdraw(Withdrawal(number=number, actor=ONE, reason="A fraud."))
    assert town.pending() == []


def test_without_registrars_it_is_said_what_to_do_and_the_first_two_are_those_of_the_file(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path)
    block = PEOPLE[PEOPLE.index('[[person]]\nid = "reg.eom"') : PEOPLE.index('[[person]]\nid = "expert.lim"')]
    town.bring((block, ""))
    done = town.bring((block, ""), (ACCOUNT, "KR00NEWK00000001"))
    assert "list two people with the role registrar" in list(waits(done))[-1]
    ((number, _),) = town.pending()
    assert town.refused(number, "coord.seo") == PeopleRule.NO_REGISTRAR
    town.bring((ACCOUNT, "KR00NEWK00000001"))
    assert town.roles(ONE) == town.roles(OTHER) == ("registrar",)
    ((number, _),) = town.pending()
    town.confirm(number, ONE)
    assert town.confirm(number, OTHER)


def test_people_do_all_that_by_commands(town: Town) -> None:
    home = town.settings.home
    town.settings.people.write_text(PEOPLE.replace(ACCOUNT, "KR00NEWK00000001"), encoding="utf-8")
    people = {"ACCORD_PEOPLE": str(town.settings.people)}
    assert "waits: account changed: k-engineering" in inside(home, "setup", **people).out
    (row,) = inside(home, "people", "pending", "-o", "json", **people).data()
    number = str(row["record"])
    assert "noted" in inside(home, "people", "confirm", number, "--as", ONE, **people).out
    assert "in force" in inside(home, "people", "confirm", number, "--as", OTHER, **people).out
    assert inside(home, "people", "pending", "-o", "json", **people).data() == []
    listed = {row["id"]: row for row in inside(home, "people", "list", "-o", "json", **people).data()}
    assert listed[ONE]["roles"] == ["registrar"]
    shown = inside(home, "history", "directory", "-o", "json", **people).data()
    assert [row["action"] for row in shown][-1] == "account changed"
    assert inside(home, "people", "end", "expert.lim", "--reason", "Left.", "--as", ONE, **people).code == 0
