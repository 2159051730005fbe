"""An installation of an earlier state is upgraded with open cases at every stage: each goes on to its end."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.database import connect, head
from models.payment.payment import PaymentState
from runtime.settings import ROOT, Settings
from runtime.temporal import engine
from runtime.temporal.embedded import Embedded
from tests.support.failed_tasks import failed_tasks, failed_tasks_of
from tests.support.house import Case, House, proposal
from tests.support.installation import SKIPPING
from tests.support.leisurely_bank import Leisurely, banking
from tests.support.operating import all_is_right
from tests.support.patience import eventually_async
from tests.support.training import Cohort, afterwards
from tests.support.underway import END, Underway, following
from tests.support.versions import Version, checked_out, git
from tests.support.worker_thread import working_in_a_thread

pytestmark = pytest.mark.engine

PROVING = "ACCORD_PROVE" in os.environ
LAPSES, PAYS, PAYS_AT, TRAINS = "review", "paying", "study.interim-delivery", "training"
"""The first case waits for its deadline; the second for its bank, and for people as do all others; one is a
cohort that waits for nominations.
"""
GATES = (
    ("review", "funding", "study.award", "study.inception", "study.final", "agreement.signing", "launch")
    if PROVING
    else ("funding", "agreement.signing")
)
HALF_DONE = "/payment/inception waits for "
NO_PARTY = "signatory.vn could not sign for Hue"
NEWER = "Can't locate revision"
"""What earlier states say of a schema that is newer than they are; it is taken back before they work."""
UNPROVED = "PROBLEM: proof of the record on a copy"


class State(NamedTuple):
    """An earlier state, and what of it `accord deploy check` has to name."""

    commit: str
    schema: str
    is_sealed: bool = True
    """Its workers seal what they ask of activities."""
    is_proved: bool = True
    """Its record has all the effects that the proof needs."""
    training: tuple[str, ...] = (TRAINS,)
    """Whether it has cohorts."""
    is_taken_back: bool = False
    """Its own `deploy check` says that it goes on with what we have carried on."""


FIRST = "format 2, the first whose cases are carried on"
STATES = {
    FIRST: State("dc23f30", "0008", is_sealed=False, is_proved=False, training=()),
    "before messages were signed": State("437dcd0", "0010", is_sealed=False, is_proved=False),
    "before operators and the comparison": State("e11c98d", "0015"),
    "before traces and turns": State("3c99b0b", "0022", is_taken_back=True),
    "before a spare worker": State("dbc1f39", "0023", is_taken_back=True),
}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", STATES if PROVING else (FIRST,))
async def test_open_cases_of_an_earlier_state_go_on_to_their_end(name: str, tmp_path: Path) -> None:
    state, home = STATES[name], tmp_path / "home"
    if not git("rev-parse", "--verify", "--quiet", f"{state.commit}^{{commit}}"):
        pytest.skip(f"this clone has no commit {state.commit}: its history is cut off, or there is none")
    home.mkdir(mode=0o700)
    with banking() as (bank, url):
        old, new = Version(checked_out(state.commit, tmp_path / "old"), home, url), Version(ROOT, home, url)
        async with old.up():
            stops = await old.people("bring", LAPSES, PAYS, *GATES, *state.training)
            await cleared(old, new, state, bank, stops)
        bank.settle()
        await upgraded(new, state)
        lapsing, paying, *_ = stops
        cohorts = [case for case, stop in stops.items() if stop == TRAINS]
        gates = {case: PAYS_AT if stop == PAYS else stop for case, stop in stops.items()}
        gates = {case: gate for case, gate in gates.items() if case not in (lapsing, *cohorts)}
        async with new.up(), served(home, bank) as house:
            await Case(house, proposal(paying)).payment("inception", PaymentState.PAID)
            gates = await gone_on(house, gates)
            if state.is_taken_back:
                assert [one for one in await problems(old) if NEWER not in one] == []
        if state.is_taken_back:
            gates = await back_and_on_again(old, new, state, gates)
        async with new.up(), served(home, bank) as house:
            await ended(house, gates)
            for number in cohorts:
                await trained(house, number)
            done = await new.accord("reconcile")
            assert (done.code, done.err) == (0, ""), done.out
            if state.is_proved:
                all_is_right(house)
        await lapsed(home, bank, lapsing)


@asynccontextmanager
async def served(home: Path, bank: Leisurely) -> AsyncIterator[House]:
    """Our own services, with the engine that runs on this home."""
    settings = Settings(home=home)
    database = connect(settings.database)
    try:
        yield House(await engine.connect(settings), database, settings, bank)
    finally:
        database.dispose()


async def problems(version: Version) -> list[str]:
    """What this version says would go wrong, were it rolled out."""
    done = await version.accord("deploy", "check")
    found = [line for line in done.out.splitlines() if line.startswith("PROBLEM")]
    assert done.code == (10 if found else 0), done.err
    return found


async def cleared(old: Version, new: Version, state: State, bank: Leisurely, stops: dict[str, str]) -> None:
    """What the version at work has to finish itself is named until it has done so. What else is named stays.

    Before the seals, that is what its worker has half done, and a text with a party that no organisation is.
    """
    if not state.is_sealed:
        named = " ".join(await problems(new))
        assert HALF_DONE in named
        assert NO_PARTY in named
        bank.settle()
        signing = next(case for case, stop in stops.items() if stop == "agreement.signing")
        stops |= await old.people("carry", signing, "agreement.signing", "launch")

        async def nothing_is_left() -> bool:
            return HALF_DONE not in " ".join(await problems(new))

        await eventually_async(nothing_is_left, "the bank has settled it")
    left = await problems(new)
    assert [one.startswith(UNPROVED) for one in left] == [True] * (not state.is_proved), left


async def upgraded(new: Version, state: State) -> None:
    """The schema is brought on, after a backup."""
    done = await new.accord("setup")
    assert done.code == 0, done.err
    assert state.schema == head() or f"schema: {state.schema} -> {head()}" in done.out


async def gone_on(house: House, gates: dict[str, str]) -> dict[str, str]:
    """Each case to its next gate."""
    underway = [Underway(Case(house, proposal(case)), gate) for case, gate in gates.items()]
    for one in underway:
        await one.go_on()
    return {one.case.id: one.gate for one in underway}


async def back_and_on_again(
    old: Version, new: Version, state: State, gates: dict[str, str]
) -> dict[str, str]:
    """The older version goes on with what we have carried on, at its own schema; then we do."""
    if state.schema != head():
        done = await new.accord("db", "downgrade", state.schema)
        assert done.code == 0, done.err
    wanted = [word for case, gate in gates.items() for word in (case, gate, following(gate)) if gate != END]
    async with old.up():
        gates = gates | await old.people("carry", *wanted)
        assert await problems(new) == []
    await upgraded(new, state)
    return gates


async def ended(house: House, gates: dict[str, str]) -> None:
    """Each comes to its end, and no task has failed meanwhile, of any version."""
    for case, gate in gates.items():
        one = Underway(Case(house, proposal(case)), gate)
        await one.go_on(END)
        assert await one.case.ended() == END
    assert await failed_tasks(house.client) == []


async def trained(house: House, number: str) -> None:
    """A cohort from its nominations to its end."""
    cohort = Cohort(house, afterwards(number, documents=("passport",)))
    people = [await cohort.nominate("VN", f"{number}-{one}") for one in range(2)]
    people.append(await cohort.nominate("TH", f"{number}-3", language="th"))
    await cohort.end_nominations()
    await cohort.select(*people)
    await cohort.confirm(*people)
    await cohort.gate("training.attendance")
    assert (await cohort.sheet(cohort.plan.starts)).accepted
    await cohort.close_sheets()
    for nominee in people:
        await cohort.in_state(nominee, "certified")
        assert (await cohort.file_plan(nominee)).accepted
    assert (await cohort.settle_costs(1_000_000)).accepted
    await cohort.gate("training.ex-post")
    for nominee in people:
        assert (await cohort.check(nominee)).accepted
    assert await cohort.ended() == "closed"
    assert await failed_tasks_of(cohort.handle) == []


async def lapsed(home: Path, bank: Leisurely, case: str) -> None:
    """The deadline that the old version has set passes with us."""
    server = Embedded(home, extra=SKIPPING)
    await server.start()
    try:
        with working_in_a_thread(server.address, Settings(home=home)):
            async with served(home, bank) as house:
                waiting = Case(house, proposal(case))
                await house.skip(waiting.handle, days=120)
                assert await waiting.ended() == "lapsed"
                assert await failed_tasks(house.client) == []
    finally:
        server.stop()
