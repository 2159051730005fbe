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
from cli.case.selection import Fate, Item, Wishes, considered, facts, meant
from cli.context import Office
from cli.errors import CommandError, Exit
from cli.output import Output, show
from models.case.approval import Decision
from models.case.gate import GateKind
from models.case.panel import Choice
from models.case.rule import Rule
from services.case.cases import CaseService, Refused
from services.case.updates import NotConfirmed, Unreachable

COLUMNS = ("gate", "question", "title", "amount", "verdict", "what", "rule", "why", "record")

_FAILED = (Fate.REFUSED, Fate.NOT_CONFIRMED, Fate.NOT_SENT)


class Bulk(NamedTuple):
    """One decision for many gates: ``said`` has all of its fields but the gate and its content."""

    said: dict[str, Any]
    wanted: Wishes
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
        if gate["kind"] != GateKind.APPROVAL or case is None or not meant(facts(gate, case), bulk.wanted):
            continue
        decision = Decision(gate=gate["id"], content_hash=gate["content_hash"], **bulk.said)
        sitting = approval.sitting(connection, decision, attested)
        items.append(considered(facts(gate, case), decision, sitting, bulk.ceiling))
    return items


def decide_all(office: Office, bulk: Bulk, yes: bool, dry_run: bool, output: Output) -> None:
    """Send what can be sent, if that is wanted, and show every gate with what became of it."""
    _check(office, bulk)
    attested = office.principal() is not None
    items = office.read(lambda connection: plan(connection, bulk, attested))
    waiting = sum(item.fate is Fate.WOULD_SEND for item in items)
    sends = yes and not dry_run and waiting > 0
    if sends:
        items = office.ask(lambda desk: send(desk, items))
    show([item.row() for item in items], COLUMNS, output)
    counts = Counter(str(item.fate) for item in items)
    typer.echo(f"gates: {', '.join(f'{n} {fate}' for fate, n in sorted(counts.items())) or 'none'}", err=True)
    if waiting and not yes and not dry_run:
        raise CommandError(Exit.USAGE, "Nothing was sent.", "add --yes to send, or --dry-run to look only")
    if any(item.fate in _FAILED for item in items):
        raise typer.Exit(Exit.PARTIAL)


def _check(office: Office, bulk: Bulk) -> None:
    """What is wrong with all of them is said once."""
    if not office.knows(bulk.inbox):
        raise Refused(Rule.UNKNOWN_PERSON, f"({bulk.inbox})")
    if bulk.said["verdict"] is not Choice.APPROVE and not (bulk.said["comment"] or bulk.said["points"]):
        raise Refused(Rule.COMMENT_REQUIRED)


async def send(desk: CaseService, items: Sequence[Item]) -> list[Item]:
    """Send them one by one. When the engine is gone, the rest is not sent."""
    done: list[Item] = []
    gone = ""
    for item in items:
        if item.fate is not Fate.WOULD_SEND:
            done.append(item)
        elif gone:
            done.append(item._replace(fate=Fate.NOT_SENT, why=gone))
        else:
            done.append(await _send(desk, item))
            gone = done[-1].why if done[-1].fate is Fate.NOT_SENT else ""
    return done


async def _send(desk: CaseService, item: Item) -> Item:
    try:
        answer = await desk.send("decide", item.decision)
    except Refused as error:
        return _refused(item, error.rule, str(error), error.seq)
    except Unreachable as error:
        return item._replace(fate=Fate.NOT_SENT, why=f"The engine does not answer: {error}"[:200])
    except (NotConfirmed, TemporalError, SQLAlchemyError) as error:
        why = f"{type(error).__name__}: run the same command again to learn its answer."
        return item._replace(fate=Fate.NOT_CONFIRMED, why=why)
    if answer.rule:
        return _refused(item, answer.rule, answer.message, answer.seq)
    return item._replace(fate=Fate.ACCEPTED, why=f"Now at {answer.standing}.", seq=answer.seq)


def _refused(item: Item, rule: Rule, why: str, seq: int | None) -> Item:
    return item._replace(fate=Fate.REFUSED, rule=rule, why=why, seq=seq)
