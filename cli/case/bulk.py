"""Many decisions at once: choose, send, and say what became of each."""

from collections import Counter
from collections.abc import Iterable
from unicodedata import normalize

import typer

from cli.context import Context
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, print_rows
from models.case.panel import Choice
from models.case.rule import Rule
from services.partnership.bulk import Bulk, plan, send
from services.partnership.selection import EXACT, PARTLY, BulkResult, Filters

COLUMNS = ("gate", "question", "title", "amount", "verdict", "what", "rule", "why", "record")

_FAILED = (BulkResult.REFUSED, BulkResult.NOT_CONFIRMED, BulkResult.NOT_SENT)


def read_filters(texts: Iterable[str]) -> Filters:
    """``KEY=VALUE`` each; the same key twice means either."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in normalize("NFC", text).partition("="))
        if key not in (*EXACT, *PARTLY) or not sign or not value:
            hint = f"write KEY=VALUE, with KEY one of: {', '.join((*EXACT, *PARTLY))}"
            raise CommandError(Exit.INVALID, f"--where {text[:60]!r} cannot be read", hint)
        found[key] = (*found.get(key, ()), value.casefold())
    return found


def decide_all(context: Context, bulk: Bulk, yes: bool, dry_run: bool, output: Output) -> None:
    """Send what can be sent, if that is wanted, and show every gate with what became of it."""
    _check(context, bulk)
    attested = context.principal() is not None
    items = context.read(lambda connection: plan(connection, bulk, attested))
    waiting = sum(item.result is BulkResult.WOULD_SEND for item in items)
    sends = yes and not dry_run and waiting > 0
    if sends:
        items = context.ask(lambda cases: send(cases, items))
    print_rows((item.row() for item in items), COLUMNS, output)
    counts = Counter(str(item.result) for item in items)
    became = ", ".join(f"{number} {result}" for result, number in sorted(counts.items()))
    typer.echo(f"gates: {became or 'none'}", err=True)
    if waiting and not yes and not dry_run:
        raise CommandError(Exit.USAGE, "Nothing was sent.", "add --yes to send, or --dry-run to look only")
    if any(item.result in _FAILED for item in items):
        raise typer.Exit(Exit.PARTIAL)


def _check(context: Context, bulk: Bulk) -> None:
    """What is wrong with all of them is said once."""
    if not context.knows(bulk.inbox):
        raise refusal(Rule.UNKNOWN_PERSON, f"({bulk.inbox})")
    if bulk.said["verdict"] is not Choice.APPROVE and not (bulk.said["comment"] or bulk.said["points"]):
        raise refusal(Rule.COMMENT_REQUIRED)
