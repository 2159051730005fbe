"""Many decisions at once: what would become of each, and sending them one by one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import TemporalError

from activities.case import approval
from activities.case.inbox import waiting
from activities.partnership import partnership
from models.case.approval import Decision
from models.case.gate import GateKind
from models.case.rule import Rule
from services.case.cases import CaseService, Refused
from services.case.updates import NotConfirmed, Unreachable
from services.partnership.selection import BulkResult, Filters, Item, facts, matches, predicted


class Bulk(NamedTuple):
    """One decision for many gates: ``said`` has all of its fields but the gate and its content."""

    said: Mapping[str, object]
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
        decision = Decision.model_validate(
            {"gate": gate["id"], "content_hash": gate["content_hash"], **bulk.said}
        )
        sitting = approval.sitting(connection, decision, attested)
        items.append(predicted(facts(gate, case), decision, sitting, bulk.ceiling))
    return items


async def send(cases: CaseService, items: Sequence[Item]) -> list[Item]:
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


async def _send(cases: CaseService, item: Item) -> Item:
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
