"""T5: envelopes that were seen on the way, handed in again as something else."""

import ast
import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.key_files import KeyProblem
from adapters.keys import OVERLAP, Ring
from models.base import digest
from models.case.approval import Decision
from models.case.envelope import FRESH_FOR, Belief, Envelope, Meant, Mode, believed
from models.case.panel import Choice
from models.case.record import Answer
from models.case.rule import CaseRule
from models.payment.payment import Hold, Release
from runtime import keys
from runtime.settings import ROOT
from services.people.principal import Principal, carrying
from tests.support import paying
from tests.support.house import House
from tests.support.rewinding import reset_to_the_last_task

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
TRIES = 10_000


def acts() -> list[str]:
    """The names of all messages that any workflow takes, or a command sends."""
    called = (
        node
        for room in ("workflows", "cli", "services")
        for file in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("takes", "send")
    )
    first = (node.args[0] for node in called if node.args)
    return sorted({str(word.value) for word in first if isinstance(word, ast.Constant)})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Now."""
    return Clock()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> Ring:
    """The keys of an installation."""
    return Ring(tmp_path / "keys", tmp_path / "signing", clock)


class Captured(NamedTuple):
    """An envelope as it went over the wire, and what it was for."""

    text: str
    meant: Meant


WORKFLOWS = [f"partnership/C-{number}{part}" for number in range(3) for part in ("", "/study", "/payment/x")]
PEOPLE = ("minister.kr", "sec.han", "coord.seo")


def captured(ring: Ring, act: str, number: int) -> Captured:
    """What somebody sent at nine o'clock."""
    workflow, person = WORKFLOWS[number % len(WORKFLOWS)], PEOPLE[number % len(PEOPLE)]
    message = digest([act, workflow, number])
    envelope = Envelope(
        kid=ring.kid,
        person=person,
        act=act,
        workflow=workflow,
        message=message,
        nonce=f"{number:032x}",
        issued_at=AT,
    )
    return Captured(ring.signed(envelope), Meant(act, workflow, message, person, AT))


def replays(meant: Meant, all_acts: list[str]) -> Iterator[Meant]:
    """The same envelope as anything else."""
    yield from (meant._replace(act=act) for act in all_acts if act != meant.act)
    yield from (meant._replace(workflow=other) for other in WORKFLOWS if other != meant.workflow)
    yield from (meant._replace(person=other) for other in (*PEOPLE, None) if other != meant.person)
    yield from (meant._replace(message=digest([meant.act, n])) for n in range(40))
    seconds = int(FRESH_FOR.total_seconds())
    for late in (seconds + 1, -seconds - 1, 3600, -3600, 86_400 * 365):
        yield meant._replace(at=AT + timedelta(seconds=late))
    chance = random.Random(meant.message)
    for _ in range(150):
        other = meant._replace(
            act=chance.choice(all_acts), workflow=chance.choice(WORKFLOWS), person=chance.choice(PEOPLE)
        )
        if other != meant:
            yield other


def test_the_same_envelope_counts_for_what_it_was_signed_for(ring: Ring) -> None:
    text, meant = captured(ring, "decide", 1)
    for mode in Mode:
        assert believed(ring.opened(text), meant, mode) == Belief(True, f"{1:032x}")


def test_of_ten_thousand_replays_none_is_believed(ring: Ring) -> None:
    """Every act as every other; at every other case and part; at other gates; by others; later and sooner."""
    tries = believed_ones = 0
    everything = acts()
    assert len(everything) > 30
    for number, act in enumerate(everything):
        text, meant = captured(ring, act, number)
        opened = ring.opened(text)
        for other, mode in itertools.product(replays(meant, everything), Mode):
            belief = believed(opened, other, mode)
            tries += 1
            believed_ones += belief.refused is None or bool(belief.attested)
    assert tries >= TRIES
    assert believed_ones == 0


def test_nothing_counts_of_a_key_that_was_withdrawn_or_is_another_s(
    ring: Ring, clock: Clock, tmp_path: Path
) -> None:
    old = ring.kid
    sent = [captured(ring, act, number) for number, act in enumerate(acts())]
    new = ring.rotate()
    assert ring.kid == new.kid != old
    assert all(isinstance(ring.opened(one.text), Envelope) for one in sent), "they may be on their way"
    clock.at = AT + OVERLAP
    for text, meant in sent:
        later = meant._replace(at=clock.at)
        assert believed(ring.opened(text), later, Mode.TRIAL).refused == CaseRule.ENVELOPE_LATE
    with_the_old = Envelope.model_validate_json(sent[0].text[128:]).model_copy(update={"issued_at": clock.at})
    assert ring.opened(ring.signed(with_the_old)) == CaseRule.ENVELOPE_FORGED, "it signs nothing more"
    ring.withdraw(old)
    assert {ring.opened(one.text) for one in sent} == {CaseRule.ENVELOPE_FORGED}
    stranger = Ring(tmp_path / "other", tmp_path / "other")
    assert ring.opened(captured(stranger, "decide", 1).text) == CaseRule.ENVELOPE_FORGED
    with pytest.raises(KeyProblem, match="Make another"):
        ring.withdraw(new.kid)


def test_no_byte_of_an_envelope_can_be_changed(ring: Ring) -> None:
    text, _ = captured(ring, "hold", 3)
    for at in range(len(text)):
        for other in {"0", "1", "x", '"'} - {text[at]}:
            changed = text[:at] + other + text[at + 1 :]
            assert ring.opened(changed) == CaseRule.ENVELOPE_FORGED or changed.lower() == text.lower()
        assert ring.opened(text[:at]) == CaseRule.ENVELOPE_FORGED


@pytest.mark.parametrize("text", ["", "x", "0" * 128, "0" * 128 + "{}", "é" * 200, "\x00" * 300, "{" * 5000])
def test_garbage_is_no_envelope(ring: Ring, text: str) -> None:
    assert ring.opened(text) == CaseRule.ENVELOPE_FORGED


async def update(house: House, text: str, workflow: str, name: str, message: object) -> Answer:
    """Hand in a message as somebody does who has seen an envelope."""
    handle = house.client.get_workflow_handle(workflow)
    with carrying(text):
        answer: Answer = await handle.execute_update(name, message, result_type=Answer)
    return answer


async def test_a_hold_that_was_signed_is_no_release(house: House) -> None:
    case = await paying.due(house)
    handle = paying.payment(case)
    gate = (await case.gate("study.inception-request"))["id"]
    assert (await case.request("inception")).accepted
    gate = (await case.gate("study.inception-payment"))["id"]
    hold = Hold(gate=gate, actor="pay.oh", reason="Odd.")
    said = keys.principal(house.settings, "pay.oh")
    text = said.envelope("hold", handle.id, hold.digest())
    held = await update(house, text, handle.id, "hold", hold)
    assert (held.accepted, held.attested) == (True, True)
    release = Release(gate=gate, actor="pay.oh", reason="Odd.")
    answer = await update(house, text, handle.id, "release", release)
    assert answer.rule == CaseRule.ENVELOPE_OTHER
    assert (await update(house, text, handle.id, "hold", hold)).rule == CaseRule.ENVELOPE_USED
    assert (await case.send("release", Release(gate=gate, actor="pay.ryu", reason="Fine."))).accepted
    again = await update(house, text, handle.id, "hold", hold)
    assert again.rule == CaseRule.ENVELOPE_USED
    rules = [row["rule"] for row in case.history() if row["rule"]]
    assert rules.count(CaseRule.ENVELOPE_OTHER) == 1
    assert rules.count(CaseRule.ENVELOPE_USED) == 2


async def test_an_envelope_counts_once_also_after_a_new_run(house: House) -> None:
    """The memory of a run is gone after a reset: the record has what was used."""
    case = await paying.due(house)
    handle = paying.payment(case)
    assert (await case.request("inception")).accepted
    gate = (await case.gate("study.inception-payment"))["id"]
    hold = Hold(gate=gate, actor="pay.oh", reason="Odd.")
    text = keys.principal(house.settings, "pay.oh").envelope("hold", handle.id, hold.digest())
    assert (await update(house, text, handle.id, "hold", hold)).accepted
    assert [row["nonce"] for row in case.history() if row["nonce"]] == [text.partition('"nonce":"')[2][:32]]
    assert (await case.send("release", Release(gate=gate, actor="pay.ryu", reason="Fine."))).accepted
    await reset_to_the_last_task(case, handle)
    answer = await update(house, text, handle.id, "hold", hold)
    assert answer.rule == CaseRule.ENVELOPE_USED


async def test_another_s_envelope_and_a_stranger_s_key_are_refused_on_record(
    house: House, tmp_path: Path
) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    vote = Decision(
        gate=gate["id"], verdict=Choice.APPROVE, actor="expert.lim", content_hash=gate["content_hash"]
    )
    mine = keys.principal(house.settings, "sec.han").envelope("decide", case.handle.id, vote.digest())
    stranger = Principal(Ring(tmp_path, tmp_path), "expert.lim")
    theirs = stranger.envelope("decide", case.handle.id, vote.digest())
    for text, rule in (
        (mine, CaseRule.ENVELOPE_OTHER),
        (theirs, CaseRule.ENVELOPE_FORGED),
        ("x", CaseRule.ENVELOPE_FORGED),
    ):
        answer = await update(house, text, case.handle.id, "decide", vote)
        assert (answer.accepted, answer.rule) == (False, rule)
    assert [row["rule"] for row in case.history(refused=True)] == [
        CaseRule.ENVELOPE_OTHER,
        CaseRule.ENVELOPE_FORGED,
        CaseRule.ENVELOPE_FORGED,
    ]
    await case.withdraw()


async def test_nobody_shuts_another_out_by_what_bears_their_name(house: House) -> None:
    """Sixty refusals an hour are the limit of whoever was really there."""
    case = await house.propose()
    gate = await case.gate("review")
    wrong = Decision(gate=gate["id"], verdict=Choice.APPROVE, actor="expert.lim", content_hash="0" * 64)
    for number in range(61):
        await case.handle.signal("decide", wrong.model_copy(update={"comment": str(number)}))
    house_of_expert = house.speaking("expert.lim")
    vote = wrong.model_copy(update={"content_hash": gate["content_hash"]})
    assert (await house_of_expert.send("decide", vote)).accepted
    await case.withdraw()
