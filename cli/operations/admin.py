"""What operators do to the workflows of cases: reset, terminate, cancel; two of them say so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from activities.operations import operation as operations
from cli.context import As, Context
from cli.output import Output, OutputOption, print_rows, tell
from models.operations.operation import OperationAct, OperationOrder
from models.people.asking import Confirmation, Withdrawal

if TYPE_CHECKING:
    from services.operations.operators import Operators, Said

T = TypeVar("T")

CaseArgument = Annotated[
    str,
    typer.Argument(metavar="CASE", help="a case, or a part: KCN-2020-01, KCN-2020-01/payment/inception"),
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="e.g. 214; `accord admin pending` lists them")]
Reason = Annotated[str, typer.Option(help="why; it is on record")]
_EVENT = "the completed task to go back to, by the number of its event; left out: the last one"
PENDING = ("record", "operation", "state", "asked_by", "confirmed_by", "at", "reason")


def reset(
    context: Context,
    case: CaseArgument,
    reason: Reason,
    event: Annotated[int | None, typer.Option(min=1, help=_EVENT)] = None,
    as_: As = None,
) -> None:
    """Have a case go back to one of its tasks; the record stands. Two operators must say so.

    What people have sent since is sent again. A case whose workflow has ended without the record knowing of
    it lives again by that.
    """
    _ask(context, OperationAct.RESET, case, reason, as_, event)


def terminate(context: Context, case: CaseArgument, reason: Reason, as_: As = None) -> None:
    """End a case at once, and give back what it holds, also where its workflow cannot. Two operators must say
    so.

    Its study and agreement end with it; payments that are under way go on: terminate them by name.
    """
    _ask(context, OperationAct.TERMINATE, case, reason, as_)


def cancel(context: Context, case: CaseArgument, reason: Reason, as_: As = None) -> None:
    """Ask a case to end, and to give back what it holds. Two operators must say so."""
    _ask(context, OperationAct.CANCEL, case, reason, as_)


def pending(context: Context, output: OutputOption = Output.TABLE) -> None:
    """What waits for a second operator; what two have said and nobody has finished."""
    rows = [
        {
            "record": one.number,
            "operation": str(one.operation),
            "state": "to be finished" if one.confirmed_by else "to be confirmed",
            "asked_by": one.asked_by,
            "confirmed_by": one.confirmed_by,
            "at": one.at,
            "reason": one.reason,
        }
        for one in context.read(lambda connection: operations.waiting(connection, datetime.now(UTC)))
    ]
    print_rows(rows, PENDING, output)


def confirm(context: Context, number: Number, reason: Reason = "", as_: As = None) -> None:
    """Say the same as the operator who asked, and carry it out; or finish what was begun."""
    asked = Confirmation(number=number, actor=context.sender(as_), reason=reason)
    _say(_with_operators(context, lambda operators: operators.confirm(asked)))


def reject(context: Context, number: Number, reason: Reason, as_: As = None) -> None:
    """Have an operation wait no more, as an operator."""
    asked = Withdrawal(number=number, actor=context.sender(as_), reason=reason)

    async def rejected(operators: "Operators") -> int:
        return operators.reject(asked)

    tell(f"Waits no more (record {_with_operators(context, rejected)}).")


def _ask(
    context: Context,
    act: OperationAct,
    case: str,
    reason: str,
    as_: str | None,
    event: int | None = None,
) -> None:
    fields = {"act": act, "case": case, "reason": reason, "event": event}
    order = OperationOrder(actor=context.sender(as_), **fields)
    _say(_with_operators(context, lambda operators: operators.ask(order)))


def _say(said: "Said") -> None:
    waits = f"noted; another operator must say: accord admin confirm {said.seq}"
    tell(f"{said.operation}: {'done' if said.done else waits} (record {said.seq}).")


def _with_operators(context: Context, work: "Callable[[Operators], Awaitable[T]]") -> T:
    async def connected() -> T:
        return await work(await context.installation.operators(context.belief))

    return asyncio.run(connected())
