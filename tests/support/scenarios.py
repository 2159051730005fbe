"""Lives of cases, each leaving the straight road in its own way. Tests assert on them, `make histories`
records them, and the replay test holds today's code against what was recorded.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from activities.people import person
from models.agreement.replacement import Replacement
from models.case.acknowledgement import Acknowledgement
from models.case.action import CaseAction
from models.case.calendar import CalendarDay, CalendarOrder
from models.case.conflict_of_interest import Challenge
from models.case.deadline import Extension, Pause, Resume
from models.case.envelope import SELF_DECLARED
from models.case.override import Override
from models.case.panel import Outcome
from models.case.seat_assignment import Reassignment
from models.money.fund import Sleeve
from models.partnership.programme import Programme
from models.people.delegation import Giving, Revocation
from models.people.person import Person
from models.study.terms import StudyTerms
from services.case.calendar import Calendar
from services.people.delegation import Delegations
from tests.support.house import GATES, Case, House
from tests.support.patience import eventually

Scenario = Callable[[House], Awaitable[Case]]


async def happy(house: House) -> Case:
    """From proposal to launch."""
    case = await house.propose()
    await case.reach("launched")
    return case


async def rejected(house: House) -> Case:
    """The review panel says no."""
    case = await house.propose()
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim", "reject", "Not feasible.")
    await case.vote(gate, "sec.han", "reject", "Agreed.")
    return case


async def returned(house: House) -> Case:
    """Returned for revision once, resubmitted, launched."""
    case = await house.propose()
    gate = await case.gate("review")
    await case.vote(gate, "expert.lim", "return", "Name the operator.")
    await case.vote(gate, "sec.han", "return", "And the site.")
    await case.resubmit("review")
    await case.approve("review", 2)
    await case.reach_from("funding")
    return case


async def rounds_used_up(house: House) -> Case:
    """Returned once more than the programme allows."""
    case = await house.propose()
    for round_ in (1, 2):
        gate = await case.gate("review", round_)
        for actor in ("expert.lim", "sec.han"):
            await case.vote(gate, actor, "return", "Still unclear.")
        if round_ == 1:
            await case.resubmit("review")
    return case


async def funding_rejected(house: House) -> Case:
    """The money is reserved, then refused."""
    case = await house.propose()
    await case.approve("review")
    gate = await case.gate("funding")
    await case.vote(gate, "treasury.cho", "reject", "Not this year.")
    return case


async def funding_returned(house: House) -> Case:
    """The money is asked for again, and less of it."""
    case = await house.propose()
    await case.approve("review")
    gate = await case.gate("funding")
    for actor in ("treasury.cho", "molit.park"):
        await case.vote(gate, actor, "return", "Ask for less.")
    smaller = case.proposal.requested.model_copy(update={"minor": 900_000})
    await case.resubmit("funding", requested=smaller)
    await case.approve("funding", 2)
    await case.reach_from("study.tender")
    return case


async def waitlisted(house: House) -> Case:
    """The sleeve is too small; a smaller request fits."""
    house.programme(
        "small-fund",
        sleeve="sl-small",
        fund=fund_of(house, "fund-small", Sleeve(id="sl-small", name="S", cap=500_000)),
    )
    case = await house.propose(programme="small-fund")
    await case.approve("review")
    smaller = case.proposal.requested.model_copy(update={"minor": 400_000})
    await case.resubmit("funding", requested=smaller)
    await case.approve("funding", 2)
    await case.gate("study.tender")
    await case.withdraw()
    return case


def tendered(house: House, name: str, **changes: Any) -> Programme:
    """A programme that holds its tenders in another way."""
    base = house.partnerships.programme("k-city-2020")
    assert base.study.tender
    terms = base.study.tender.model_dump() | changes
    return house.programme(name, study=StudyTerms.model_validate(base.study.model_dump() | {"tender": terms}))


async def replaced(house: House) -> Case:
    """The contract ends after the first deliverable; another contractor does the rest, with its own money."""
    case = await house.propose()
    await case.reach("study.interim-delivery")
    await case.deliver("interim")
    for actor in ("expert.lim", "sec.bae"):
        await case.vote(await case.gate("study.interim"), actor, "return", "Chapter 3 is missing.")
    await case.gate("study.interim-delivery", 2)
    for actor in ("sec.han", "coord.seo"):
        await case.terminate(actor)
    await case.approve("funding", 2)
    await case.award(2)
    await case.deliver("interim", 3)
    await case.approve("study.interim", 3)
    await case.deliver("final")
    await case.approve("study.final")
    await case.reach_from("agreement.text")
    return case


TRANCHES: dict[str, Any] = {
    "advance": {"percent": 10, "days": 30},
    "inception": 20,
    "permit": {"percent": 20, "milestone": "The city has issued its permit for the survey."},
    "final": 40,
    "retention": {"percent": 10, "days": 365},
}
"""An advance, a milestone, and a part that is held back for a year; the interim report releases nothing."""


def scheduled(house: House, name: str, tranches: dict[str, Any] | None = None) -> Programme:
    """A programme with such tranches."""
    base = house.partnerships.programme("k-city-2020")
    study = StudyTerms.model_validate(base.study.model_dump() | {"tranches": tranches or TRANCHES})
    return house.programme(name, study=study)


async def paid_by_schedule(house: House) -> Case:
    """Less is committed than was asked for; dates, deliverables and a milestone release it."""
    scheduled(house, "schedule")
    case = await house.propose(programme="schedule")
    await case.reach("funding")
    await case.reduce(900_000)
    await case.approve("funding", 2)
    await case.award()
    await case.gate("study.inception-delivery")
    await house.skip(case.study, 30, short_of=1)
    await case.until("tranche due")
    for part in ("inception", "permit", "interim", "final"):
        await case.deliver(part)
        await case.vote(await case.gate(f"study.{part}"), "expert.lim")
    await case.reach_from("agreement.text")
    return case


async def tender_failed(house: House) -> Case:
    """No bid can be awarded, twice; the task force has it held once more, and then it is."""
    case = await house.propose()
    await case.reach("study.tender")
    for round_ in (1, 2):
        await case.publish(round_)
        await case.fail_tender(round_)
    await case.vote(await case.gate("study.taskforce", 2), "director.kang")
    await case.publish(3)
    assert (await case.award(3)).accepted
    await case.gate("study.inception-delivery")
    await case.withdraw()
    return case


async def _behind(house: House, name: str) -> tuple[Case, Case]:
    """A case that has all the money of a fund, and one that waits for it."""
    fund = fund_of(house, f"fund-{name}", Sleeve(id=f"sl-{name}", name="S", cap=1_500_000))
    house.programme(name, sleeve=f"sl-{name}", fund=fund)
    first = await house.propose(programme=name)
    await first.approve("review")
    await first.gate("funding")
    second = await house.propose(programme=name)
    await second.approve("review")
    await second.gate("funding.revision")
    return first, second


async def offered(house: House) -> Case:
    """The money is gone; it comes back when another case is withdrawn, and is taken up."""
    first, case = await _behind(house, "queue")
    await first.withdraw()
    await case.answer_offer()
    await case.approve("funding", 2)
    await case.gate("study.tender")
    await case.withdraw()
    return case


async def offer_expired(house: House) -> Case:
    """Nobody takes up what is offered: it goes to the next."""
    first, case = await _behind(house, "silence")
    await first.withdraw()
    await case.gate("funding.offer")
    await house.skip(case.handle, 60)
    return case


def fund_of(house: House, name: str, sleeve: Sleeve) -> object:
    base = house.partnerships.programme("k-city-2020").fund
    return base.model_copy(update={"id": name, "sleeves": (sleeve,)})


async def review_lapsed(house: House) -> Case:
    """Nobody votes: reminders, escalation, lapse."""
    case = await house.propose()
    await case.gate("review")
    await house.skip(case.handle, days=120)
    return case


async def escalated(house: House) -> Case:
    """Nobody votes in time; the director is called in, and takes part."""
    case = await house.propose()
    await case.gate("review")
    await house.skip(case.handle, days=34)
    gate = await case.gate("review")
    await case.vote(gate, "director.kang")
    await case.vote(gate, "expert.lim")
    await case.gate("funding")
    await case.withdraw()
    return case


async def revision_lapsed(house: House) -> Case:
    """Returned, and never answered."""
    case = await house.propose()
    gate = await case.gate("review")
    for actor in ("expert.lim", "sec.han"):
        await case.vote(gate, actor, "return", "Name the operator.")
    await case.gate("review.revision")
    await house.skip(case.handle, days=150)
    return case


async def award_lapsed(house: House) -> Case:
    """No contractor is found in time; the commitment goes back."""
    case = await house.propose()
    await case.reach("study.award")
    await house.skip(case.study, days=200)
    return case


async def infeasible(house: House) -> Case:
    """The study says no: accepted work is paid, the partnership ends."""
    case = await house.propose()
    await case.reach("study.final-delivery")
    await case.deliver("final", finding="infeasible")
    await case.approve("study.final")
    return case


async def conditional(house: House) -> Case:
    """The study sets a condition: the launch is blocked until it is met."""
    case = await house.propose()
    await case.reach("study.final-delivery")
    await case.deliver("final", finding="conditional", conditions=("Land title is registered",))
    await case.approve("study.final")
    await case.reach_from("agreement.text", stop="launch.conditions")
    await case.fulfil("Land title is registered")
    await case.approve("launch")
    return case


async def deliverable_returned(house: House) -> Case:
    """A deliverable is sent back once."""
    case = await house.propose()
    await case.reach("study.inception")
    gate = await case.gate("study.inception")
    for actor in ("expert.lim", "sec.bae"):
        await case.vote(gate, actor, "return", "Chapter 3 is missing.")
    await case.deliver("inception", 2)
    await case.approve("study.inception", 2)
    await case.reach_from("study.interim-delivery")
    return case


async def deliverable_rejected(house: House) -> Case:
    """A deliverable is not accepted; the tranches are withheld."""
    case = await house.propose()
    await case.reach("study.interim")
    gate = await case.gate("study.interim")
    for actor in ("expert.lim", "sec.bae"):
        await case.vote(gate, actor, "reject", "Not what was ordered.")
    return case


async def signature_refused(house: House) -> Case:
    """One party refuses; the next text is signed."""
    case = await house.propose()
    await case.reach("agreement.signing")
    await case.sign("minister.kr")
    await case.sign("signatory.vn", verdict="refuse", comment="Article 4.")
    await case.table(2)
    await case.approve("agreement.clearance", 2)
    await case.sign("minister.kr", 2)
    await case.sign("signatory.vn", 2)
    await case.approve("launch")
    return case


async def signatory_replaced(house: House) -> Case:
    """One party has signed; the other one has a new minister, who signs the same text."""
    case = await house.propose()
    await case.reach("agreement.signing")
    new = f"signs.{case.id.lower()}"
    with house.database.begin() as connection:
        fields = {"name": new, "organisation": "host.vn", "email": f"{new}@accord.example"}
        person.register(connection, [Person.model_validate({"id": new, "roles": ["signatory"]} | fields)])
    await case.sign("minister.kr")
    gate = f"{case.id}:agreement.signing:1"
    for actor in ("coord.seo", "nominator.vn"):
        said = Replacement(gate=gate, actor=actor, old="signatory.vn", new=new, reason="A new minister.")
        await case.send("replace_signatory", said)
    await case.sign("signatory.vn")
    await case.sign(new)
    await case.approve("launch")
    return case


async def abandoned(house: House) -> Case:
    """Every round is refused."""
    case = await house.propose()
    await case.reach("agreement.text")
    for round_ in (1, 2):
        await case.table(round_)
        await case.approve("agreement.clearance", round_)
        await case.sign("signatory.vn", round_, verdict="refuse", comment="Not acceptable.")
    return case


async def launch_rejected(house: House) -> Case:
    """Everything is there, and the panel still says no."""
    case = await house.propose()
    await case.reach("launch")
    gate = await case.gate("launch")
    await case.vote(gate, "director.kang", "reject", "Priorities changed.")
    await case.vote(gate, "molit.park", "reject", "Agreed.")
    return case


async def cancelled(house: House) -> Case:
    """An operator cancels the workflow: the emergency door unwinds, too."""
    case = await house.propose()
    await case.reach("study.interim-delivery")
    await case.handle.cancel()
    return case


async def decided_again(house: House) -> Case:
    """A conflict is found later, the panel confirms, and what waited goes on."""
    case = await house.propose()
    gate = await case.gate("review")
    await case.approve("review")
    await case.gate("funding")
    await _challenge(case, gate["id"], "expert.lim")
    again = await case.gate("review.again")
    for actor in ("sec.han", "molit.jung"):
        await case.vote(again, actor)
    await case.until("clock running again")
    await case.approve("funding")
    await case.gate("study.tender")
    await case.withdraw()
    return case


async def not_confirmed(house: House) -> Case:
    """The money is voted on again while the study goes on, and refused."""
    case = await house.propose()
    await case.reach("study.award")
    await _challenge(case, f"{case.id}:funding:1", "treasury.cho")
    again = await case.gate("funding.again")
    await case.vote(again, "molit.park", "reject", "Not without the treasury.")
    return case


async def _challenge(case: Case, gate: str, person: str) -> None:
    for actor in ("coord.seo", person):
        said = Challenge(gate=gate, actor=actor, person=person, reason="Owns shares of the bidder.")
        await case.send("challenge", said)


async def deputised(house: House) -> Case:
    """A deputy claims nothing, votes for who is away, and it is reported; others claim what they do."""
    case = await house.propose()
    gate = await case.gate("review")
    lent = {"actor": "sec.bae", "taker": "legal.yoon", "roles": ("secretariat",), "instrument": "Leave 7"}
    given = Delegations(house.database, SELF_DECLARED).give(Giving(acting=True, **lent)).delegation
    await case.send("reassign", Reassignment(gate=gate["id"], actor="expert.lim", new="expert.lim"))
    vote = await case.vote(gate, "legal.yoon", on_behalf_of="sec.bae")
    await case.vote(gate, "expert.lim")
    task = await house.gate(f"{case.id}:review.report:{vote.seq}")
    await case.send("acknowledge", Acknowledgement(gate=task["id"], actor="sec.bae"))
    Delegations(house.database, SELF_DECLARED).revoke(Revocation(delegation=given.id, actor="sec.bae"))
    await case.gate("funding")
    await case.withdraw()
    return case


async def calendar_changed(house: House) -> Case:
    """The day on which a review is due is declared a holiday, and a working day again."""
    case = await house.propose(country="TH", city="Bangkok", applicant="host.th")
    gate = await case.gate("review")
    for times, working in enumerate((False, True), 1):
        day = CalendarDay(country="TH", day=gate["due_at"].date(), working=working, name="Joint leave")
        for registrar in ("reg.eom", "reg.pyo"):
            order = CalendarOrder(day=day, actor=registrar, reason="Decree 7.")
            Calendar(house.database, SELF_DECLARED).declare(order)
        moved = CaseAction.CALENDAR_CHANGED
        await eventually(partial(_happened, case, moved, times), "the deadline moves")
    await case.withdraw()
    return case


def _happened(case: Case, action: str, times: int) -> bool:
    return case.actions().count(action) == times


async def clock_changed(house: House) -> Case:
    """The deadline is extended, stopped and running again."""
    case = await house.propose()
    gate = (await case.gate("review"))["id"]
    for actor in ("expert.lim", "sec.han"):
        await case.send("extend", Extension(gate=gate, actor=actor, working_days=3, reason="They moved."))
    await case.send("pause", Pause(gate=gate, actor="sec.han", reason="The city must answer."))
    await case.send("resume", Resume(gate=gate, actor="sec.han", reason="It has."))
    await case.approve("review")
    await case.gate("funding")
    await case.withdraw()
    return case


async def overridden(house: House) -> Case:
    """Two people put their word in the place of the panel's."""
    house.programme("overruled", overriders=("ministry",))
    case = await house.propose(programme="overruled")
    gate = await case.gate("review")
    said = {"gate": gate["id"], "content_hash": gate["content_hash"], "reason": "The minister decides."}
    for actor in ("molit.park", "molit.jung"):
        await case.send("override", Override(actor=actor, outcome=Outcome.REJECTED, **said))
    return case


def _withdrawn_at(gate: str) -> Scenario:
    async def scenario(house: House) -> Case:
        case = await house.propose()
        await case.reach(gate)
        await case.withdraw()
        return case

    return scenario


def _open_at(gate: str) -> Scenario:
    async def scenario(house: House) -> Case:
        case = await house.propose()
        await case.reach(gate)
        return case

    return scenario


CLOSED: dict[str, tuple[Scenario, str]] = {
    "happy": (happy, "launched"),
    "rejected": (rejected, "rejected"),
    "returned": (returned, "launched"),
    "rounds-used-up": (rounds_used_up, "rejected"),
    "funding-rejected": (funding_rejected, "rejected"),
    "funding-returned": (funding_returned, "launched"),
    "waitlisted": (waitlisted, "withdrawn"),
    "offered": (offered, "withdrawn"),
    "replaced": (replaced, "launched"),
    "tender-failed": (tender_failed, "withdrawn"),
    "paid-by-schedule": (paid_by_schedule, "launched"),
    "offer-expired": (offer_expired, "lapsed"),
    "review-lapsed": (review_lapsed, "lapsed"),
    "escalated": (escalated, "withdrawn"),
    "revision-lapsed": (revision_lapsed, "lapsed"),
    "award-lapsed": (award_lapsed, "lapsed"),
    "infeasible": (infeasible, "infeasible"),
    "conditional": (conditional, "launched"),
    "deliverable-returned": (deliverable_returned, "launched"),
    "deliverable-rejected": (deliverable_rejected, "abandoned"),
    "signature-refused": (signature_refused, "launched"),
    "signatory-replaced": (signatory_replaced, "launched"),
    "abandoned": (abandoned, "abandoned"),
    "launch-rejected": (launch_rejected, "rejected"),
    "cancelled": (cancelled, "cancelled"),
    "decided-again": (decided_again, "withdrawn"),
    "not-confirmed": (not_confirmed, "rejected"),
    "deputised": (deputised, "withdrawn"),
    "clock-changed": (clock_changed, "withdrawn"),
    "calendar-changed": (calendar_changed, "withdrawn"),
    "overridden": (overridden, "rejected"),
} | {f"withdrawn-at-{gate}": (_withdrawn_at(gate), "withdrawn") for gate in GATES}
"""Every way a case can close, and the status it closes with."""

OPEN: dict[str, Scenario] = {f"open-at-{gate}": _open_at(gate) for gate in GATES}
"""Cases that still wait, at every gate."""
