"""Chaos: random messages, cancellations, resets, kills and locks against every kind of workflow.

ACCORD_SEED says which; `make prove` lets it reign for an hour. Afterwards: no workflow task of any case has
failed, every case could be ended, no closed case holds money, every acknowledged message is on record once.
"""

import os
import random
from collections import Counter

import pytest
from sqlalchemy import Connection, bindparam, func, select

from activities.money import book, proof
from adapters.database import connect
from models.payment.payment import PaymentState
from models.tables.case import case
from models.tables.payment import payment
from models.tables.record import counter, record
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from testing.fakebank import FakeBank, serve
from tests.support.chaos import PROVING, Chaos, MortalWorker
from tests.support.failed_tasks import failed_tasks
from tests.support.house import House
from tests.support.installation import soon

SECONDS = int(os.environ.get("ACCORD_CHAOS_SECONDS", 3600 if PROVING else 30))
HELD = ("reserved", "committed", "ordered")
SEED = int(os.environ.get("ACCORD_SEED") or random.randrange(10**6))


@pytest.mark.engine
@pytest.mark.timeout(SECONDS + 600)
async def test_whatever_happens_nothing_is_lost(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("chaos")
    bank = FakeBank()
    server = serve(bank)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    settings = Settings(home=home, bank_url=url)
    database, engine = connect(settings.database), Embedded(home, extra=soon(150))
    set_up(database, settings)
    try:
        house = House(await engine.start(), database, settings, bank)
        worker = MortalWorker(house, url, home / "worker.log")
        await worker.start()
        try:
            await reigned(house, worker)
        finally:
            await worker.kill()
    finally:
        server.shutdown()
        server.server_close()
        engine.stop()
        database.dispose()


async def reigned(house: House, worker: MortalWorker) -> None:
    """Let chaos reign, and look at what is left."""
    print(f"ACCORD_SEED={SEED}")
    chaos = Chaos(house, worker, SEED)
    await chaos.reign(SECONDS)
    await chaos.settle()
    print(chaos.happened, len(chaos.cases.answers), "answers")
    assert await failed_tasks(house.client) == []
    assert await chaos.running() == []
    assert set(house.read(still_open)) <= chaos.alone
    left = house.read(lambda connection: held(connection, chaos.alone))
    assert left == {}, house.read(lambda connection: [tail(connection, of) for of in left])
    assert house.read(proof.check) == []
    assert house.read(twice) == []
    acknowledged = {answer.seq for answer in chaos.cases.answers if answer.accepted}
    assert house.read(lambda connection: missing(connection, acknowledged)) == set()
    assert house.read(numbers) == Counter(gaps=0)


def still_open(connection: Connection) -> list[str]:
    """The cases that are not closed."""
    return list(connection.scalars(select(case.c.id).where(case.c.closed_at.is_(None))))


def held(connection: Connection, alone: set[str]) -> dict[str, dict[str, int]]:
    """What closed cases hold: nothing but what is paid, or may be. A part alone gives back what was ordered
    for it.
    """
    left: dict[str, dict[str, int]] = {}
    for name, accounts in book.by_case(connection).items():
        kept = Counter({a: accounts.get(a, 0) for a in HELD if a != "committed" or name not in alone})
        kept["ordered"] -= connection.scalar(_IN_DOUBT, {"of": name}) or 0
        if held := {a: minor for a, minor in kept.items() if minor}:
            left[name] = held
    return left


_IN_DOUBT = select(func.sum(payment.c.amount)).where(
    payment.c.case == bindparam("of"), payment.c.state == PaymentState.IN_DOUBT
)


def tail(connection: Connection, of: str) -> list[str]:
    """The last of what the record has of a case, for whoever has to find out."""
    newest = select(record).where(record.c.case == of).order_by(record.c.seq.desc()).limit(40)
    rows = connection.execute(newest).all()
    return [f"{row.seq} {row.workflow_id} {row.run_id} {row.key} {row.rule}" for row in rows]


def twice(connection: Connection) -> list[str]:
    """Messages that were accepted more than once."""
    sealed = select(record.c.seal).where(record.c.seal.is_not(None))
    return list(connection.scalars(sealed.group_by(record.c.case, record.c.seal).having(func.count() > 1)))


def missing(connection: Connection, acknowledged: set[int]) -> set[int]:
    """The numbers that somebody was told, and that no accepted entry has."""
    accepted = select(record.c.seq).where(record.c.rule.is_(None))
    return acknowledged - set(connection.scalars(accepted))


def numbers(connection: Connection) -> Counter[str]:
    """How many numbers of the record are left out."""
    last, count = connection.execute(select(func.max(record.c.seq), func.count()).select_from(record)).one()
    assert connection.scalar(select(func.max(counter.c.value))) >= last
    return Counter(gaps=last - count)
