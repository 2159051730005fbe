"""Engine, record and ledger held against each other, for whoever wants it now."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.context import As, Context
from cli.errors import CommandError, Exit
from cli.output import Output, OutputOption, print_rows, tell
from models.operations.difference import Difference

COLUMNS = ("case", "workflow", "kind", "says", "detail", "done", "todo")
_REPAIR = "mend what one operator can mend: where nothing of value moves; on record"
_ALL = "all cases; so it is without a case"


def reconcile(
    context: Context,
    case: Annotated[str | None, typer.Argument(help="a case by its number; left out: all")] = None,
    all_: Annotated[bool, typer.Option("--all", help=_ALL)] = False,
    repair: Annotated[bool, typer.Option("--repair", help=_REPAIR)] = False,
    as_: As = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Hold engine, record and ledger against each other: each difference by name, with what to do.

    What is new is put on record, and operators are told. It is also done every night, and whenever
    `accord up` starts. Exit code 10: something differs that is not mended.

    With --repair, what is safe is mended, as an operator: a case is closed that holds nothing, a workflow
    ended of which nothing can be written. Where money would move, two operators are asked for instead.
    """
    if case and all_:
        raise CommandError(Exit.USAGE, "A case or --all, not both", "leave one of them out")
    actor = context.sender(as_) if repair else None
    rows = context.reconcile(actor, case)
    if output is not Output.TABLE or rows:
        print_rows((_row(one, done) for one, done in rows), COLUMNS, output)
    left = [one for one, done in rows if not done]
    if left:
        raise CommandError(Exit.VERIFICATION, f"{len(left)} differences", _what_to_do(left))
    if output is Output.TABLE:
        tell("Engine, record and ledger agree." if not rows else f"Mended: {len(rows)}.")


def _row(one: Difference, done: str) -> dict[str, str]:
    todo = "" if done else one.kind.todo
    told = {"case": one.case, "workflow": one.workflow_id, "kind": str(one.kind), "says": one.kind.says}
    return told | {"detail": one.detail, "done": done, "todo": todo}


def _what_to_do(left: Sequence[Difference]) -> str:
    return left[0].kind.todo if len({one.kind for one in left}) == 1 else "each row says what to do"
