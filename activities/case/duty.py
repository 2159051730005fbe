"""Segregation of duties, read back from the record: who did what in which case, and what should not be."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import Connection, select

from activities.case import registry as programme
from models.case.duty import Act, Duty, breach
from models.tables.case import case
from models.tables.people import person
from models.tables.record import record


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


def deeds(connection: Connection, case: str | None = None) -> list[Deed]:
    """What people did, in one case or in all, in the order of the record."""
    subjects = select(person.c.id, person.c.subject).where(person.c.subject.is_not(None))
    who = {row.id: row.subject for row in connection.execute(subjects)}
    wanted = select(record.c.seq, record.c.case, record.c.act, record.c.actor, record.c.on_behalf_of)
    wanted = wanted.where(record.c.act.is_not(None), record.c.rule.is_(None)).order_by(record.c.seq)
    if case is not None:
        wanted = wanted.where(record.c.case == case)
    return [
        Deed(row.seq, row.case, Act(row.act), who.get(account, account), account)
        for row in connection.execute(wanted)
        for account in filter(None, (row.actor, row.on_behalf_of))
    ]


def duties(connection: Connection) -> Mapping[str, tuple[Duty, ...]]:
    """The duties of every case: those of the version of the programme that it is pinned to.

    A case whose version is not kept is missing here.
    """
    kept = {digest: version.rules.duties for digest, version in programme.all_kept(connection).items()}
    pinned = connection.execute(select(case.c.id, case.c.rules))
    return {row.id: kept[row.rules] for row in pinned if row.rules in kept}


def violations(done: Iterable[Deed], rules: Mapping[str, tuple[Duty, ...]]) -> list[Violation]:
    """Every two deeds of one person in one case that break a duty; none, if all went as it should."""
    behind: dict[tuple[str, str], dict[Act, list[int]]] = {}
    for deed in done:
        behind.setdefault((deed.case, deed.who), {}).setdefault(deed.act, []).append(deed.seq)
    return [
        Violation(case, who, str(duty), tuple(sorted({*acts[one], *acts[other]})))
        for (case, who), acts in behind.items()
        for one, other in combinations(acts, 2)
        if (duty := breach(rules.get(case, ()), frozenset({one}), other))
    ]
