"""Which promises did not hold. Pure: it sees what people asked and were told, and what is left."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from models.case.notice import NoticeStatus
from models.payment.payment import PaymentState
from testing.chaos.evidence import Entry, Evidence
from testing.chaos.history import Operation, Outcome


class Promise(StrEnum):
    """What is promised (``docs/promises.md``)."""

    ACKNOWLEDGED = "what was acknowledged is on record, under that number"
    REFUSED = "what was refused does not count"
    ASKED = "nothing counts that nobody has asked for"
    ONCE = "nothing counts twice, also where nobody was told"
    WHOLE = "no number and no entry of the record is missing"
    BOOKS = "books balance, and follow from the record"
    PAID = "the bank was paid exactly what is booked as paid, once"
    GIVEN_BACK = "a case that is closed holds no money"
    ENDS = "every case can be ended"
    LETTERS = "every letter arrives, at least once"
    NAMED = "engine, record and ledger agree when calm has returned"
    UNWEDGED = "no workflow is stuck"


class Violation(NamedTuple):
    """A promise that did not hold, and where."""

    promise: Promise
    detail: str


def violations(operations: Iterable[Operation], evidence: Evidence) -> Iterator[Violation]:
    """Every one of them."""
    asked = tuple(operations)
    for promise, look in _LOOKS.items():
        for detail in look(asked, evidence):
            yield Violation(promise, detail)


def _acknowledged(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    by_number = {entry.seq: entry for entry in evidence.entries}
    for one in operations:
        if one.outcome is Outcome.ACCEPTED:
            entry = by_number.get(one.seq or 0)
            if entry is None or not _is_of(entry, one):
                there = entry and f"{entry.name} of {entry.actor}, {entry.rule or 'accepted'}"
                yield f"request {one.number}: record {one.seq} is {there or 'not there'}"


def _is_of(entry: Entry, asked: Operation) -> bool:
    """Whether this entry is the acceptance of what was asked."""
    who = (entry.case, entry.name, entry.actor) == (asked.case, asked.name, asked.actor)
    return entry.rule is None and who and asked.content in (None, entry.content)


def _refused(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    """What was asked several times may have been accepted once: only where all were refused, it is away."""
    known = defaultdict(set)
    for one in operations:
        if one.content:
            known[one.case, one.name, one.actor, one.content].add(one.outcome)
    for entry in evidence.entries:
        if known.get((entry.case, entry.name or "", entry.actor, entry.content or "")) == {Outcome.REFUSED}:
            yield f"record {entry.seq}: {entry.name} of {entry.actor} was refused, and counts"


def _asked(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    """Whoever forges a message, or sends again what others have sent, is refused."""
    known = {(one.case, one.name, one.actor, one.content) for one in operations}
    unread = {(one.case, one.name, one.actor) for one in operations if one.content is None}
    for entry in evidence.entries:
        what = (entry.case, entry.name or "", entry.actor)
        if entry.name and entry.rule is None and (*what, entry.content) not in known and what not in unread:
            yield f"record {entry.seq}: nobody has asked for {entry.name} of {entry.actor}"


def _once(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    sealed = Counter((entry.case, entry.seal) for entry in evidence.entries if entry.seal and not entry.rule)
    for (case, seal), times in sealed.items():
        if times > 1:
            yield f"{case}: the message {seal} counts {times} times"


def _whole(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    numbers = [entry.seq for entry in evidence.entries]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{len(numbers)} entries end with number {numbers[-1]}"
    for key, times in Counter(entry.key for entry in evidence.entries).items():
        if times > 1:
            yield f"{key} is there {times} times"


def _paid(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    for key, times in Counter(one.key for one in evidence.made).items():
        if times > 1:
            yield f"the bank has {key} {times} times"
    settled: Counter[str] = Counter()
    for one in evidence.made:
        settled[one.key.rpartition(":")[0]] += one.amount if one.settled else 0
    ours = {one.key: one for one in evidence.due}
    for key in settled.keys() - ours.keys():
        yield f"the bank has {key}, which is none of ours"
    for key, due in ours.items():
        state = PaymentState(due.state)
        right = {due.amount} if state.made else {0, due.amount} if state in _MAYBE else {0}
        if settled[key] not in right:
            yield f"{key} is {state}: the bank has paid {settled[key]} of {due.amount}"


_MAYBE = (PaymentState.SENT, PaymentState.IN_DOUBT)


def _letters(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    for key, status in evidence.letters.items():
        if status == NoticeStatus.PENDING:
            yield f"{key} waits"
        elif status == NoticeStatus.DELIVERED and evidence.arrived is not None and not evidence.arrived[key]:
            yield f"{key} is ticked off, and never came"


def _named(operations: Sequence[Operation], evidence: Evidence) -> Iterator[str]:
    """What the bank may have is a doubt that only people end; it must not be one that nobody knows of."""
    yield from evidence.differences
    for due in evidence.due:
        if due.state == PaymentState.IN_DOUBT and due.key not in evidence.doubts:
            yield f"{due.key} is in doubt, and nobody is told"


Look = Callable[[Sequence[Operation], Evidence], Iterable[str]]
_LOOKS: dict[Promise, Look] = {
    Promise.ACKNOWLEDGED: _acknowledged,
    Promise.REFUSED: _refused,
    Promise.ASKED: _asked,
    Promise.ONCE: _once,
    Promise.WHOLE: _whole,
    Promise.BOOKS: lambda _, evidence: evidence.discrepancies,
    Promise.PAID: _paid,
    Promise.GIVEN_BACK: lambda _, evidence: (f"{case}: {held}" for case, held in evidence.held.items()),
    Promise.ENDS: lambda _, evidence: evidence.open_cases,
    Promise.LETTERS: _letters,
    Promise.NAMED: _named,
    Promise.UNWEDGED: lambda _, evidence: evidence.wedged,
}
