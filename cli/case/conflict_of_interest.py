"""Interest: what somebody declares before they look at a case, and what is found out later."""

from typing import Annotated

import typer

from cli.context import As, Context, DryRun
from models.case.conflict_of_interest import Challenge, Conflict, Declaration


def declare(
    context: Context,
    case: Annotated[str, typer.Argument(help="the number of the case, e.g. KCN-2020-01")],
    conflict: Annotated[Conflict, typer.Argument(help="soft is disclosed, hard bars you from voting")],
    note: Annotated[str, typer.Option(help="what the interest is; soft and hard need one")] = "",
    as_: As = None,
) -> None:
    """Declare your interest in a case, or that you have none."""
    context.case(case)
    message = Declaration(case=case, actor=context.sender(as_), conflict=conflict, note=note)
    context.send("declare", message)


def challenge(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:review:1; it may be closed")],
    person: Annotated[str, typer.Argument(help="whose vote it is")],
    reason: Annotated[str, typer.Option(help="what the conflict is; it is on record")],
    as_: As = None,
    dry_run: DryRun = False,
) -> None:
    """Say that somebody voted in spite of a conflict: when a second person says so, it is struck out.

    The vote then counts as a recusal. An approval that does not stand without it is decided again.
    """
    context.gate(gate)
    actor = context.sender(as_)
    context.send("challenge", Challenge(gate=gate, actor=actor, person=person, reason=reason), dry_run)
