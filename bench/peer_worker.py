"""The worker of the peer, in a process of its own: `python -m bench.peer_worker URL`.

DBOS keeps its workflows in PostgreSQL. This one takes the decisions of a case by message. For each it writes,
in one step and one transaction, as many rows of the same tables as ours does on average: entries in the
record (numbered without gaps, their payloads as long), where the case stands, notices in the outbox. Then it
answers, by an event. It judges nothing, has no deadlines, no children and no money, and sends no letter.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bench.payload import HASH
from bench.steps import STEPS
from models.tables.case import case as cases
from models.tables.notice import notice
from models.tables.record import counter, record

if TYPE_CHECKING:  # SQLAlchemy needs greenlet for it, which comes with DBOS
    from sqlalchemy.ext.asyncio import AsyncEngine

QUEUE = "cases"
LIFECYCLE = "lifecycle"
ANSWER = "answer"
TOPIC = "decisions"
VERSION = "bench"
_A_YEAR = 365 * 24 * 3600.0
_LOOK_FOR_NEW = 0.05
"""Seconds between two looks into the queue for cases to begin; decisions wake their workflow by NOTIFY."""
_ENTRIES, _LETTERS = 4, 3
"""What a decision of ours puts on record, with what follows from it, and in the outbox."""
_PAYLOAD = json.dumps({"what": "the entry, canonical", "filling": "0123456789" * 65})
"""As long as that of an entry of ours."""
_LETTER = "Gate B-1:review:1 waits for you.\n\nReview the proposal\n\naccord inbox"

_NEXT = (
    update(counter)
    .where(counter.c.name == "record")
    .values(value=counter.c.value + bindparam("more"))
    .returning(counter.c.value)
)
_SEQ = select(record.c.seq).where(record.c.key == bindparam("of"))
_MOVED = (
    update(cases)
    .where(cases.c.id == bindparam("of"))
    .values(stage=bindparam("to"), updated_at=bindparam("at"), decisions=cases.c.decisions + 1)
)


class Steps:
    """What a step does to the tables."""

    def __init__(self, database: "AsyncEngine") -> None:
        self._database = database

    async def begin(self, case: str) -> int:
        """Put the case on the list and on record."""
        return await self._once(f"{case}:proposed", lambda c: _begin(c, case))

    async def decide(self, case: str, key: str, actor: str, stage: str) -> int:
        """Put a decision on record with what follows from it; returns its number."""
        return await self._once(key, lambda c: _decide(c, case, key, actor, stage))

    async def _once(self, key: str, write: Any) -> int:
        """A step that was cut off may have been committed: then its entry stands."""
        try:
            async with self._database.begin() as connection:
                return int(await connection.run_sync(write))
        except IntegrityError:
            async with self._database.connect() as connection:
                return int((await connection.execute(_SEQ, {"of": key})).scalar_one())


def _begin(connection: Connection, case: str) -> int:
    at = datetime.now(UTC)
    row = {"id": case, "number": case, "kind": "partnership", "workflow_id": case, "title": "Smart city"}
    row |= {"country": "VN", "countries": '["KR","VN"]', "parties": '["Hue city"]', "programme": "k-city"}
    row |= {"rules": HASH, "stage": "review", "status": "open"}
    connection.execute(
        insert(cases), row | {"version": 1, "decisions": 0, "started_at": at, "updated_at": at}
    )
    return _enter(connection, case, f"{case}:proposed", 1, "coord.seo", "review", at)


def _decide(connection: Connection, case: str, key: str, actor: str, stage: str) -> int:
    at = datetime.now(UTC)
    seq = _enter(connection, case, key, _ENTRIES, actor, stage, at)
    connection.execute(_MOVED, {"of": case, "to": stage, "at": at})
    letter = {"case": case, "record": seq, "person": actor, "status": "pending", "attempts": 0}
    letter |= {"subject": f"{case}: Review the proposal", "body": _LETTER, "due_at": at, "created_at": at}
    connection.execute(insert(notice), [letter | {"key": f"{key}:{number}"} for number in range(_LETTERS)])
    return seq


def _enter(
    connection: Connection, case: str, key: str, entries: int, actor: str, stage: str, at: datetime
) -> int:
    """Put so many entries on record; the number of the first, which has the key."""
    first = int(connection.execute(_NEXT, {"more": entries}).scalar_one()) - entries + 1
    row = {"case": case, "workflow_id": case, "run_id": case, "rules": HASH, "stage": stage, "round": 1}
    row |= {"action": "vote approve", "actor": actor, "at": at, "reason": "", "content_hash": HASH}
    row |= {"payload": _PAYLOAD, "answer": json.dumps({"key": key, "seq": first})}
    keys = [key, *(f"{key}:{number}" for number in range(1, entries))]
    rows = [row | {"seq": first + number, "key": each} for number, each in enumerate(keys)]
    connection.execute(insert(record), rows)
    return first


def _workflow(dbos: Any, steps: Steps) -> Any:
    async def lifecycle(case: str) -> int:
        """Begin, then take one decision after the other; each is answered by an event."""
        seq = await dbos.run_step_async({"name": "begin"}, steps.begin, case)
        await dbos.set_event_async(f"{ANSWER}:0", seq)
        for number in range(len(STEPS)):
            key, actor, stage = await dbos.recv_async(TOPIC, timeout_seconds=_A_YEAR)
            seq = await dbos.run_step_async({"name": "decide"}, steps.decide, case, key, actor, stage)
            await dbos.set_event_async(f"{ANSWER}:{number + 1}", seq)
        return len(STEPS)

    return dbos.workflow(name=LIFECYCLE)(lifecycle)


async def serve(url: str) -> None:
    """Work until killed. What was under way when the last one died goes on first."""
    from dbos import DBOS
    from sqlalchemy.ext.asyncio import create_async_engine

    database = create_async_engine(url.replace("postgresql:", "postgresql+psycopg:", 1), pool_size=16)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": url,
            "application_version": VERSION,
            "log_level": "ERROR",
            "sys_db_pool_size": 20,
        }
    )
    _workflow(DBOS, Steps(database))
    DBOS.launch()
    await DBOS.register_queue_async(QUEUE, polling_interval_sec=_LOOK_FOR_NEW)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
