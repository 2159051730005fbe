"""The waiting list: in rank order, nobody overtaken, woken when money comes back, offered once."""

from hypothesis import given
from hypothesis import strategies as st

from activities.money import level, proof, waitlist
from models.money.fund import Sleeve
from models.money.rule import MoneyRule
from models.money.waitlist import Waiting, turns
from tests.support.house import Case, House
from tests.support.scenarios import _behind, fund_of

LINEAGE = {"a": ["a", "f"], "b": ["b", "f"], "f": ["f"]}


def waiting(name: str, fund: str, amount: int, turn: int) -> Waiting:
    return Waiting(name, name, name, fund, amount, "KRW", 1, turn)


def served(queue: list[Waiting], **available: int) -> str:
    return "".join(one.case for one in turns(queue, LINEAGE.__getitem__, available))


def test_the_first_who_does_not_fit_holds_up_who_wants_the_same_money() -> None:
    queue = [waiting("1", "a", 5, 1), waiting("2", "a", 9, 2), waiting("3", "a", 1, 3)]
    assert served(queue, a=9, b=9, f=9) == "1"
    assert served(queue, a=15, b=9, f=15) == "123"


def test_who_wants_less_behind_somebody_who_is_short_does_not_let_others_by() -> None:
    queue = [waiting("1", "a", 9, 1), waiting("2", "a", 5, 2), waiting("3", "a", 6, 3)]
    assert served(queue, a=8, f=99) == ""


def test_who_is_short_in_their_own_sleeve_holds_up_nobody_elsewhere() -> None:
    queue = [waiting("1", "a", 9, 1), waiting("2", "b", 5, 2)]
    assert served(queue, a=4, b=9, f=9) == "2"


def test_who_is_short_of_the_money_of_the_whole_fund_holds_up_all_of_it() -> None:
    queue = [waiting("1", "a", 9, 1), waiting("2", "b", 5, 2)]
    assert served(queue, a=9, b=9, f=8) == ""


def test_whoever_came_up_short_stays_before_those_behind_though_another_is_short_elsewhere() -> None:
    queue = [waiting("1", "a", 9, 1), waiting("2", "b", 9, 2), waiting("3", "a", 1, 3)]
    assert served(queue, a=4, b=4, f=99) == ""


def test_whoever_comes_up_short_by_what_others_were_given_is_not_overtaken_either() -> None:
    """1 and 2 wait for money of their sleeve; 3 leaves too little of the fund for them, so 4 gets none."""
    queue = [
        waiting("1", "a", 9, 1),
        waiting("2", "a", 5, 2),
        waiting("3", "b", 6, 3),
        waiting("4", "b", 1, 4),
    ]
    assert served(queue, a=8, b=20, f=10) == "3"
    assert served(queue, a=8, b=20, f=16) == "34"


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), max_size=8),
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)),
)
def test_nobody_is_overdrawn_and_nobody_overtaken(
    wishes: list[tuple[str, int]], has: tuple[int, int, int]
) -> None:
    queue = [waiting(str(n), fund, amount, n) for n, (fund, amount) in enumerate(wishes)]
    left = dict(zip("abf", has, strict=True))
    got = list(turns(queue, LINEAGE.__getitem__, left))
    for one in queue:
        levels = LINEAGE[one.fund]
        if one in got:
            for level_ in levels:
                left[level_] -= one.amount
            assert min(left.values()) >= 0
        else:  # it did not fit, or somebody before it is short of the same money
            before = [b for b in queue if b.record < one.record and b not in got]
            short = any(left[of] < one.amount for of in levels)
            assert short or any(left[of] < b.amount for b in before for of in LINEAGE[b.fund] if of in levels)


async def queue(house: House, name: str, *ranks: int | None) -> list[Case]:
    """A case that has all the money of a fund, and others that wait for it, all asking for 1,000,001."""
    first, second = await _behind(house, name)
    cases = [first, second]
    for rank in ranks:
        case = await house.propose(programme=name, rank=rank)
        await case.approve("review")
        await case.gate("funding.revision")
        cases.append(case)
    return cases


def standing(case: Case) -> str:
    row = case.row()
    return f"{row['stage']}/{row['status']}"


async def test_money_that_comes_back_goes_to_the_best_ranked_first_then_by_arrival(house: House) -> None:
    first, second, ranked = await queue(house, "ranked", 1)
    assert {standing(case) for case in (second, ranked)} == {"funding/waitlisted"}
    listed = [row for row in house.read(waitlist.listing) if row["fund"] == "sl-ranked"]
    assert [row["case"] for row in listed] == [ranked.id, second.id]
    await first.withdraw()
    assert (await ranked.answer_offer()).accepted
    await ranked.gate("funding", 2)
    assert ranked.money() == {"reserved": 1_000_001}
    assert second.money() == {}
    await ranked.withdraw()
    assert (await second.answer_offer()).accepted
    await second.approve("funding", 2)
    assert second.money() == {"committed": 1_000_001}
    await second.withdraw()
    assert house.read(lambda c: proof.check(c, "fund-ranked")) == []


async def test_nobody_jumps_the_queue_though_their_smaller_wish_would_fit(house: House) -> None:
    first, second = await _behind(house, "jump")
    small = second.proposal.requested.model_copy(update={"minor": 100})
    third = await house.propose(programme="jump", requested=small)
    await third.approve("review")
    await third.gate("funding.revision")
    refusals = [row for row in third.history(refused=True) if row["rule"] == MoneyRule.FUNDS_SHORT]
    assert len(refusals) == 1
    await second.withdraw()
    assert (await third.answer_offer()).accepted
    await third.withdraw()
    await first.withdraw()


async def test_a_declined_offer_goes_to_the_next_and_the_case_may_ask_for_less(house: House) -> None:
    first, second, third = await queue(house, "declined", None)
    await first.withdraw()
    assert (await second.answer_offer(accept=False, reason="Too late for this year.")).accepted
    assert (await third.answer_offer()).accepted
    smaller = second.proposal.requested.model_copy(update={"minor": 400_000})
    assert (await second.resubmit("funding", 2, requested=smaller)).accepted
    await second.gate("funding", 3)
    assert second.money() == {"reserved": 400_000}
    await second.withdraw()
    await third.withdraw()


async def test_who_asks_for_less_while_an_offer_is_on_its_way_has_what_they_ask_for(house: House) -> None:
    """Whichever comes first, the reservation that is not wanted goes back."""
    first, second = await _behind(house, "meanwhile")
    smaller = second.proposal.requested.model_copy(update={"minor": 400_000})
    assert (await second.resubmit("funding", requested=smaller)).accepted
    await second.gate("funding", 2)
    await first.withdraw()
    assert second.money() == {"reserved": 400_000}
    await second.withdraw()
    row = next(row for row in house.read(level.balances) if row["id"] == "sl-meanwhile")
    assert row["available"] == row["cap"] == 1_500_000


async def test_waiting_for_money_uses_up_no_round(house: House) -> None:
    first, second = await _behind(house, "rounds")
    await first.withdraw()
    await second.answer_offer()
    for actor in ("treasury.cho", "molit.park"):
        await second.vote(await second.gate("funding", 2), actor, "return", "Ask for less.")
    assert (await second.resubmit("funding", 2)).accepted
    await second.approve("funding", 3)
    await second.withdraw()


async def test_a_frozen_fund_lets_reservations_wait(house: House) -> None:
    fund = fund_of(house, "fund-ice", Sleeve(id="sl-ice", name="S", cap=1_500_000))
    house.programme("ice", sleeve="sl-ice", fund=fund)
    with house.database.begin() as connection:
        level.freeze(connection, "fund-ice", "a test")
    case = await house.propose(programme="ice")
    await case.approve("review")
    await case.gate("funding.revision")
    assert case.history(refused=True)[-1]["rule"] == MoneyRule.FUND_FROZEN
    await case.withdraw()
