"""Places where a case can wait. At each of them it is rewound, and must go on from what the record has."""

from collections.abc import Callable, Coroutine
from typing import Any

from activities.people import person
from models.agreement.agreement import Signature, SignatureVerdict
from models.agreement.replacement import Replacement
from models.agreement.rule import AgreementRule
from models.case.conflict_of_interest import Challenge
from models.case.deadline import Extension, Pause, Resume
from models.case.override import Override
from models.case.panel import Outcome
from models.case.record import Answer
from models.case.rule import CaseRule
from models.case.seat_assignment import Reassignment
from models.money.fund import Sleeve
from models.payment.payment import Hold, PaymentState, Release
from models.people.person import Person
from services.agreement import authority
from testing.fakebank import Manner
from tests.support import paying
from tests.support.house import Case, House, sha
from tests.support.kinds import started
from tests.support.rewinding import Rewind
from tests.support.scenarios import fund_of

Place = Callable[[House, Rewind], Coroutine[Any, Any, None]]


async def votes_at_a_panel(house: House, rewind: Rewind) -> None:
    """One of two has voted; the same words get the same answer, and nobody votes twice."""
    case = await house.propose()
    gate = await case.gate("review")
    first = await case.vote(gate, "expert.lim")
    await rewind(case, case.handle)
    assert (await case.vote(gate, "expert.lim")).seq == first.seq
    assert (await case.vote(gate, "expert.lim", comment="Yes.")).rule == CaseRule.SECOND_VOTE
    assert (await case.vote(gate, "sec.han")).accepted
    await rewind(case, case.handle)
    await case.approve("funding")
    assert case.money() == {"committed": 1_000_001}
    await case.gate("study.tender")
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert case.money() == {}
    assert case.actions().count("vote approve") == 4


async def a_child_is_open(house: House, rewind: Rewind) -> None:
    """A partnership waits for its study, then for its agreement; both are rewound, too."""
    case = await house.propose()
    await case.reach("study.award")
    await rewind(case, case.study)
    await rewind(case, case.handle)
    await rewind(case, case.study)
    assert (await case.award()).accepted
    await case.deliver("inception")
    await rewind(case, case.handle)
    await case.approve("study.inception")
    await case.reach_from("study.interim-delivery", "agreement.signing")
    await case.sign("minister.kr")
    agreement = house.client.get_workflow_handle(f"partnership/{case.id}/agreement")
    await rewind(case, agreement)
    await rewind(case, case.handle)
    gate = (await case.gate("agreement.signing"))["id"]
    fields = {"document": sha(f"{case.id} text 1"), "verdict": SignatureVerdict.SIGN, "gate": gate}
    again = await case.send("sign", Signature(actor="minister.kr", authority="Full powers.", **fields))
    assert again.rule == AgreementRule.ALREADY_SIGNED
    await case.sign("signatory.vn")
    await case.gate("launch")
    await rewind(case, case.handle)
    await case.approve("launch")
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": 1_000_001}
    assert case.actions().count("tranche due") == 3


async def waiting_for_money(house: House, rewind: Rewind) -> None:
    """Another case has the money; it comes back, is offered, and taken up."""
    name = f"queue-{rewind.__name__.replace('_', '-')}"
    fund = fund_of(house, f"fund-{name}", Sleeve(id=f"sl-{name}", name="S", cap=1_500_000))
    house.programme(name, sleeve=f"sl-{name}", fund=fund)
    first = await house.propose(programme=name)
    await first.approve("review")
    await first.gate("funding")
    case = await house.propose(programme=name)
    await case.approve("review")
    await case.gate("funding.revision")
    await rewind(case, case.handle)
    await first.withdraw()
    await case.gate("funding.offer")
    await rewind(case, case.handle)
    assert (await case.answer_offer()).accepted
    await case.gate("funding", 2)
    await rewind(case, case.handle)
    await case.approve("funding", 2)
    await case.gate("study.tender")
    assert case.money() == {"committed": 1_000_001}
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    assert case.money() == {}


async def a_decision_is_taken_again(house: House, rewind: Rewind) -> None:
    """What is open is suspended until the panel has confirmed, and goes on afterwards; once."""
    case = await house.propose()
    review = await case.gate("review")
    await case.approve("review")
    funding = await case.gate("funding")
    await _challenge(case, review["id"], "expert.lim", "coord.seo")
    await rewind(case, case.handle)
    await _challenge(case, review["id"], "expert.lim", "expert.lim")
    again = await case.gate("review.again")
    await rewind(case, case.handle)
    assert (await case.vote(funding, "molit.park")).rule == CaseRule.RECONSIDERED
    assert (await case.vote(again, "sec.han")).accepted
    await rewind(case, case.handle)
    assert (await case.vote(again, "molit.jung")).accepted
    await case.until("clock running again")
    await rewind(case, case.handle)
    await case.approve("funding")
    await case.gate("study.tender")
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    actions = case.actions()
    for action in ("decision reopened", "clock running again", "struck", "challenged"):
        assert actions.count(action) == 1, action
    assert case.money() == {}


async def _challenge(case: Case, gate: str, person: str, actor: str) -> None:
    said = Challenge(gate=gate, actor=actor, person=person, reason="Owns shares of the bidder.")
    answer = await case.send("challenge", said)
    assert answer.accepted, answer


async def clocks_and_seats(house: House, rewind: Rewind) -> None:
    """A request for more days is pending, the clock stands still, a seat is assigned."""
    case = await house.propose()
    gate = (await case.gate("review"))["id"]
    await case.send("reassign", Reassignment(gate=gate, actor="expert.lim", new="expert.lim"))
    await case.send("extend", Extension(gate=gate, actor="expert.lim", working_days=3, reason="A."))
    await rewind(case, case.handle)
    await case.send("extend", Extension(gate=gate, actor="sec.han", working_days=3, reason="B."))
    await case.send("pause", Pause(gate=gate, actor="sec.han", reason="Wait."))
    await case.send("reassign", Reassignment(gate=gate, actor="sec.bae", new="sec.bae"))
    await rewind(case, case.handle)
    twice = await case.send("pause", Pause(gate=gate, actor="expert.lim", reason="Wait, too."))
    assert twice.rule == CaseRule.CLOCK
    assert (await case.send("resume", Resume(gate=gate, actor="sec.han", reason="Go."))).accepted
    assert (await case.vote(await case.gate("review"), "sec.han")).rule == CaseRule.CLAIMED
    seats = Reassignment(gate=gate, actor="molit.park", new="molit.park")
    assert (await case.send("reassign", seats)).accepted
    await rewind(case, case.handle)
    assert (
        await case.send("reassign", Reassignment(gate=gate, actor="molit.park", old="molit.park"))
    ).accepted
    actions = case.actions()
    for action in ("deadline extended", "clock stopped", "clock running again", "released"):
        assert actions.count(action) == 1, action
    assert actions.count("claimed") == 3
    await case.withdraw()
    assert await case.ended() == "withdrawn"


async def somebody_was_called_in(house: House, rewind: Rewind) -> None:
    """The deadline has passed: the director has a seat now, and has taken it on."""
    case = await house.propose()
    gate = (await case.gate("review"))["id"]
    await house.skip(case.handle, days=34)
    await case.until("escalated")
    taken = Reassignment(gate=gate, actor="director.kang", new="director.kang")
    assert (await case.send("reassign", taken)).accepted
    await rewind(case, case.handle)
    again = await case.send("reassign", taken)
    assert again.rule in (None, CaseRule.CLAIMED), again
    assert (await case.vote(await case.gate("review"), "director.kang")).accepted
    await rewind(case, case.handle)
    assert (await case.vote(await case.gate("review"), "expert.lim")).accepted
    await case.gate("funding")
    actions = case.actions()
    assert (actions.count("escalated"), actions.count("claimed")) == (1, 1)
    assert actions.count("reminded") == 2
    await case.withdraw()
    assert await case.ended() == "withdrawn"


async def a_part_that_is_over_is_challenged(house: House, rewind: Rewind) -> None:
    """The partnership takes an acceptance of its study again, once the study is over."""
    case = await house.propose()
    await case.reach("agreement.text")
    final = f"{case.id}:study.final:1"
    await _challenge(case, final, "expert.lim", "coord.seo")
    await rewind(case, case.handle)
    await _challenge(case, final, "expert.lim", "expert.lim")
    again = await case.gate("study.final.again")
    await rewind(case, case.handle)
    assert (await case.vote(again, "sec.bae")).accepted
    await case.table()
    await case.gate("agreement.clearance")
    await rewind(case, case.handle)
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    actions = case.actions()
    assert (actions.count("decision reopened"), actions.count("struck")) == (1, 1)


async def an_override_is_asked_for(house: House, rewind: Rewind) -> None:
    """The second person says the same later; somebody else has voted meanwhile."""
    name = f"overruled-{rewind.__name__.replace('_', '-')}"
    house.programme(name, overriders=("ministry",))
    case = await house.propose(programme=name)
    gate = await case.gate("review")
    said: dict[str, Any] = {"gate": gate["id"], "content_hash": gate["content_hash"], "reason": "So be it."}
    said |= {"outcome": Outcome.REJECTED}
    assert (await case.send("override", Override(actor="molit.park", **said))).accepted
    assert (await case.vote(gate, "expert.lim")).accepted
    await rewind(case, case.handle)
    assert (await case.send("override", Override(actor="molit.park", **said))).accepted, "the same words"
    assert (await case.send("override", Override(actor="molit.jung", **said))).accepted
    assert await case.ended() == "rejected"
    assert case.actions().count("overridden: rejected") == 1


async def a_contract_is_about_to_be_ended(house: House, rewind: Rewind) -> None:
    """One has asked for it; the second confirms later, when another deliverable is accepted."""
    subject = await started(house, "study")
    case = subject.case
    assert (await case.award()).accepted
    await case.gate("study.inception-delivery")
    assert (await case.terminate("sec.han")).accepted
    await rewind(case, subject.handle)
    await case.deliver("inception")
    await case.approve("study.inception")
    await case.gate("study.interim-delivery")
    await rewind(case, subject.handle)
    answer = await case.terminate("coord.seo")
    assert answer.accepted, answer
    assert (await subject.handle.result())["status"] == "terminated"
    rows = [row for row in case.history() if row["workflow_id"] == subject.handle.id]
    assert rows[-1]["payload"]["effects"][-1]["outcome"]["accepted"] == ["inception"]
    assert case.actions().count("contract terminated") == 1


async def a_signatory_is_being_replaced(house: House, rewind: Rewind) -> None:
    """One has asked for it, then it is done and undone; who signs in the end is the one on record."""
    case = await house.propose()
    await case.reach("agreement.signing")
    agreement = house.client.get_workflow_handle(f"partnership/{case.id}/agreement")
    gate = (await case.gate("agreement.signing"))["id"]

    async def replaced(actor: str, old: str, new: str) -> Answer:
        times = house.read(lambda connection: authority.times_named(connection, gate, old))
        said = Replacement(gate=gate, actor=actor, old=old, new=new, times=times, reason="A new one.")
        return await case.send("replace_signatory", said)

    with house.database.begin() as connection:
        fields = {"name": "Vice Minister", "organisation": "host.vn", "email": "vice@accord.example"}
        one = Person.model_validate({"id": "vice.vn", "roles": ["signatory"]} | fields)
        person.register(connection, [one])
    assert (await case.sign("minister.kr")).accepted
    first = await replaced("coord.seo", "signatory.vn", "vice.vn")
    await rewind(case, agreement)
    assert (await replaced("coord.seo", "signatory.vn", "vice.vn")).seq == first.seq, "the same words"
    assert (await replaced("nominator.vn", "signatory.vn", "vice.vn")).accepted
    await rewind(case, agreement)
    # nobody's words are refused here who may say them later: in a trial a reset sends them again
    assert (await replaced("coord.seo", "vice.vn", "signatory.vn")).accepted
    assert (await replaced("nominator.vn", "vice.vn", "signatory.vn")).accepted
    await rewind(case, agreement)
    assert (await case.sign("vice.vn")).rule == AgreementRule.NOT_A_PARTY
    assert (await case.sign("signatory.vn")).accepted
    await case.gate("launch")
    await case.withdraw()
    assert await case.ended() == "withdrawn"
    actions = case.actions()
    assert (actions.count("signatory replaced"), actions.count("text sign")) == (2, 2)


async def paid_once(house: House, rewind: Rewind) -> None:
    """Rejected by the bank, asked for again, held, released, sent, shown: at every place rewound."""
    case = (await started(house, "payment")).case
    handle = paying.payment(case)
    house.bank.manners = [Manner.REJECT]
    assert (await case.request("inception")).accepted
    await rewind(case, handle)
    await case.approve("study.inception-payment")
    await case.gate("study.inception-request", 2)
    await rewind(case, handle)
    assert (await case.request("inception", 2)).accepted
    gate = (await case.gate("study.inception-payment", 2))["id"]
    assert (await case.send("hold", Hold(gate=gate, actor="pay.oh", reason="Odd."))).accepted
    await case.approve("study.inception-payment", 2)
    await rewind(case, handle)
    assert (await case.send("release", Release(gate=gate, actor="pay.ryu", reason="Fine."))).accepted
    await case.payment("inception", PaymentState.PAID)
    await rewind(case, handle)
    line = paying.shown(case, instruction=f"{case.id}:study.inception:2", gate=gate)
    assert (await case.send("match", line)).accepted
    await case.payment("inception", PaymentState.RECONCILED)
    await rewind(case, handle)
    assert (await case.send("match", line)).accepted
    assert case.money() == {"committed": 700_001, "disbursed": 300_000}
    assert [key for key in house.bank.posts if key.startswith(case.id)] == [
        f"{case.id}:study.inception:{round_}" for round_ in (1, 2)
    ]
    assert "payment in doubt" not in case.actions()
    assert case.actions().count("payment made") == 1


PLACES: tuple[Place, ...] = (
    votes_at_a_panel,
    a_child_is_open,
    waiting_for_money,
    a_decision_is_taken_again,
    clocks_and_seats,
    somebody_was_called_in,
    a_part_that_is_over_is_challenged,
    an_override_is_asked_for,
    a_contract_is_about_to_be_ended,
    a_signatory_is_being_replaced,
    paid_once,
)
