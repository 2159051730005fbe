"""Declaring an interest at the command line, and what it does to a vote."""

import asyncio

from models.case.rule import CaseRule
from tests.support.command import accord, inside
from tests.support.house import Case, House


async def declare(case: Case, *words: str, actor: str = "expert.lim") -> tuple[int, str]:
    """Run the command beside the worker; its exit code and what it said."""
    line = ("declare", case.id, *words, "--as", actor)
    done = await asyncio.to_thread(inside, case.house.settings.home, *line)
    return int(done.code), done.out or done.err


async def test_a_vote_that_takes_a_declaration_counts_once_there_is_one(house: House) -> None:
    base = house.partnerships.programme("k-city-2020")
    house.programme("cli-declared", review=base.review.model_copy(update={"declared": True}))
    case = await house.propose(programme="cli-declared")
    gate = await case.gate("review")
    vote = ("decide", gate["id"], "approve", "--as", "expert.lim")
    early = await asyncio.to_thread(inside, house.settings.home, *vote)
    assert (early.code, "declaration-missing" in early.err) == (5, True)
    assert "accord declare CASE none|soft|hard" in early.err
    done = await accord(house.settings.home, "declare", case.id, "none", "--as", "expert.lim")
    assert (done.code, done.out.startswith("On record. (record ")) == (0, True)
    assert (await asyncio.to_thread(inside, house.settings.home, *vote)).code == 0
    assert case.history()[-1]["action"] == "vote approve"
    await case.withdraw()


async def test_a_soft_interest_is_disclosed_and_a_hard_one_recuses(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    assert (await declare(case, "soft", "--note", "A cousin works there."))[0] == 0
    assert case.history()[-1]["reason"] == "A cousin works there."
    assert (await declare(case, "hard", "--note", "I own shares.", actor="sec.han"))[0] == 0
    assert (await case.vote(gate, "expert.lim")).accepted
    assert (await case.vote(gate, "sec.han")).rule == CaseRule.CONFLICTED
    recused = ("decide", gate["id"], "recuse", "--comment", "Shares.", "--as", "sec.han")
    assert (await asyncio.to_thread(inside, house.settings.home, *recused)).code == 0
    assert [row["action"] for row in case.history()][-1] == "vote recuse"
    await case.withdraw()


async def test_bad_input_is_refused_in_a_sentence(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    for words, actor, code, says in (
        (("perhaps",), "expert.lim", 2, "'perhaps' is not one of 'none'"),
        (("soft",), "expert.lim", 7, "a soft conflict needs a note"),
        (("hard", "--note", " "), "expert.lim", 7, "a hard conflict needs a note"),
        (("none",), "nobody", 5, "nobody is not in the directory"),
        (("none",), "No Body", 5, "unknown-person"),
    ):
        told = await declare(case, *words, actor=actor)
        assert (told[0], says in told[1]) == (code, True), told
    unknown = inside(house.settings.home, "declare", "NO-SUCH", "none", "--as", "expert.lim")
    assert (unknown.code, "no such case" in unknown.err) == (3, True)
    nobody = inside(house.settings.home, "declare", case.id, "none")
    assert (nobody.code, "Nobody said who" in nobody.err) == (4, True)
    await case.withdraw()
    late = await declare(case, "none")
    assert (late[0], "case is closed" in late[1]) == (6, True)


async def test_points_of_a_return_stand_on_record(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    points = ("--point", "Name the operator.", "--point", "Add a map.")
    done = await asyncio.to_thread(
        inside, house.settings.home, "decide", gate["id"], "return", *points, "--as", "expert.lim"
    )
    assert done.code == 0, done.err
    facts = case.history()[-1]["payload"]["facts"]
    assert facts["points"] == ["Name the operator.", "Add a map."]
    await case.withdraw()
