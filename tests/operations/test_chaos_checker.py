"""The checker of `accord chaos` sees each promise that did not hold, and nothing where all hold."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

import pytest

from models.case.approval import Decision
from models.case.panel import Choice
from models.case.record import Answer
from testing.chaos.checker import Promise, violations
from testing.chaos.evidence import Due, Entry, Evidence, Made
from testing.chaos.history import History, Operation, Outcome
from testing.chaos.mail import key_of
from testing.chaos.mishaps import SCENARIOS
from testing.chaos.run import Plan, schedule
from testing.chaos.world import Has

pytestmark = pytest.mark.pure

VOTE = Entry(1, "C-1", "C-1:review:1:lim", "lim", None, "decide", "d1", "s1")
ASKED = Operation(0, "C-1", "decide", "lim", "d1", Outcome.ACCEPTED, 1)
DUE, MADE = Due("C-1:final", "paid", 5), Made("C-1:final:1", 5, settled=True)
RIGHT = Evidence((VOTE,), due=(DUE,), made=(MADE,), letters={"l": "delivered"}, arrived=Counter(l=2))
"""Everything holds: a letter may come twice."""


def broken(evidence: Evidence, *asked: Operation) -> Sequence[Promise]:
    """The promises that did not hold."""
    return [one.promise for one in violations(asked or (ASKED,), evidence)]


def test_where_all_holds_nothing_is_said() -> None:
    assert broken(RIGHT) == []


@pytest.mark.parametrize("entries", [(), (VOTE,)])
def test_what_nobody_was_told_may_be_on_record_or_not(entries: tuple[Entry, ...]) -> None:
    assert broken(Evidence(entries), ASKED._replace(outcome=Outcome.UNKNOWN)) == []


@pytest.mark.parametrize(
    "forged", [{"actor": "han"}, {"case": "C-2"}, {"name": "withdraw"}, {"content": "d2"}]
)
def test_what_nobody_has_asked_for_does_not_count(forged: dict[str, str]) -> None:
    other = VOTE._replace(seq=2, key="k", seal="s2", **forged)
    assert broken(RIGHT._replace(entries=(VOTE, other))) == [Promise.ASKED]
    assert broken(RIGHT._replace(entries=(VOTE, other._replace(rule="NOT_ATTESTED")))) == []


@pytest.mark.parametrize(
    "there",
    [
        VOTE._replace(rule="NOT_ON_PANEL"),
        VOTE._replace(actor="han"),
        VOTE._replace(case="C-2"),
        VOTE._replace(name="withdraw"),
        VOTE._replace(content="d2"),
    ],
)
def test_what_was_acknowledged_is_there_as_it_was_asked(there: Entry) -> None:
    assert broken(RIGHT._replace(entries=(there,)))[0] == Promise.ACKNOWLEDGED


def test_what_was_acknowledged_is_there_under_that_number() -> None:
    assert broken(RIGHT, ASKED._replace(seq=2)) == [Promise.ACKNOWLEDGED]


def test_what_was_refused_does_not_count() -> None:
    refused = ASKED._replace(outcome=Outcome.REFUSED, seq=None)
    assert broken(RIGHT, refused) == [Promise.REFUSED]
    assert broken(RIGHT, ASKED, refused) == []  # the same words, asked twice: the first counts


def test_nothing_counts_twice_and_no_number_is_missing() -> None:
    again = VOTE._replace(seq=2, key="C-1:review:1:lim:again")
    assert broken(RIGHT._replace(entries=(VOTE, again))) == [Promise.ONCE]
    unlike = again._replace(seal="s2")
    assert broken(RIGHT._replace(entries=(VOTE, unlike._replace(seq=3)))) == [Promise.WHOLE]
    assert broken(RIGHT._replace(entries=(VOTE, unlike._replace(key=VOTE.key)))) == [Promise.WHOLE]


@pytest.mark.parametrize(
    ("due", "made"),
    [
        ((DUE,), (MADE, MADE)),
        ((DUE,), (MADE, MADE._replace(key="C-1:final:2"))),
        ((DUE,), ()),
        ((DUE,), (MADE._replace(settled=False),)),
        ((DUE,), (MADE._replace(amount=6),)),
        ((DUE._replace(state="cancelled"),), (MADE,)),
        ((), (MADE,)),
    ],
)
def test_the_bank_was_paid_what_is_booked_once(due: tuple[Due, ...], made: tuple[Made, ...]) -> None:
    assert set(broken(RIGHT._replace(due=due, made=made))) == {Promise.PAID}


@pytest.mark.parametrize("made", [(), (MADE,)])
@pytest.mark.parametrize("state", ["sent", "in_doubt"])
def test_what_is_in_doubt_was_paid_or_not(state: str, made: tuple[Made, ...]) -> None:
    right = RIGHT._replace(due=(DUE._replace(state=state),), made=made, doubts=frozenset({DUE.key}))
    assert broken(right) == []


def test_a_doubt_of_which_nobody_is_told_is_named() -> None:
    assert broken(RIGHT._replace(due=(DUE._replace(state="in_doubt"),))) == [Promise.NAMED]


@pytest.mark.parametrize(
    ("letters", "arrived"), [({"l": "pending"}, Counter("l")), ({"l": "delivered"}, Counter())]
)
def test_every_letter_arrives(letters: dict[str, str], arrived: Counter[str]) -> None:
    assert broken(RIGHT._replace(letters=letters, arrived=arrived)) == [Promise.LETTERS]


@pytest.mark.parametrize(
    ("left", "promise"),
    [
        ({"held": {"C-1": {"reserved": 5}}}, Promise.GIVEN_BACK),
        ({"open_cases": ("C-1",)}, Promise.ENDS),
        ({"discrepancies": ("a balance",)}, Promise.BOOKS),
        ({"differences": ("an orphan",)}, Promise.NAMED),
        ({"wedged": ("partnership/C-1",)}, Promise.UNWEDGED),
    ],
)
def test_what_is_left_is_named(left: dict[str, object], promise: Promise) -> None:
    assert broken(RIGHT._replace(**left)) == [promise]  # type: ignore[arg-type]


def test_a_seed_brings_the_same_again() -> None:
    plan = Plan("all", 7, 60.0)

    def first(plan: Plan) -> list[tuple[float, str, float]]:
        return [
            (pause, one.name, chance.random()) for pause, one, chance in islice(schedule(plan, {*Has}), 50)
        ]

    assert first(plan) == first(plan) != first(plan._replace(seed=8))


@pytest.mark.parametrize("has", Has)
def test_what_an_installation_must_have_for_it_happens_nowhere_else(has: Has) -> None:
    def happens(having: set[Has]) -> set[str]:
        return {one.name for _, one, _ in islice(schedule(Plan("all", 1, 60.0), having), 500)}

    for_it = {one.name for one in SCENARIOS["all"] if one.needs is has}
    assert for_it
    assert happens({*Has}) - happens({*Has} - {has}) == for_it


def test_what_was_asked_is_written_down_before_anybody_answers(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    vote = Decision(gate="C-1:review:1", actor="lim", verdict=Choice.APPROVE, content_hash="0" * 64)
    with closing(History(file)) as history:
        accepted, refused, _ = (history.asked("decide", vote) for _ in range(3))
        assert len(file.read_text().splitlines()) == 3
        history.answered(accepted, Answer(accepted=True, seq=4, message="On record.", standing="review/open"))
        history.refused(refused, None)
    told = [(one.outcome, one.seq, one.case) for one in history.operations]
    assert told == [
        (Outcome.ACCEPTED, 4, "C-1"),
        (Outcome.REFUSED, None, "C-1"),
        (Outcome.UNKNOWN, None, "C-1"),
    ]


@pytest.mark.parametrize("length", [1, 60, 65, 300])
def test_a_letter_is_known_by_its_key_however_long_that_is(length: int) -> None:
    letter = EmailMessage()
    letter["X-Accord-Key"] = "k" * length
    assert key_of(letter.as_bytes()) == "k" * length
