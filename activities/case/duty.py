"""Segregation of duties, read back from the record: who did what in which case, and what should not be.

Of a record with many cases little is held at once: counts by person and act, which the database makes from an
index of what people did, and the entries of those cases in which one person did two acts that some programme
keeps apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, exists, func, select, union, union_all

from activities.case import registry as programme
from activities.paging import CHUNK, merged
from models.case.duty import ALWAYS, Act, Duty, breach
from models.tables.case import case as cases
from models.tables.people import person
from models.tables.record import IS_DEED, IS_DEED_FOR, record


class Deed(NamedTuple):
    """An act of one person in a case. A delegated one is a deed of either name behind it."""

    seq: int
    """The entry that has it on record."""
    case: str
    act: Act
    who: str
    """Who it is, whatever the account."""
    account: str


class Violation(NamedTuple):
    """Two acts of one person in one case that take two people, and the entries behind them."""

    case: str
    who: str
    duty: str
    records: tuple[int, ...]

    def __str__(self) -> str:
        entries = ", ".join(map(str, self.records))
        return f"{self.case}: {self.who} broke {self.duty} (records {entries})"


class Doer(NamedTuple):
    """Somebody who did something: under which accounts, and how many deeds of each act."""

    who: str
    accounts: tuple[str, ...]
    acts: Mapping[Act, int]


def doers(connection: Connection, case: str | None = None) -> list[Doer]:
    """Everybody who did something, in one case or in all, in the order of their accounts."""
    who = _subjects(connection)
    found: dict[str, tuple[set[str], dict[Act, int]]] = {}
    for row in chain.from_iterable(map(connection.execute, _counts(case))):
        accounts, acts = found.setdefault(who.get(row.account, row.account), (set(), {}))
        accounts.add(row.account)
        acts[Act(row.act)] = acts.get(Act(row.act), 0) + row.deeds
    people = (Doer(name, tuple(sorted(accounts)), acts) for name, (accounts, acts) in found.items())
    return sorted(people, key=lambda doer: doer.accounts)


def _subjects(connection: Connection) -> dict[str, str]:
    """Who is behind an account, where the account is not all there is."""
    wanted = select(person.c.id, person.c.subject).where(person.c.subject.is_not(None))
    return {row.id: row.subject for row in connection.execute(wanted)}


_NAMES = ((record.c.actor, IS_DEED), (record.c.on_behalf_of, IS_DEED_FOR))
"""The columns in which whoever did something may stand, and which entries have them."""


def _counts(case: str | None) -> Iterator[Select[Any]]:
    for name, there in _NAMES:
        wanted = select(name.label("account"), record.c.act, func.count().label("deeds"))
        wanted = wanted.where(there).group_by(name, record.c.act)
        yield wanted if case is None else wanted.where(record.c.case == case)


def _deeds_of(doer: Doer, column: Any, act: Act | None = None) -> list[Select[Any]]:
    """A column of somebody's deeds, for each account that did them and that they were done for."""
    found = [
        select(column).where(name == account, there) for account in doer.accounts for name, there in _NAMES
    ]
    return [wanted.where(record.c.act == act) for wanted in found] if act else found


def numbers(
    connection: Connection, doer: Doer, act: Act, case: str | None = None, limit: int | None = None
) -> Sequence[int]:
    """The entries with somebody's deeds of one act, in the order of the record; all, or the first."""
    if act not in doer.acts:
        return ()
    if case is not None:
        return [deed.seq for deed in _deeds(connection, doer, [case]) if deed.act is act][:limit]
    found = merged(_deeds_of(doer, record.c.seq, act), record.c.seq)
    return connection.scalars(found.limit(limit)).all()


def cases_of(connection: Connection, doer: Doer, case: str | None = None) -> int:
    """In how many cases somebody did something."""
    if case is not None:
        return 1
    found = union(*_deeds_of(doer, record.c.case)).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def violations(connection: Connection, people: Iterable[Doer], case: str | None = None) -> list[Violation]:
    """Every two deeds of one person in one case, or in any, that break a duty; none, if all went as it
    should.
    """
    kept = _kept(connection)
    apart = {*ALWAYS, *chain.from_iterable(kept.values())}
    found: list[Violation] = []
    for doer in people:
        done_both = set[str]()
        for duty in apart:
            if duty.one in doer.acts and duty.other in doer.acts:
                done_both |= _did_both(connection, doer, duty) if case is None else {case}
        both = sorted(done_both)
        for some in (both[at : at + CHUNK] for at in range(0, len(both), CHUNK)):
            found += judged(_deeds(connection, doer, some), _pinned(connection, some, kept))
    return sorted(found, key=lambda one: one.records)


def _kept(connection: Connection) -> Mapping[str, tuple[Duty, ...]]:
    """The duties of every programme that is kept, by its digest."""
    versions = programme.all_kept(connection)
    return {digest: version.rules.duties for digest, version in versions.items()}


def _did_both(connection: Connection, doer: Doer, duty: Duty) -> set[str]:
    """The cases in which somebody did both acts of a duty, whichever programme they are pinned to."""
    one, other = (
        union_all(*_deeds_of(doer, record.c.case, act)).subquery() for act in (duty.one, duty.other)
    )
    return set(connection.scalars(select(one.c.case).intersect(select(other.c.case))))


def _deeds(connection: Connection, doer: Doer, some: Sequence[str]) -> list[Deed]:
    """What somebody did in some cases, in the order of the record."""
    wanted = select(record.c.seq, record.c.case, record.c.act, record.c.actor, record.c.on_behalf_of)
    wanted = wanted.where(record.c.case.in_(some), IS_DEED).order_by(record.c.seq)
    return [
        Deed(row.seq, row.case, Act(row.act), doer.who, account)
        for row in connection.execute(wanted)
        for account in (row.actor, row.on_behalf_of)
        if account in doer.accounts
    ]


def _pinned(
    connection: Connection, some: Sequence[str], kept: Mapping[str, tuple[Duty, ...]]
) -> Mapping[str, tuple[Duty, ...]]:
    """The duties of cases: those of the version of the programme that each is pinned to."""
    rows = connection.execute(select(cases.c.id, cases.c.rules).where(cases.c.id.in_(some)))
    return {row.id: kept[row.rules] for row in rows if row.rules in kept}


def judged(done: Iterable[Deed], rules: Mapping[str, tuple[Duty, ...]]) -> list[Violation]:
    """Every two of these deeds that one person did in one case and that break a duty of it."""
    behind: dict[tuple[str, str], dict[Act, list[int]]] = {}
    for deed in done:
        behind.setdefault((deed.case, deed.who), {}).setdefault(deed.act, []).append(deed.seq)
    return [
        Violation(case, who, str(duty), tuple(sorted({*acts[one], *acts[other]})))
        for (case, who), acts in behind.items()
        for one, other in combinations(acts, 2)
        if (duty := breach(rules.get(case, ()), frozenset({one}), other))
    ]


def unverified(connection: Connection, case: str | None = None) -> Sequence[str]:
    """Cases in which people did something, and whose version of the programme is not kept."""
    there = IS_DEED if case is None else and_(IS_DEED, record.c.case == case)
    lost = select(record.c.case).where(there, ~exists().where(cases.c.id == record.c.case))
    forgotten = select(cases.c.id).where(
        cases.c.rules.not_in(list(_kept(connection))), exists().where(there, record.c.case == cases.c.id)
    )
    if case is not None:
        forgotten = forgotten.where(cases.c.id == case)
    return sorted({*connection.scalars(lost), *connection.scalars(forgotten)})
