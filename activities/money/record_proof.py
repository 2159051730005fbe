"""The proof that the database is what its record makes it: read only. Once a week it is made by itself."""

from collections.abc import Callable, Iterator
from itertools import chain

from sqlalchemy import Connection, Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case.comparison import compared, readable
from activities.case.finding import Finding
from activities.case.letters_proof import letters
from activities.case.rebuild import Rebuilt, rebuilt
from activities.money import evidence
from activities.money.dispatch_proof import handed_over
from activities.money.nightly_proof import Found
from activities.money.proof import one_moment
from activities.money.statement_proof import statements_kept
from models.money.book import Book, Claim, Discrepancy, Proved, root_of
from models.tables.whole import TABLES

RECORD = "record"
"""What a finding is of that is of no fund."""


def check_record(
    connection: Connection, root: str | None = None, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Discrepancy]:
    """What is not as the record makes it, as of one moment: of one fund and of no fund, or all of it.

    ``meanwhile`` is called now and then; what it raises ends the proof.
    """
    one_moment(connection)
    try:
        levels = evidence.books(connection)
    except (ValueError, TypeError) as error:
        yield Discrepancy(RECORD, Claim.DERIVED, f"fund: it has a value that cannot be read: {error}"[:300])
        levels = {}
    with rebuilt(connection, TABLES, meanwhile) as copy:
        for one in chain(copy.carry_out(), compared(copy), _beside(copy)):
            fund = _fund(levels, one)
            if root in (None, fund) or fund == RECORD:
                records = (one.record,) if one.record else ()
                detail = f"{one.table} {one.key}: {one.detail}"
                yield Discrepancy(fund, Claim.DERIVED, detail, records)


def _beside(copy: Rebuilt) -> Iterator[Finding]:
    """What no entry makes, held against what is on record, and what is kept twice."""
    yield from readable("notice", letters(copy))
    yield from readable("dispatch", handed_over(copy.stored))
    yield from readable("statement", statements_kept(copy.stored))


def _fund(levels: dict[str, Book], one: Finding) -> str:
    """The fund that a row is about; the entries about a fund have it for their case."""
    level = one.row.get("id" if one.table == "fund" else "fund", one.row.get("case"))
    known = level in levels or one.table in ("fund", "transfer")
    return root_of(levels, str(level)) if level and known else RECORD


class RecordProofs:
    """Proves the database by its record, and freezes the funds that are not what it makes them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn(name="prove-record")
    def prove_record(self) -> Proved:
        """Prove all of it. What is wrong is on record, by name, before anything is frozen."""
        found = Found()
        with self._engine.connect().execution_options(readonly=True) as connection:
            roots = {book.root for book in evidence.books(connection).values()}
            found.add(check_record(connection, meanwhile=_going_on))
        return found.settled(self._engine, len(roots))


def _going_on() -> None:
    if activity.in_activity() and activity.is_worker_shutdown():
        raise ApplicationError("The worker stops; the proof is made again.")
