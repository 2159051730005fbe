"""Auditors: who did what in a case, and whether one person did two things that take two."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from activities.case import duty
from activities.case.duty import Deed, Violation
from cli.context import Context
from cli.errors import Exit
from cli.output import Output, OutputOption, print_rows
from models.case.duty import Act

COLUMNS = ("person", "cases", *Act, "violations")

_NAMED = 4
"""So many entries a cell of the table names; further ones are counted."""


def duties(
    context: Context,
    case: Annotated[str | None, typer.Argument(help="the number of a case; none: all cases")] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Who did what, by the numbers of the entries, and every breach of duty. Exit code 10: there is one.

    One person is counted as one, under all their accounts. A delegated vote counts for either name.
    """
    if case:
        context.case(case)
    done = context.read(lambda connection: duty.deeds(connection, case))
    rules = context.read(duty.duties)
    found = duty.violations(done, rules)
    print_rows(_matrix(done, found, output), COLUMNS, output)
    unknown = sorted({deed.case for deed in done} - rules.keys())
    for wrong in (*found, *(f"{case}: the programme it is pinned to is not kept" for case in unknown)):
        typer.echo(f"accord: {wrong}", err=True)
    typer.echo(f"duties: {len({deed.who for deed in done})} people, {len(found)} violations", err=True)
    if found or unknown:
        raise typer.Exit(Exit.VERIFICATION)


def _matrix(done: Sequence[Deed], found: Iterable[Violation], output: Output) -> list[dict[str, Any]]:
    """A row for each person, in the order of their accounts."""
    of: dict[str, list[Deed]] = {}
    for deed in done:
        of.setdefault(deed.who, []).append(deed)
    rows = [_row(who, mine, [one for one in found if one.who == who], output) for who, mine in of.items()]
    return sorted(rows, key=lambda row: str(row["person"]))


def _row(who: str, done: Sequence[Deed], found: Sequence[Violation], output: Output) -> dict[str, Any]:
    row: dict[str, Any] = {"person": ", ".join(sorted({deed.account for deed in done}))}
    row["cases"] = len({deed.case for deed in done})
    behind = {act: [deed.seq for deed in done if deed.act is act] for act in Act}
    if output in (Output.JSON, Output.JSONL):
        return row | behind | {"who": who, "violations": [violation._asdict() for violation in found]}
    limit = _NAMED if output is Output.TABLE else None
    row |= {act: _numbers(seqs, limit) for act, seqs in behind.items()}
    return row | {"violations": "; ".join(map(str, found))}


def _numbers(seqs: Sequence[int], limit: int | None) -> str:
    named = " ".join(map(str, seqs[:limit]))
    more = len(seqs[limit:]) if limit else 0
    return f"{named} +{more}" if more else named
