"""Auditors: who did what in a case, and whether one person did two things that take two."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple

import typer
from sqlalchemy import Connection

from activities.case import duty
from activities.case.duty import Doer, Violation
from activities.paging import UnknownPlace
from cli.context import Context
from cli.errors import Exit
from cli.output import Output, OutputOption, Row, remark
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.case.duty import Act

KEY = "person"
COLUMNS = (KEY, "cases", *Act, "violations")

_NAMED = 4
"""So many entries a cell of the table names; further ones are counted."""


class _Audit(NamedTuple):
    """What is asked, who did something, and what was found to be wrong, whatever page is shown."""

    case: str | None
    output: Output
    people: Sequence[Doer]
    found: Sequence[Violation]
    unverified: Sequence[str]


def duties(
    context: Context,
    case: Annotated[str | None, typer.Argument(help="the number of a case; none: all cases")] = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Who did what, by the numbers of the entries, and every breach of duty. Exit code 10: there is one.

    One person is counted as one, under all their accounts. A delegated vote counts for either name. However
    many people are shown, everybody is looked at for breaches.
    """
    if case:
        context.case(case)
    audit = context.read(lambda connection: _audit(connection, case, output))
    shown = Shown(COLUMNS, output, lambda row: row["told"]())
    print_page(context, partial(_page, audit), KEY, limit, after, shown)
    unknown = (f"{one}: the programme it is pinned to is not kept" for one in audit.unverified)
    for wrong in (*audit.found, *unknown):
        remark(f"accord: {wrong}")
    remark(f"duties: {len(audit.people)} people, {len(audit.found)} violations")
    if audit.found or audit.unverified:
        raise typer.Exit(Exit.VERIFICATION)


def _audit(connection: Connection, case: str | None, output: Output) -> _Audit:
    people = duty.doers(connection, case)
    found = duty.violations(connection, people, case)
    return _Audit(case, output, people, found, duty.unverified(connection, case))


def _page(audit: _Audit, connection: Connection, limit: int | None, after: str | None) -> list[Row]:
    """People from behind the one with an account; what a row says is read when it is its turn."""
    first = 0 if after is None else 1 + _place(audit.people, after)
    page = audit.people[first:][:limit]
    return [{KEY: doer.accounts[0], "told": partial(_row, audit, connection, doer)} for doer in page]


def _place(people: Sequence[Doer], after: str) -> int:
    account = after.partition(",")[0]  # a row may name several; the first is enough
    found = next((place for place, doer in enumerate(people) if account in doer.accounts), None)
    if found is None:
        raise UnknownPlace(after)
    return found


def _row(audit: _Audit, connection: Connection, doer: Doer) -> dict[str, Any]:
    """What one person did."""
    found = [violation for violation in audit.found if violation.who == doer.who]
    limit = _NAMED if audit.output is Output.TABLE else None
    behind = {act: duty.numbers(connection, doer, act, audit.case, limit) for act in Act}
    row: dict[str, Any] = {KEY: ", ".join(doer.accounts)}
    row["cases"] = duty.cases_of(connection, doer, audit.case)
    if audit.output in (Output.JSON, Output.JSONL):
        return row | behind | {"who": doer.who, "violations": [violation._asdict() for violation in found]}
    row |= {act: _numbers(seqs, doer.acts.get(act, 0)) for act, seqs in behind.items()}
    return row | {"violations": "; ".join(map(str, found))}


def _numbers(seqs: Sequence[int], count: int) -> str:
    named = " ".join(map(str, seqs))
    more = count - len(seqs)
    return f"{named} +{more}" if more else named
