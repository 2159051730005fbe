"""Who did what, read back from the record, and what should not be."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, update

from activities.case import duty
from activities.case import registry as programme
from activities.case.duty import Violation
from activities.case.record import Record
from adapters.database import connect
from adapters.documents import load
from models.case.duty import Act, Duty
from models.case.record import Batch, Entry, Source
from models.case.rule import CaseRule
from models.partnership.partnership import Stage
from models.partnership.programme import Programme
from models.tables.case import case as cases
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from tests.support.command import accord, inside
from tests.support.entries import NOW, proposes
from tests.support.furnished import register, somebody
from tests.support.house import House, proposal

TERMS = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)
PINNED = TERMS.model_copy(update={"version": 7, "duties": (Duty(one=Act.REVIEW, other=Act.LAUNCH),)})


def did(act: Act, actor: str, **more: Any) -> Entry:
    """Somebody did something."""
    fields = {"key": f"{act}:{actor}:{more}", "stage": Stage.REVIEW, "action": "tested", "at": NOW}
    return Entry(**(fields | {"act": act, "actor": actor} | more))


def write(database: Engine, case: str, *entries: Entry, terms: Any = TERMS) -> list[int]:
    """A case pinned to ``terms``, and what people did in it; the numbers of these entries."""
    with database.begin() as connection:
        programme.register(connection, terms, NOW)
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="run", rules=terms.digest())
    begins = proposes(proposal(case), terms.digest())
    start = did(Act.DRAFT, "coord.seo", key=f"{case}:proposed", effects=begins)
    keyed = (entry.model_copy(update={"key": f"{case}:{entry.key}"}) for entry in entries)
    first, *rest = Record(database).record(Batch(source=source, entries=(start, *keyed))).receipts
    return [receipt.seq for receipt in rest] or [first.seq]


def found(database: Engine, case: str | None = None) -> list[Violation]:
    """The violations that are read back."""
    with database.connect() as connection:
        return duty.violations(connection, duty.doers(connection, case), case)


def test_two_acts_of_one_person_are_found_with_the_entries_behind_them(database: Engine) -> None:
    reviewed, again, approved = write(
        database,
        "T-1",
        did(Act.REVIEW, "molit.park"),
        did(Act.REVIEW, "molit.park", round=2),
        did(Act.APPROVE, "molit.park"),
        did(Act.AWARD, "molit.park"),
        did(Act.EVALUATE, "sec.han"),
    )[:3]
    write(database, "T-2", did(Act.REVIEW, "sec.han"), did(Act.LAUNCH, "molit.park"))
    entries = (reviewed, again, approved)
    assert found(database) == found(database, "T-1") == [
        Violation("T-1", "molit.park", "review ≠ approve", entries)
    ]  # fmt: skip
    assert found(database, "T-2") == []


def test_no_duty_of_the_programme_is_needed_for_who_decides_on_their_own(database: Engine) -> None:
    bare = TERMS.model_copy(update={"version": 8, "duties": ()})
    (seq,) = write(database, "T-1", did(Act.CLEAR, "coord.seo"), terms=bare)
    assert found(database) == [Violation("T-1", "coord.seo", "draft ≠ clear", (seq - 1, seq))]


def test_accounts_of_one_subject_are_one_person(database: Engine) -> None:
    register(database, somebody("a.one", subject="s-1"), somebody("a.two", subject="s-1"), somebody("b"))
    entries = write(database, "T-1", did(Act.REVIEW, "a.one"), did(Act.APPROVE, "a.two"))
    assert found(database) == [Violation("T-1", "s-1", "review ≠ approve", tuple(entries))]


@pytest.mark.parametrize("second", ["taker", "giver"])
def test_a_delegated_vote_counts_for_either_name(database: Engine, second: str) -> None:
    first = did(Act.REVIEW, "taker", on_behalf_of="giver")
    entries = write(database, "T-1", first, did(Act.APPROVE, second))
    assert found(database) == [Violation("T-1", second, "review ≠ approve", tuple(entries))]


def test_two_names_behind_one_vote_are_still_two_people(database: Engine) -> None:
    write(database, "T-1", did(Act.REVIEW, "taker", on_behalf_of="giver"), did(Act.APPROVE, "third"))
    write(database, "T-2", did(Act.REVIEW, "taker"), did(Act.APPROVE, "giver"))
    assert found(database) == []


def test_each_case_is_held_to_the_version_it_is_pinned_to(database: Engine) -> None:
    both = (did(Act.REVIEW, "x"), did(Act.APPROVE, "x"), did(Act.LAUNCH, "x"))
    old = write(database, "T-1", *both)
    new = write(database, "T-2", *both, terms=PINNED)
    assert found(database) == [
        Violation("T-1", "x", "review ≠ approve", tuple(old[:2])),
        Violation("T-2", "x", "review ≠ launch", (new[0], new[2])),
    ]


def test_what_was_refused_is_no_deed(database: Engine) -> None:
    refused = did(Act.APPROVE, "x", rule=CaseRule.DUTIES)
    write(database, "T-1", did(Act.REVIEW, "x"), refused)
    with database.connect() as connection:
        acts = {doer.who: doer.acts for doer in duty.doers(connection, "T-1")}
    assert acts == {"coord.seo": {Act.DRAFT: 1}, "x": {Act.REVIEW: 1}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without an engine; in T-2 of its cases a duty was broken, behind the engine's back."""
    folder = tmp_path_factory.mktemp("duties")
    database = connect(Settings(home=folder).database)
    set_up(database, Settings(home=folder))
    votes = [did(Act.LAUNCH, "director.kang", round=number) for number in range(7)]
    write(database, "T-1", did(Act.REVIEW, "molit.park"), *votes)
    write(database, "T-2", did(Act.REVIEW, "molit.park"), did(Act.APPROVE, "molit.park"))
    database.dispose()
    return folder


def test_a_violation_has_exit_code_10_and_its_entries(home: Path) -> None:
    done = inside(home, "duties", "-o", "json")
    assert done.code == 10
    rows = {row["person"]: row for row in done.data()}
    assert list(rows) == ["coord.seo", "director.kang", "molit.park"]
    park = rows["molit.park"]
    assert (park["cases"], park["review"], park["approve"]) == (2, [19, 28], [29])
    assert park["violations"] == [
        {"case": "T-2", "who": "molit.park", "duty": "review ≠ approve", "records": [28, 29]}
    ]
    assert rows["director.kang"]["violations"] == []
    said = "T-2: molit.park broke review ≠ approve (records 28, 29)"
    assert done.err == f"accord: {said}\nduties: 3 people, 1 violations\n"


def test_one_case_alone_is_judged_alone(home: Path) -> None:
    whole, clean = inside(home, "duties", "T-2", "-o", "csv"), inside(home, "duties", "T-1", "-o", "jsonl")
    assert (whole.code, clean.code) == (10, 0)
    assert [cell["approve"] for cell in whole.cells()] == ["", "29"]
    assert {row["person"] for row in clean.lines()} == {"coord.seo", "director.kang", "molit.park"}
    assert clean.err == "duties: 3 people, 0 violations\n"


def test_a_table_names_some_entries_and_counts_the_rest(home: Path) -> None:
    done = inside(home, "duties", "T-1")
    assert "20 21 22 23 +3" in done.out
    assert inside(home, "duties", "T-1", "-o", "csv").cells()[1]["launch"] == "20 21 22 23 24 25 26"


def test_people_are_shown_in_pages_and_everybody_is_looked_at(home: Path) -> None:
    first = inside(home, "duties", "--limit", "2")
    assert first.code == 10
    assert [line.split()[0] for line in first.out.splitlines()[3:5]] == ["│", "│"]
    assert ("coord.seo" in first.out, "director.kang" in first.out, "molit.park" in first.out) == (
        True,
        True,
        False,
    )
    assert first.err.splitlines() == [
        "2 rows are shown; there are more: --after director.kang, or --limit 0 for all.",
        "accord: T-2: molit.park broke review ≠ approve (records 28, 29)",
        "duties: 3 people, 1 violations",
    ]
    second = inside(home, "duties", "--after", "director.kang")
    assert ("molit.park" in second.out, "director.kang" in second.out) == (True, False)
    assert second.err.splitlines() == first.err.splitlines()[1:]
    whole = inside(home, "duties", "-o", "json").data()
    assert inside(home, "duties", "-o", "json", "--after", "coord.seo").data() == whole[1:]
    assert inside(home, "duties", "T-1", "--limit", "1", "-o", "csv").cells()[0]["person"] == "coord.seo"
    assert inside(home, "duties", "--after", "nobody").code == 3


@pytest.mark.database
def test_a_page_goes_on_behind_any_account_of_a_person(tmp_path: Path) -> None:
    database = connect(Settings(home=tmp_path).database)
    set_up(database, Settings(home=tmp_path))
    register(database, somebody("a.one", subject="s-1"), somebody("z.two", subject="s-1"), somebody("b.b"))
    write(database, "T-1", did(Act.REVIEW, "z.two"), did(Act.REVIEW, "b.b"), did(Act.LAUNCH, "a.one"))
    database.dispose()
    whole = inside(tmp_path, "duties", "-o", "csv").cells()
    assert [row["person"] for row in whole] == ["a.one, z.two", "b.b", "coord.seo"]
    for account in ("a.one", "z.two", "a.one, z.two"):
        assert inside(tmp_path, "duties", "-o", "csv", "--after", account).cells() == whole[1:]


def test_all_cases_together_and_each_alone_come_to_the_same(database: Engine) -> None:
    """Deeds of many people in many cases, some for each other, some under two accounts."""
    register(database, *(somebody(who, subject="s" if who in "ab" else None) for who in "abcd"))
    chance, acts, cases_ = Random(7), [*Act], [f"T-{n}" for n in range(25)]
    for case in cases_:
        people = [(chance.choice("abcd"), chance.choice([None, *"abcd"])) for _ in range(chance.randrange(6))]
        done = [
            did(chance.choice(acts), who, on_behalf_of=giver if giver != who else None, round=n + 1)
            for n, (who, giver) in enumerate(people)
        ]
        write(database, case, *done, terms=chance.choice([TERMS, PINNED]))
    alone = [one for case in cases_ for one in found(database, case)]
    assert len(alone) > 10
    assert found(database) == sorted(alone, key=lambda one: one.records)
    with database.connect() as connection:
        for doer in duty.doers(connection):
            here = {c: [one for one in duty.doers(connection, c) if one.who == doer.who] for c in cases_}
            assert duty.cases_of(connection, doer) == sum(map(len, here.values()))
            for act, count in doer.acts.items():
                numbers = [
                    seq
                    for c, ones in here.items()
                    for one in ones
                    for seq in duty.numbers(connection, one, act, c)
                ]
                assert duty.numbers(connection, doer, act) == sorted(numbers)
                assert len(numbers) == count


def test_a_case_that_does_not_exist_is_not_found(home: Path) -> None:
    assert inside(home, "duties", "T-9", "-o", "json").code == 3


@pytest.mark.database
def test_a_case_whose_rules_are_gone_cannot_be_verified(tmp_path: Path) -> None:
    database = connect(Settings(home=tmp_path).database)
    set_up(database, Settings(home=tmp_path))
    write(database, "T-1")
    with database.begin() as connection:
        connection.execute(update(cases).values(rules="0" * 64))
    database.dispose()
    done = inside(tmp_path, "duties")
    assert (done.code, "T-1: the programme it is pinned to is not kept" in done.err) == (10, True)


async def test_no_case_that_the_engine_carried_has_a_violation(house: House) -> None:
    case = await house.propose()
    await case.approve("review")
    gate = await case.gate("funding")
    await case.vote(gate, "molit.park")
    done = await accord(house.settings.home, "duties", case.id, "-o", "json")
    assert done.code == 0
    assert {row["person"]: [act for act in Act if row[act]] for row in done.data()} == {
        "coord.seo": ["draft"],
        "expert.lim": ["review"],
        "molit.park": ["approve"],
        "sec.han": ["review"],
    }
    assert inside(house.settings.home, "duties", case.id).code == 0
    await case.withdraw()
