"""A cohort goes on from what the record has, wherever it begins again or an operator resets it: its roster is
that of the record, nobody is seated, certified or paid for twice, and the same words get the first answer.
"""

from datetime import timedelta

import pytest

from models.case.action import CaseAction
from models.training.nomination import Substitution
from models.training.order import Change, CohortOrder
from tests.support.failed_tasks import failed_tasks_of
from tests.support.house import House
from tests.support.rewinding import WAYS, Rewind, reset_to_the_last_task
from tests.support.training import OTHER, PLANNER, Cohort, afterwards, official, plan


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rewind", WAYS, ids=lambda way: way.__name__)
async def test_from_nominations_to_checks(impatient: House, rewind: Rewind) -> None:
    cohort = await Cohort.planned(impatient, afterwards(documents=("passport",)))
    await cohort.decide("training.publication")
    await rewind(cohort, cohort.handle)
    await cohort.decide("training.funding")
    await cohort.gate("training.nominations")
    first = cohort.register(official("VN", f"{cohort.id}-0"))
    told = await cohort.send("nominate", first)
    a = first.nominee
    b, c = [await cohort.nominate("VN", f"{cohort.id}-{n}") for n in (1, 2)]
    d = await cohort.nominate("TH", f"{cohort.id}-3")
    e = await cohort.nominate("TH", f"{cohort.id}-4")
    await rewind(cohort, cohort.handle)
    await cohort.gate("training.nominations")
    assert (await cohort.send("nominate", first)).seq == told.seq
    await cohort.end_nominations()
    await cohort.select(a, b, c, d, e)
    await cohort.confirm(a, b)
    assert (await cohort.respond(c, "decline")).accepted
    await cohort.in_state(e, "accepted")
    await cohort.gate("training.confirmation", 2)
    before = cohort.roster()
    await rewind(cohort, cohort.handle)
    await cohort.gate("training.confirmation", 2)
    assert cohort.roster() == before
    await cohort.confirm(d, e)
    await cohort.gate("training.attendance")
    assert (await cohort.sheet(cohort.plan.starts, b)).accepted
    await rewind(cohort, cohort.handle)
    await cohort.close_sheets()
    for nominee in (a, d, e):
        await cohort.in_state(nominee, "certified")
    await cohort.gate("training.appeals")
    await rewind(cohort, cohort.handle)
    assert (await cohort.appeal(b)).accepted
    await cohort.gate("training.appeal")
    await rewind(cohort, cohort.handle)
    await cohort.decide("training.appeal")
    await cohort.in_state(b, "certified")
    assert (await cohort.settle_costs(1_000_000)).accepted
    for nominee in (a, b, d):
        assert (await cohort.file_plan(nominee)).accepted
    await rewind(cohort, cohort.handle)
    assert (await cohort.file_plan(e)).accepted
    for nominee in (a, b, d, e):
        assert (await cohort.check(nominee)).accepted
    assert await cohort.ended() == "closed"
    assert cohort.states() == {c: "declined"} | dict.fromkeys((a, b, d, e), "ex_post_checked")
    assert len({one.certificate for one in cohort.roster().values() if one.certificate}) == 4
    assert cohort.money() == {"disbursed": 1_000_000}
    assert_once(cohort)
    assert await failed_tasks_of(cohort.handle) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rewind", WAYS, ids=lambda way: way.__name__)
async def test_what_takes_two_people_waits_for_the_second(impatient: House, rewind: Rewind) -> None:
    cohort = await Cohort.planned(impatient, plan(minimum=1))
    await cohort.open()
    a = await cohort.nominate("VN", f"{cohort.id}-0")
    await cohort.end_nominations()
    await cohort.select(a)
    await cohort.confirm(a)
    new = cohort.register(official("VN", f"{cohort.id}-1"))
    ask = Substitution(
        case=cohort.id,
        actor="nominator.vn",
        leaving=a,
        nominee=new.nominee,
        dossier=new.dossier,
        reason="She was promoted.",
    )
    assert (await cohort.send("substitute", ask)).accepted
    later = {"starts": cohort.plan.starts + timedelta(days=7), "ends": cohort.plan.ends + timedelta(days=7)}
    order = CohortOrder(case=cohort.id, actor=PLANNER, change=Change.POSTPONE, reason="A typhoon.", **later)
    assert (await cohort.send("order", order)).accepted
    await rewind_at_rest(cohort, rewind)
    assert (await cohort.send("substitute", ask.model_copy(update={"actor": OTHER}))).accepted
    assert cohort.states() == {a: "replaced", new.nominee: "confirmed"}
    assert (await cohort.send("order", order.model_copy(update={"actor": OTHER}))).accepted
    await rewind_at_rest(cohort, rewind)
    assert cohort.standing() == "confirmed/postponed"
    assert (await cohort.order("cancel")).accepted
    assert await cohort.ended() == "cancelled"
    assert cohort.money() == {}
    assert_once(cohort)


@pytest.mark.timeout(600)
async def test_a_message_that_comes_with_the_reset_is_judged_by_the_record(impatient: House) -> None:
    """The engine hands it over first: without a second look, it was judged by what was being taken over."""
    for _ in range(6):
        cohort = await Cohort.planned(impatient, afterwards())
        await cohort.open()
        people = [await cohort.nominate("VN", f"{cohort.id}-{n}") for n in range(4)]
        await cohort.end_nominations()
        await cohort.select(*people)
        await cohort.confirm(*people)
        await cohort.gate("training.attendance")
        assert (await cohort.sheet(cohort.plan.starts)).accepted
        await cohort.close_sheets()
        for nominee in people:
            await cohort.in_state(nominee, "certified")
        for nominee in people[:3]:
            assert (await cohort.file_plan(nominee)).accepted
        await reset_to_the_last_task(cohort, cohort.handle)
        answer = await cohort.file_plan(people[3])
        assert answer.accepted, answer
        await cohort.gate("training.ex-post")
        assert_once(cohort)


async def rewind_at_rest(cohort: Cohort, rewind: Rewind) -> None:
    """Rewind it while no gate is open: whoever has no rights sends orders then."""
    if rewind.__name__ != "begun_again":
        await rewind(cohort, cohort.handle)
        return
    run = (await cohort.handle.describe()).run_id
    for number in range(200):
        if (await cohort.handle.describe()).run_id != run:
            return
        nobody = {"actor": f"nobody.{number}", "reason": "A word."}
        order = CohortOrder(case=cohort.id, change=Change.PROCEED, **nobody)
        assert not (await cohort.send("order", order)).accepted
    raise AssertionError("it did not continue as new")


def assert_once(cohort: Cohort) -> None:
    """Nothing is on record twice, and the engine never said anything else than the record."""
    rows = cohort.history()
    assert [row["key"] for row in rows if row["action"] == CaseAction.DIVERGED] == []
    assert len({row["key"] for row in rows}) == len(rows)
