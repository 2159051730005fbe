"""Lives of cohorts. Tests begin with them, `make histories` records them, and the replay test holds today's
code against what was recorded.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from models.training.cohort import Plan, Replanning
from models.training.nomination import RemoteSeat, Substitution
from tests.support.house import House
from tests.support.training import OTHER, Cohort, afterwards, official, plan

Life = Callable[[House], Awaitable[Cohort]]


async def opened(house: House, planned: Plan | None = None) -> Cohort:
    """A cohort for which countries may nominate."""
    cohort = await Cohort.planned(house, planned or plan())
    await cohort.open()
    return cohort


async def seated(
    house: House, planned: Plan | None = None, vn: int = 3, th: int = 2
) -> tuple[Cohort, list[str]]:
    """A cohort whose nominees are selected in the order in which they were nominated."""
    cohort = await opened(house, planned)
    people = [await cohort.nominate("VN", f"{cohort.id}-{n}") for n in range(vn)]
    people += [await cohort.nominate("TH", f"{cohort.id}-{n}", language="th") for n in range(th)]
    await cohort.end_nominations()
    await cohort.select(*people)
    return cohort, people


async def trained(house: House) -> tuple[Cohort, list[str]]:
    """A cohort that was held: one declined, one was there too seldom; the others have certificates."""
    cohort, (a, b, c, d, e) = await seated(house, afterwards(documents=("passport",)))
    await cohort.confirm(a, b)
    assert (await cohort.respond(c, "decline")).accepted
    await cohort.confirm(d, e)
    await cohort.gate("training.attendance")
    assert (await cohort.sheet(cohort.plan.starts, b)).accepted
    await cohort.close_sheets()
    for nominee in (a, d, e):
        await cohort.in_state(nominee, "certified")
    await cohort.gate("training.appeals")
    return cohort, [a, b, d, e]


async def followed_up(house: House) -> tuple[Cohort, list[str]]:
    """The same, the appeal heard, the costs settled, all action plans filed."""
    cohort, people = await trained(house)
    assert (await cohort.appeal(people[1])).accepted
    await cohort.decide("training.appeal")
    assert (await cohort.settle_costs(1_000_000)).accepted
    for nominee in people:
        assert (await cohort.file_plan(nominee)).accepted
    await cohort.gate("training.ex-post")
    return cohort, people


# -- to the end -------------------------------------------------------------------------------


async def checked(house: House) -> Cohort:
    """All the way."""
    cohort, people = await followed_up(house)
    for nominee in people:
        assert (await cohort.check(nominee)).accepted
    return cohort


async def rejected(house: House) -> Cohort:
    """Nobody publishes the plan."""
    cohort = await Cohort.planned(house, plan())
    await cohort.decide("training.publication", verdict="reject")
    return cohort


async def replanned(house: House) -> Cohort:
    """Returned once, planned anew, then not funded."""
    cohort = await Cohort.planned(house, plan())
    await cohort.decide("training.publication", verdict="return")
    gate = await cohort.gate("training.revision")
    better = cohort.plan.model_copy(update={"title": "Smart city administration and law"})
    answer = await cohort.send("replan", Replanning(gate=gate["id"], actor=OTHER, plan=better))
    assert answer.accepted, answer
    await cohort.decide("training.publication", 2)
    await cohort.decide("training.funding", 2, "reject", ["treasury.cho"])
    return cohort


async def cancelled(house: House) -> Cohort:
    """A visa is refused, a substitute comes, it is postponed, held remotely, and not held after all."""
    cohort, (v1, v2, t1) = await seated(house, vn=2, th=1)
    await cohort.confirm(v1, v2, t1)
    assert (await cohort.visa(v1, "refused")).accepted
    assert (await cohort.visa(v2, "granted")).accepted
    new = cohort.register(official("VN", f"{cohort.id}-new"))
    fields = {"case": cohort.id, "leaving": v1, "nominee": new.nominee, "dossier": new.dossier}
    for actor in ("nominator.vn", OTHER):
        wanted = Substitution(actor=actor, reason="The visa was refused.", **fields)
        assert (await cohort.send("substitute", wanted)).accepted
    assert (await cohort.visa(t1, "refused")).accepted
    seat = RemoteSeat(case=cohort.id, actor="nominator.th", nominee=t1, reason="From home.")
    assert (await cohort.send("take_part_remotely", seat)).accepted
    days = {name: getattr(cohort.plan, name) + timedelta(days=7) for name in ("starts", "ends")}
    assert (await cohort.order("postpone", **days)).accepted
    assert (await cohort.order("remote")).accepted
    assert (await cohort.withdraw(v2)).accepted
    assert (await cohort.order("cancel")).accepted
    return cohort


async def merged(house: House) -> Cohort:
    """Its nominees go to another cohort."""
    small, _ = await seated(house, vn=1, th=1)
    large, _ = await seated(house, vn=0, th=1)
    assert (await small.order("merge", into=large.id)).accepted
    return small


CLOSED: dict[str, tuple[Life, str]] = {
    "checked": (checked, "closed"),
    "rejected": (rejected, "rejected"),
    "replanned": (replanned, "rejected"),
    "cancelled": (cancelled, "cancelled"),
    "merged": (merged, "merged"),
}
"""Lives that ended, and how."""


# -- waiting ----------------------------------------------------------------------------------


async def _before_publication(house: House) -> Cohort:
    cohort = await Cohort.planned(house, plan())
    await cohort.gate("training.publication")
    return cohort


async def _nominating(house: House) -> Cohort:
    cohort = await opened(house)
    await cohort.nominate("VN", f"{cohort.id}-0")
    return cohort


async def _screening(house: House) -> Cohort:
    cohort = await _nominating(house)
    await cohort.end_nominations()
    assert (await cohort.rank(*cohort.roster())).accepted
    await cohort.gate("training.screening")
    return cohort


async def _confirming(house: House) -> Cohort:
    cohort, people = await seated(house)
    await cohort.confirm(people[0])
    return cohort


async def _appealing(house: House) -> Cohort:
    return (await trained(house))[0]


async def _checking(house: House) -> Cohort:
    return (await followed_up(house))[0]


OPEN: dict[str, Life] = {
    "at-publication": _before_publication,
    "at-nominations": _nominating,
    "at-screening": _screening,
    "at-confirmation": _confirming,
    "at-appeals": _appealing,
    "at-ex-post": _checking,
}
"""Cohorts that wait, and for what."""
