"""Many decisions at once: choose, send, and say what became of each."""

from collections import Counter
from collections.abc import Iterable
from unicodedata import normalize

import typer

from cli.context import Context
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, print_rows, remark
from models.case.panel import Choice
from models.case.rule import CaseRule
from services.case.bulk import Bulk, plan, send
from services.case.details import AllDetails
from services.case.selection import EXACT, PARTLY, BulkResult, Filter, Filters

COLUMNS = ("gate", "question", "title", "amount", "verdict", "what", "rule", "why", "record")

_FAILED = (BulkResult.REFUSED, BulkResult.NOT_CONFIRMED, BulkResult.NOT_SENT)


def read_filters(texts: Iterable[str], details: AllDetails) -> Filters:
    """``KEY=VALUE`` each; the same key twice means either."""
    exact, partly = (*EXACT, *details.exact), (*PARTLY, *details.partly)
    found: dict[str, Filter] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in normalize("NFC", text).partition("="))
        if key not in (*exact, *partly) or not sign or not value:
            hint = f"write KEY=VALUE, with KEY one of: {', '.join((*exact, *partly))}"
            raise CommandError(Exit.INVALID, f"--where {text[:60]!r} cannot be read", hint)
        values = (*found[key].values, value.casefold()) if key in found else (value.casefold(),)
        found[key] = Filter(values, partly=key in partly)
    return found


def decide_all(context: Context, bulk: Bulk, yes: bool, dry_run: bool, output: Output) -> None:
    """Send what can be sent, if that is wanted, and show every gate with what became of it."""
    _check(context, bulk)
    details = context.installation.details
    items = context.read(lambda connection: plan(connection, bulk, details, context.belief))
    waiting = sum(item.result is BulkResult.WOULD_SEND for item in items)
    sends = yes and not dry_run and waiting > 0
    if sends:
        items = context.ask(lambda cases: send(cases, items))
    print_rows((item.row() for item in items), COLUMNS, output)
    counts = Counter(str(item.result) for item in items)
    became = ", ".join(f"{number} {result}" for result, number in sorted(counts.items()))
    remark(f"gates: {became or 'none'}")
    if waiting and not yes and not dry_run:
        raise CommandError(Exit.USAGE, "Nothing was sent.", "add --yes to send, or --dry-run to look only")
    if any(item.result in _FAILED for item in items):
        raise typer.Exit(Exit.PARTIAL)


def _check(context: Context, bulk: Bulk) -> None:
    """What is wrong with all of them is said once."""
    if not context.knows(bulk.inbox):
        raise refusal(CaseRule.UNKNOWN_PERSON, f"({bulk.inbox})")
    if bulk.said["verdict"] is not Choice.APPROVE and not (bulk.said["comment"] or bulk.said["points"]):
        raise refusal(CaseRule.COMMENT_REQUIRED)
