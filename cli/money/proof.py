"""The proof of the books, for whoever wants it now."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from activities.money import checkpoint, proof
from activities.money.checkpoint import Standing
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.money.fund import known
from cli.output import Output, OutputOption, print_rows, tell
from models.money.book import Discrepancy

COLUMNS = ("fund", "claim", "detail", "records")
_ALL = "look at everything again, and make every table anew from the record to compare it"


def check(
    context: Context,
    fund: Annotated[str | None, typer.Argument(help="a fund, or a part of one; left out: all")] = None,
    all_: Annotated[bool, typer.Option("--all", help=_ALL)] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Prove the books: add up all of the journal, hold transfers against what was decided.

    All sums are made, from the first transfer on. One by one, those transfers are looked at that are newer
    than the last proof at night (it has looked at the others within a week); where a sum is wrong, all.

    With --all, every table is made anew from the record, entry by entry, in a file of its own, and compared
    row by row: votes, gates, payments, people and funds, too. That takes minutes where much is on record; it
    is also done every Sunday.

    It changes nothing; the nightly check freezes a fund whose books are wrong.
    """
    root = str(known(context, fund)["root"]) if fund else None
    last = None if all_ else context.read(lambda connection: checkpoint.standing(connection, _now()))
    after = last.record if last else 0
    found = context.read(lambda connection: _found(connection, root, after, all_=all_))
    if output is not Output.TABLE or found:
        print_rows((one._asdict() for one in found), COLUMNS, output)
    if found:
        raise CommandError(Exit.VERIFICATION, f"{len(found)} discrepancies", "accord history shows records")
    if output is Output.TABLE:
        tell(_right(last, "Every table is what the record makes it." if all_ else ""))


def _found(connection: Connection, root: str | None, after: int, *, all_: bool) -> list[Discrepancy]:
    """What does not hold of the books; with all of the record, too."""
    found = proof.check(connection, root, after)
    if not all_:
        return found
    from activities.money.record_proof import check_record  # brings all that makes tables anew

    return [*found, *check_record(connection, root)]


def _right(last: Standing | None, more: str) -> str:
    """What is proved, and by whom."""
    right = "The books are right: every balance is what its journal says, every transfer "
    if last is None or not last.record:
        return f"{right}decided. {more}".strip()
    return (
        f"{right}after record {last.record} decided. The proof at night has passed those before it, with the"
        f" first on {last.begun_at:%Y-%m-%d}; accord fund check --all looks at them again."
    )


def _now() -> datetime:
    return datetime.now(UTC)
