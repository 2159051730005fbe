"""Cohorts: from a plan to the ex-post check, and every way off the straight road."""

from datetime import timedelta

import pytest
from pypdfium2 import PdfDocument

from activities.training import certificates
from models.amount import Amount
from models.case.approval import Decision
from models.case.record import Answer
from models.case.rule import CaseRule
from models.training.cohort import Plan, Replanning
from models.training.course import Mark, Revocation
from models.training.nomination import RemoteSeat, SeatResponse, Substitution
from models.training.order import Costs
from models.training.rule import TrainingRule
from tests.support.cohort_lives import CLOSED, opened, seated, trained
from tests.support.house import House, sha
from tests.support.patience import eventually
from tests.support.training import OTHER, PLANNER, Cohort, afterwards, official, plan, quotas
from tests.support.unpacking import decoded


async def test_from_a_plan_to_the_ex_post_check(house: House) -> None:
    cohort = await Cohort.planned(house, afterwards(documents=("passport",)))
    await cohort.open()
    assert cohort.money() == {"committed": 90_000_000}
    a, b, c = [await cohort.nominate("VN", f"STRAIGHT-{number}") for number in range(3)]
    d, e = [await cohort.nominate("TH", f"STRAIGHT-{number}", language="th") for number in range(2)]
    await cohort.end_nominations()
    await cohort.select(e, c, a, b, unsuitable=[d])
    await cohort.confirm(e, c, a, b)
    days = [cohort.plan.starts + timedelta(days=n) for n in range(5)]
    await cohort.gate("training.attendance")
    assert cohort.standing() == "running/open"
    for day in days:
        assert (await cohort.sheet(day, *([b] if day in days[:2] else []))).accepted
    await cohort.close_sheets()
    assert (await cohort.appeal(b)).accepted
    await cohort.decide("training.appeal")
    for nominee in (a, b, c, e):
        await cohort.in_state(nominee, "certified")
        assert (await cohort.file_plan(nominee)).accepted
    for nominee in (a, b, c, e):
        assert (await cohort.check(nominee)).accepted if nominee != e else True
    assert (await cohort.settle_costs(70_000_000)).accepted
    assert (await cohort.check(e)).accepted
    assert await cohort.ended() == "closed"
    assert cohort.states() == {d: "rejected"} | dict.fromkeys((a, b, c, e), "ex_post_checked")
    assert cohort.money() == {"disbursed": 70_000_000}
    numbers = sorted(str(one.certificate) for one in cohort.roster().values() if one.certificate)
    assert numbers == [f"{cohort.id}-{n:03d}" for n in range(1, 5)]


@pytest.mark.parametrize("name", CLOSED)
async def test_a_life_ends_as_it_should(house: House, name: str) -> None:
    life, status = CLOSED[name]
    cohort = await life(house)
    assert await cohort.ended() == status
    assert cohort.actions()[-1] == f"closed: {status}"
    assert cohort.money() == ({"disbursed": 1_000_000} if status == "closed" else {})


async def test_a_plan_is_published_by_somebody_else_and_revised_when_returned(house: House) -> None:
    cohort = await Cohort.planned(house, plan())
    gate = await cohort.gate("training.publication")
    own = Decision(gate=gate["id"], actor=PLANNER, verdict="approve", content_hash=gate["content_hash"])
    assert (await cohort.send("decide", own)).rule == CaseRule.OWN_PROPOSAL
    await cohort.decide("training.publication", verdict="return")
    revision = await cohort.gate("training.revision")
    wrong = cohort.plan.model_copy(update={"quotas": quotas(JP=1)})
    assert (await replan(cohort, revision["id"], wrong)).rule == TrainingRule.PLAN
    assert (await replan(cohort, revision["id"], cohort.plan)).rule == CaseRule.NOTHING_CHANGED
    less = cohort.plan.model_copy(update={"budget": Amount(minor=50_000_000, currency="KRW"), "pool": 0})
    assert (await replan(cohort, revision["id"], less)).accepted
    await cohort.decide("training.publication", 2)
    await cohort.decide("training.funding", 2)
    await cohort.gate("training.nominations")
    assert cohort.money() == {"committed": 50_000_000}


async def replan(cohort: Cohort, gate: str, planned: Plan, actor: str = OTHER) -> Answer:
    return await cohort.send("replan", Replanning(gate=gate, actor=actor, plan=planned))


async def test_a_budget_that_is_not_there_is_planned_anew(house: House) -> None:
    cohort = await Cohort.planned(house, plan(budget=Amount(minor=2_500_000_000, currency="KRW")))
    await cohort.decide("training.publication")
    revision = await cohort.gate("training.revision")
    assert "enough" in revision["question"]
    less = cohort.plan.model_copy(update={"budget": Amount(minor=10_000_000, currency="KRW")})
    assert (await replan(cohort, revision["id"], less)).accepted
    await cohort.decide("training.publication", 2)
    await cohort.decide("training.funding", 2)
    assert cohort.money() == {"committed": 10_000_000}


async def test_a_country_speaks_for_its_own_people_only(house: House) -> None:
    cohort = await opened(house)
    mine = cohort.register(official("VN", "OWN-1"))
    for actor, rule in {
        "nominator.th": TrainingRule.OTHER_COUNTRY,
        "nominator.kh": TrainingRule.OTHER_COUNTRY,
        "train.hong": CaseRule.ROLE_NOT_HELD,
        "nobody": CaseRule.ROLE_NOT_HELD,
    }.items():
        answer = await cohort.send("nominate", mine.model_copy(update={"actor": actor}))
        assert answer.rule == rule, actor
    as_thai = mine.model_copy(update={"actor": "nominator.th", "country": "TH"})
    assert (await cohort.send("nominate", as_thai)).rule == TrainingRule.OTHER_COUNTRY
    assert (await cohort.send("nominate", mine)).accepted
    stranger = await cohort.withdraw(mine.nominee, "nominator.th")
    unknown = await cohort.withdraw("vn-0123456789", "nominator.th")
    assert (stranger.rule, stranger.message) == (unknown.rule, unknown.message), "nobody learns who is there"
    actors = ("nominator.vn", "nominator.th", "train.noh", "teach.im", "coord.seo", "nobody")
    seen = {actor: cohort.seen_by(actor) for actor in actors}
    mine_only, none = [mine.nominee], list[str]()
    assert seen == {
        "nominator.vn": mine_only,
        "nominator.th": none,
        "train.noh": mine_only,
        "teach.im": mine_only,
        "coord.seo": none,
        "nobody": none,
    }


async def test_nobody_is_nominated_twice_and_documents_are_handed_in_later(house: House) -> None:
    cohort = await opened(house, plan(documents=("passport", "photo")))
    person = official("VN", "TWICE 1")
    first = cohort.register(person)
    bare = cohort.register(person, kinds=["passport"])
    assert (await cohort.send("nominate", bare)).accepted
    assert cohort.states() == {first.nominee: "nominated"}
    assert (await cohort.send("nominate", bare)).accepted, "the same words get the first answer"
    assert len(cohort.roster()) == 1
    same_person = cohort.register(official("VN", "twice-1", name="Hoa"))
    assert same_person.nominee == first.nominee, "by the number of the passport, however it is written"
    again = await cohort.send("nominate", bare.model_copy(update={"documents": ("photo",)}))
    assert again.rule == TrainingRule.ONCE_PER_COHORT, "the dossier is the same"
    unknown = await cohort.send("nominate", first.model_copy(update={"dossier": sha("nothing")}))
    assert unknown.rule == TrainingRule.NOT_REGISTERED, "nothing is kept under that digest"
    undrawable = cohort.register(official("VN", "TWICE 1", name="Hoa \U0001f600"))
    answer = await cohort.send("nominate", undrawable)
    assert (answer.rule, "U+1F600" in answer.message) == (TrainingRule.UNPRINTABLE, True)
    assert (await cohort.send("nominate", first)).accepted
    assert cohort.states() == {first.nominee: "documents_complete"}
    late = await cohort.nominate("TH", "LATE")
    without = cohort.register(official("TH", "WITHOUT")).model_copy(update={"documents": ()})
    assert (await cohort.send("nominate", without)).accepted
    await cohort.end_nominations()
    assert (
        await cohort.send("nominate", cohort.register(official("VN", "OVER")))
    ).rule == CaseRule.STAGE_OVER
    assert (await cohort.rank(first.nominee)).rule == TrainingRule.RANKING
    await cohort.select(first.nominee, late)
    assert (await cohort.in_state(without.nominee, "rejected")).reason == TrainingRule.DOCUMENTS.text


async def test_a_freed_seat_goes_to_who_is_next_of_the_country_then_of_all(house: House) -> None:
    cohort, (v1, v2, v3, t1, t2) = await seated(house)
    for nominee in (v1, v2, v3, t1):
        await cohort.in_state(nominee, "accepted")
    assert cohort.states()[t2] == "waitlisted"
    await cohort.confirm(v1, v2, t1)
    assert (await cohort.respond(v3, "decline")).accepted
    assert (await cohort.in_state(t2, "accepted")).round == 2
    taken = {"actor": "nominator.th", "nominee": t2, "response": "confirm"}
    closed = SeatResponse(gate=f"{cohort.id}:training.confirmation:1", **taken)
    assert (await cohort.send("respond", closed)).rule in (CaseRule.WRONG_ROUND, CaseRule.STAGE_OVER)
    open_now = SeatResponse(gate=f"{cohort.id}:training.confirmation:2", **taken)
    for _ in range(2):
        assert (await cohort.send("respond", open_now)).accepted, "the same words get the first answer"
    other = await cohort.withdraw(v1, "nominator.th")
    assert other.rule == TrainingRule.UNKNOWN_NOMINEE
    assert (await cohort.withdraw(v1)).accepted
    assert sorted(cohort.states().values()) == [
        "confirmed",
        "confirmed",
        "confirmed",
        "declined",
        "withdrawn",
    ]
    assert (await cohort.order("cancel", spent=5_000_000)).accepted
    assert await cohort.ended() == "cancelled"
    assert cohort.money() == {"disbursed": 5_000_000}
    assert set(cohort.states().values()) == {"cancelled", "declined", "withdrawn"}


async def test_silence_frees_a_seat(house: House) -> None:
    cohort, (v1, v2, v3, t1, t2) = await seated(house)
    await cohort.in_state(t1, "accepted")
    await cohort.confirm(v1, v2, v3)
    await house.skip(cohort.handle, 30)
    await cohort.in_state(t1, "lapsed")
    assert (await cohort.in_state(t2, "accepted")).round == 2
    await cohort.order("cancel")


async def test_a_refused_visa_leaves_the_seat_to_a_substitute_of_the_same_country(house: House) -> None:
    cohort, (v1, v2, v3, t1, t2) = await seated(house)
    await cohort.confirm(v1, v2, v3, t1)
    assert (await cohort.visa(v1, "granted")).accepted
    assert (await cohort.visa(t1, "refused")).accepted
    assert cohort.states()[t2] == "waitlisted", "the seat is kept"
    by_country = cohort.register(official("TH", "SUBSTITUTE"))
    ask = Substitution(
        case=cohort.id,
        actor="nominator.th",
        leaving=t1,
        nominee=by_country.nominee,
        dossier=by_country.dossier,
        reason="The visa was refused.",
    )
    foreign = ask.model_copy(update={"actor": "nominator.vn"})
    assert (await cohort.send("substitute", foreign)).rule == CaseRule.ROLE_NOT_HELD
    taken = ask.model_copy(update={"nominee": v1})
    assert (await cohort.send("substitute", taken)).rule == TrainingRule.OTHER_COUNTRY
    assert (await cohort.send("substitute", ask)).accepted
    assert cohort.states()[t1] == "visa_refused", "it takes two sides"
    again = ask.model_copy(update={"reason": "Once more."})
    assert (await cohort.send("substitute", again)).rule == CaseRule.TWO_PEOPLE
    assert (await cohort.send("substitute", ask.model_copy(update={"actor": OTHER}))).accepted
    assert (cohort.states()[t1], cohort.states()[by_country.nominee]) == ("replaced", "confirmed")
    assert (await cohort.visa(v2, "refused")).accepted
    remote = RemoteSeat(case=cohort.id, actor="nominator.vn", nominee=v2)
    assert (await cohort.send("take_part_remotely", remote)).accepted
    assert cohort.roster()[v2].remote
    await house.skip(cohort.handle, 190)
    late = ask.model_copy(update={"leaving": v3, "nominee": t2, "actor": OTHER})
    assert (await cohort.send("substitute", late)).rule == TrainingRule.CUT_OFF
    await cohort.order("cancel")


async def test_too_few_are_postponed_held_remotely_or_not_held(house: House) -> None:
    cohort, (v1, *_) = await seated(house, plan(minimum=3), vn=1, th=2)
    await cohort.confirm(v1)
    await house.skip(cohort.handle, 187)
    await cohort.gate("training.minimum")
    assert "not confirmed in time" in cohort.actions()
    later = {
        "starts": cohort.plan.starts + timedelta(days=100),
        "ends": cohort.plan.ends + timedelta(days=100),
    }
    assert (await cohort.order("postpone", PLANNER, PLANNER, **later)).accepted, "the same words"
    assert cohort.standing() == "confirmed/open"
    assert (await cohort.order("postpone", OTHER, **later)).accepted
    await eventually(lambda: cohort.standing() == "confirmed/postponed", "postponed")
    await house.skip(cohort.handle, 100)
    await cohort.gate("training.minimum", 2)
    assert (await cohort.order("remote")).accepted
    await house.skip(cohort.handle, 15)
    await cohort.in_state(v1, "attending")
    earlier = {"starts": cohort.plan.starts, "ends": cohort.plan.ends}
    assert (await cohort.order("postpone", **earlier)).rule == TrainingRule.NOT_NOW
    assert (await cohort.order("cancel")).accepted
    assert await cohort.ended() == "cancelled"


async def test_a_cohort_that_nobody_was_nominated_for_waits_for_a_word_on_that(house: House) -> None:
    cohort = await opened(house, plan(documents=("passport",)))
    bare = cohort.register(official("VN", f"{cohort.id}-0")).model_copy(update={"documents": ()})
    assert (await cohort.send("nominate", bare)).accepted
    await cohort.end_nominations()
    assert (await cohort.in_state(bare.nominee, "rejected")).reason == TrainingRule.DOCUMENTS.text
    assert "ranking awaited" not in cohort.actions()
    assert (await cohort.order("cancel")).accepted
    assert await cohort.ended() == "cancelled"


async def test_nobody_says_what_becomes_of_too_few(house: House) -> None:
    cohort, (v1, *_) = await seated(house, plan(minimum=3), vn=1, th=1)
    await cohort.confirm(v1)
    await house.skip(cohort.handle, 187)
    await cohort.gate("training.minimum")
    await house.skip(cohort.handle, 40)
    assert await cohort.ended() == "cancelled"
    assert cohort.money() == {}


async def test_nobody_has_seats_in_two_cohorts_on_one_day(house: House) -> None:
    one, other = await opened(house), await opened(house)
    both = official("VN", f"BOTH-{one.id}")
    for cohort in (one, other):
        assert (await cohort.send("nominate", cohort.register(both))).accepted
    (nominee,) = one.roster()
    await one.end_nominations()
    await one.select(nominee)
    await one.confirm(nominee)
    second = await other.nominate("VN", f"ALONE-{one.id}")
    await other.end_nominations()
    await other.select(nominee, second)
    refused = await other.in_state(nominee, "rejected")
    assert refused.reason.startswith(TrainingRule.OVERLAP.text)
    assert one.id in refused.reason
    await other.in_state(second, "accepted")
    later = {"starts": one.plan.ends + timedelta(days=1), "ends": one.plan.ends + timedelta(days=9)}
    assert (await one.withdraw(nominee)).accepted
    assert (await other.order("postpone", **later)).accepted
    await one.order("cancel")
    await other.order("cancel")


async def test_a_merger_takes_the_nominees_to_the_other_cohort(house: House) -> None:
    small, (v1, v2, t1) = await seated(house, vn=2, th=1)
    large = await opened(house)
    here = await large.nominate("VN", f"HERE-{large.id}")
    await large.end_nominations()
    await large.select(here)
    await small.confirm(v1)
    assert (await small.order("merge", into="KST-NOWHERE")).rule == TrainingRule.INTO
    assert (await small.order("merge", into=small.id)).rule == TrainingRule.INTO
    assert (await small.order("merge", into=large.id)).accepted
    assert await small.ended() == "merged"
    assert set(small.states().values()) == {"moved"}
    for nominee in (v1, v2, t1):
        assert (await large.in_state(nominee, "accepted")).country == nominee[:2].upper()
    await large.confirm(v1, v2, t1)
    assert small.money() == {}
    assert "nominees taken over" in large.actions()
    await large.order("cancel")


async def test_certificates_are_earned_by_attendance_and_can_be_taken_back(house: House) -> None:
    cohort, (v1, v2, t1) = await seated(house, afterwards(), vn=2, th=1)
    await cohort.confirm(v1, v2, t1)
    await cohort.gate("training.attendance")
    first, last = cohort.plan.starts, cohort.plan.ends
    assert (await cohort.sheet(first, v1, v2, actor="train.hong")).rule == CaseRule.ROLE_NOT_HELD
    assert (await cohort.sheet(first - timedelta(days=1))).rule == TrainingRule.DAY
    assert (await cohort.sheet(last + timedelta(days=1))).rule == TrainingRule.DAY
    assert (await cohort.sheet(first, "vn-0123456789")).rule == TrainingRule.UNKNOWN_NOMINEE
    assert (await cohort.sheet(first, v1, v2, t1)).accepted
    assert (await cohort.sheet(first, v2)).rule == TrainingRule.SHEET, "a second one is a correction"
    assert (await cohort.sheet(first, v2, revision=1)).accepted, "corrected"
    assert (await cohort.sheet(first, v1, revision=1)).rule == TrainingRule.SHEET
    mark = Mark(case=cohort.id, actor="teach.im", nominee=t1, as_="dropped", reason="Called home.")
    assert (await cohort.send("mark", mark)).accepted
    cohort.register(official("VN", f"{cohort.id}-0", name="Somebody Else"))
    await cohort.close_sheets()
    assert (await cohort.in_state(v1, "certified")).certificate == f"{cohort.id}-001"
    made = house.read(lambda c: certificates.find(c, f"{cohort.id}-001"))
    pdf = made and house.read(lambda c: certificates.kept(c, made["document"]))
    assert pdf, "it is kept"
    said = "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(pdf))
    assert "Smart city training for officials" in said
    assert "Somebody Else" not in said, "who was nominated is certified, whatever the register says now"
    await cohort.gate("training.appeals")
    assert cohort.states() == {v1: "certified", v2: "completed", t1: "dropped"}
    assert (await cohort.appeal(t1)).rule == TrainingRule.NOT_IN_STATE
    assert (await cohort.appeal(v2)).accepted
    await cohort.decide("training.appeal", verdict="reject", actors=("director.kang", "legal.yoon"))
    await cohort.gate("training.action-plans")
    assert cohort.states()[v2] == "completed"
    revoke = Revocation(case=cohort.id, actor=PLANNER, nominee=v1, reason="The papers were forged.")
    assert (await cohort.send("revoke_certificate", revoke)).accepted
    assert cohort.states()[v1] == "certified"
    assert (await cohort.send("revoke_certificate", revoke.model_copy(update={"actor": OTHER}))).accepted
    assert cohort.states()[v1] == "revoked"
    found = house.read(lambda c: certificates.find(c, f"{cohort.id}-001"))
    assert found and found["revoked_at"]
    costs = await cohort.gate("training.costs")
    too_much = Costs(case=cohort.id, actor=PLANNER, amount=90_000_001, account=sha("account"))
    assert cohort.money() == {"committed": 90_000_000}, "nobody is left, but what was spent is to be said"
    assert (await cohort.send("settle_costs", too_much)).rule == TrainingRule.COSTS
    assert (await cohort.settle_costs(80_000_000)).accepted
    assert await cohort.ended() == "closed"
    assert cohort.money() == {"disbursed": 80_000_000}
    assert costs["due_at"] > costs["opened_at"]


async def test_two_who_agree_in_the_end_settle_it_whatever_was_said_between(house: House) -> None:
    cohort, _ = await trained(house)

    async def say(actor: str, minor: int) -> Answer:
        return await cohort.send(
            "settle_costs", Costs(case=cohort.id, actor=actor, amount=minor, account=sha("account"))
        )

    first = await say(PLANNER, 41_500_000)
    slip = await say(OTHER, 41_000_000)
    right = await say(OTHER, 41_500_000)
    assert first.accepted and slip.accepted and right.accepted
    assert (await say(OTHER, 41_500_000)).seq == right.seq, "said again by who asks: the first answer"
    assert cohort.money() == {"committed": 90_000_000}
    settled = await say(PLANNER, 41_500_000)
    assert settled.accepted and settled.seq != first.seq, "the same words confirm what the other asks for now"
    assert (await say(PLANNER, 41_500_000)).seq == settled.seq
    assert await eventually(lambda: cohort.money().get("disbursed"), "the costs are paid") == 41_500_000
    assert cohort.actions().count("costs settled") == 1


async def test_what_nobody_answers_for_ends_with_its_time(house: House) -> None:
    cohort, _ = await trained(house)
    await house.skip(cohort.handle, 40)
    await cohort.gate("training.action-plans")
    await house.skip(cohort.handle, 150)
    assert await cohort.ended() == "closed"
    assert "costs awaited" in cohort.actions()
    assert cohort.money() == {}, "what was not settled is released"


async def test_the_history_keeps_no_names_and_no_papers(house: House) -> None:
    cohort, people = await seated(house, afterwards(documents=("passport",)), vn=2, th=1)
    await cohort.confirm(*people)
    await cohort.gate("training.attendance")
    history = await cohort.handle.fetch_history()
    text = decoded(history)
    assert people[0] in text
    for private in ("Nguy", "Deputy head", "Department of Transport", f"{cohort.id}-0"):
        assert private not in text
    record = "".join(str(row) for row in cohort.history())
    assert "Nguy" not in record
    await cohort.order("cancel")
