"""Two workers in networks of their own, one engine, one PostgreSQL: one worker is cut off in the middle of a
decision, the other goes on; the one that comes back does no harm.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.engine import make_url
from temporalio.service import RPCError, RPCStatusCode

from activities.money.proof import check
from runtime.settings import ROOT
from testing.postgres import HASTY, PostgresMissing, temporary_postgres
from tests.support.command import environment
from tests.support.differing import kinds
from tests.support.house import VOTERS, House, Patient
from tests.support.installation import unmanned
from tests.support.networks import Network, NoNetworks, networks
from tests.support.patience import eventually

pytestmark = pytest.mark.engine

EVERYWHERE = ("--ip", "0.0.0.0")
WHERE = ("rights", "record") if "ACCORD_PROVE" in os.environ else ("rights",)
"""While a workflow task is with it; between the commit of a vote and the answer (that takes 40 s)."""
_TRUSTS = "local all all trust\nhost all all 198.18.0.0/15 trust\n"
_PORT = 25_432


@pytest.fixture(scope="module")
def lines() -> Iterator[list[Network]]:
    """Two networks; where none can be made, the test says why it is skipped."""
    try:
        with networks(2) as made:
            yield made
    except NoNetworks as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL that is reached from these networks."""
    with TemporaryDirectory(prefix="accord-hba-") as place:
        Path(place).chmod(0o755)
        hba = Path(place) / "pg_hba.conf"
        hba.write_text(_TRUSTS)
        try:
            with temporary_postgres(
                HASTY | {"listen_addresses": "*", "port": str(_PORT), "hba_file": str(hba)}
            ) as url:
                yield url
        except PostgresMissing as missing:
            pytest.skip(str(missing))


@asynccontextmanager
async def at_work(
    house: House, address: str, postgres: str, line: Network, *program: str
) -> AsyncIterator[None]:
    """A worker in a network."""
    home = house.settings.home
    database = make_url(postgres).set(query={}, host=line.here, port=_PORT, drivername="postgresql")
    there = {
        "TEMPORAL_ADDRESS": address.replace("127.0.0.1", line.here),
        "ACCORD_DATABASE_URL": database.render_as_string(hide_password=False),
        "ACCORD_HEALTH_FILE": str(home / f"{line.name}.json"),
    }
    process = await asyncio.create_subprocess_exec(
        *line.inside(sys.executable, *program),
        cwd=ROOT,
        env=environment(home, **there),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def late_answer(house: House) -> RPCStatusCode:
    """What the engine says to the answer of an activity that another worker has answered meanwhile."""
    token = (house.settings.home / "held").read_bytes()
    with pytest.raises(RPCError) as refused:
        await house.client.get_async_activity_handle(task_token=token).complete()
    return refused.value.status


@pytest.mark.timeout(300)
@pytest.mark.parametrize("where", WHERE)
async def test_a_worker_that_is_cut_off_in_a_decision(
    tmp_path: Path, lines: list[Network], postgres: str, where: str
) -> None:
    cut, other = lines
    async with unmanned(tmp_path / "home", EVERYWHERE, postgres) as (house, address):
        house.cases = Patient(house.client, house.database, house.settings)
        home = house.settings.home
        async with at_work(
            house, address, postgres, cut, "-m", "tests.support.lingering_worker", str(home), where
        ):
            case = await house.propose()
            gate = await case.gate("review")
            vote = asyncio.create_task(case.vote(gate, VOTERS["review"][0]))
            await eventually(lambda: (home / "held").exists(), "it is in the middle of the decision")
            cut.cut()
            assert not cut.is_open(_PORT)
            began = time.monotonic()
            async with at_work(house, address, postgres, other, "worker.py"):
                answer = await vote
                print(f"{where}: the other has answered after {time.monotonic() - began:.1f} s")
                assert answer.accepted
                cut.join()
                assert cut.is_open(_PORT)
                (home / "go-on").touch()
                if where == "record":
                    assert await late_answer(house) is RPCStatusCode.NOT_FOUND
            assert (await case.vote(gate, VOTERS["review"][1])).accepted  # it is back, and alone
            await case.gate("funding")
            assert case.actions().count("vote approve") == 2
            assert await kinds(case) == []
            assert house.read(check) == []
