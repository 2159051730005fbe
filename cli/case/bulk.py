"""Many decisions at once: choose, show, send one by one, and say what became of each."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import TemporalError

from activities.case import approval
from activities.case.inbox import waiting
from activities.partnership import partnership
from cli.case.selection import BulkResult, Filters, Item, facts, matches, predicted
from cli.context import Context
from cli.errors import CommandError, Exit, refusal
from cli.output import Output, print_rows
from models.case.approval import Decision
from models.case.panel import Verdict
from models.case.record import GateKind
from models.case.rule import Rule
from services.case.cases import Desk, Refused
from services.case.updates import NotConfirmed, Unreachable

COLUMNS = ("gate", "question", "title", "amount", "verdict", "what", "rule", "why", "record")

_FAILED = (BulkResult.REFUSED, BulkResult.NOT_CONFIRMED, BulkResult.NOT_SENT)


class Bulk(NamedTuple):
    """One decision for many gates: ``said`` has all of its fields but the gate and its content."""

    said: dict[str, Any]
    filters: Filters
    ceiling: int | None = None

    @property
    def inbox(self) -> str:
        """Whose inbox it is about."""
        return str(self.said["on_behalf_of"] or self.said["actor"])


def plan(connection: Connection, bulk: Bulk, attested: bool) -> list[Item]:
    """What would become of each gate that is meant, soonest due first."""
    items = []
    for gate in waiting(connection, bulk.inbox):
        case = partnership.find(connection, gate["case"])
        if gate["kind"] != GateKind.APPROVAL or case is None or not matches(facts(gate, case), bulk.filters):
            continue
        decision = Decision(gate=gate["id"], content_hash=gate["content_hash"], **bulk.said)
        sitting = approval.sitting(connection, decision, attested)
        items.append(predicted(facts(gate, case), decision, sitting, bulk.ceiling))
    return items


def decide_all(context: Context, bulk: Bulk, yes: bool, dry_run: bool, output: Output) -> None:
    """Send what can be sent, if that is filters, and show every gate with what became of it."""
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
    if bulk.said["verdict"] is not Verdict.APPROVE and not (bulk.said["comment"] or bulk.said["points"]):
        raise refusal(Rule.COMMENT_REQUIRED)


async def send(cases: Desk, items: Sequence[Item]) -> list[Item]:
    """Send them one by one. When the engine is gone, the rest is not sent."""
    done: list[Item] = []
    gone = ""
    for item in items:
        if item.result is not BulkResult.WOULD_SEND:
            done.append(item)
        elif gone:
            done.append(item._replace(result=BulkResult.NOT_SENT, why=gone))
        else:
            done.append(await _send(cases, item))
            gone = done[-1].why if done[-1].result is BulkResult.NOT_SENT else ""
    return done


async def _send(cases: Desk, item: Item) -> Item:
    try:
        answer = await cases.send("decide", item.decision)
    except Refused as error:
        return _refused(item, error.rule, str(error), error.seq)
    except Unreachable as error:
        return item._replace(result=BulkResult.NOT_SENT, why=f"The engine does not answer: {error}"[:200])
    except (NotConfirmed, TemporalError, SQLAlchemyError) as error:
        why = f"{type(error).__name__}: run the same command again to learn its answer."
        return item._replace(result=BulkResult.NOT_CONFIRMED, why=why)
    if answer.rule:
        return _refused(item, answer.rule, answer.message, answer.seq)
    return item._replace(result=BulkResult.ACCEPTED, why=f"Now at {answer.standing}.", seq=answer.seq)


def _refused(item: Item, rule: Rule, why: str, seq: int | None) -> Item:
    return item._replace(result=BulkResult.REFUSED, rule=rule, why=why, seq=seq)
