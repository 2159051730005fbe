"""Many decisions at once: what would become of each, and sending them one by one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import TemporalError

from activities.case import approval, cases
from activities.case.inbox import waiting
from models.case.approval import Decision
from models.case.envelope import Belief
from models.case.gate import GateKind
from services.case.cases import CaseService, Refused
from services.case.details import AllDetails
from services.case.selection import BulkResult, Filters, Item, candidate, matches, predicted
from services.case.updates import NotConfirmed, Unreachable


class Bulk(NamedTuple):
    """One decision for many gates: ``said`` has all of its fields but the gate and its content."""

    said: Mapping[str, object]
    filters: Filters
    ceiling: int | None = None

    @property
    def inbox(self) -> str:
        """Whose inbox it is about."""
        return str(self.said["on_behalf_of"] or self.said["actor"])


def plan(connection: Connection, bulk: Bulk, details: AllDetails, belief: Belief) -> list[Item]:
    """What would become of each gate that is meant, soonest due first."""
    items = []
    for gate in waiting(connection, bulk.inbox):
        case = cases.find(connection, gate["case"])
        if gate["kind"] != GateKind.APPROVAL or case is None:
            continue
        known = candidate(gate, case, details.of(connection, case["kind"], case["number"]))
        if not matches(known, bulk.filters):
            continue
        decision = Decision.model_validate(
            {"gate": gate["id"], "content_hash": gate["content_hash"], **bulk.said}
        )
        sitting = approval.sitting(connection, decision, belief)
        items.append(predicted(known, decision, sitting, bulk.ceiling))
    return items


async def send(service: CaseService, items: Sequence[Item]) -> list[Item]:
    """Send them one by one. When the engine is gone, the rest is not sent."""
    done: list[Item] = []
    gone = ""
    for item in items:
        if item.result is not BulkResult.WOULD_SEND:
            done.append(item)
        elif gone:
            done.append(item._replace(result=BulkResult.NOT_SENT, why=gone))
        else:
            done.append(await _send(service, item))
            gone = done[-1].why if done[-1].result is BulkResult.NOT_SENT else ""
    return done


async def _send(service: CaseService, item: Item) -> Item:
    try:
        answer = await service.send("decide", item.decision)
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


def _refused(item: Item, rule: str, why: str, seq: int | None) -> Item:
    return item._replace(result=BulkResult.REFUSED, rule=rule, why=why, seq=seq)
