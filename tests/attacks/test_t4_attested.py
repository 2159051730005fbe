"""T4: both halves of what takes two, by one shell: marked in a trial, refused where people sign in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.case.audit import Question, history
from adapters.database import connect
from models.case.approval import Decision
from models.case.envelope import DOOR, Mode
from models.case.panel import Choice
from models.case.rule import CaseRule
from runtime.mode import check
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.temporal.embedded import Embedded
from runtime.temporal.engine import EngineError
from services.case.cases import Refused
from services.partnership.partnerships import PartnershipService
from tests.support.house import Case, House, proposal
from tests.support.patience import eventually
from tests.support.worker_thread import working_in_a_thread

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
async def attested(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation in which whoever acts must be signed in."""
    home = tmp_path_factory.mktemp("attested")
    settings = Settings(home=home, mode=Mode.ATTESTED)
    database = connect(settings.database)
    set_up(database, settings)
    embedded = Embedded(home)
    client = await embedded.start()
    try:
        with working_in_a_thread(embedded.address, settings):
            yield House(client, database, settings)
    finally:
        embedded.stop()
        database.dispose()


async def begun(house: House, number: str) -> Case:
    """A case that somebody has proposed who was signed in."""
    proposed = proposal(number)
    assert await PartnershipService(house.speaking("coord.seo")).propose(proposed)
    case = Case(house, proposed)
    await case.gate("review")
    return case


async def test_nothing_is_taken_from_somebody_who_only_gives_a_name(attested: House) -> None:
    case = await begun(attested, "T4-1")
    gate = await case.gate("review")
    vote = Decision(
        gate=gate["id"], verdict=Choice.APPROVE, actor="expert.lim", content_hash=gate["content_hash"]
    )
    assert (await attested.cases.send("decide", vote)).rule == CaseRule.NOT_ATTESTED
    await case.handle.signal("decide", vote)
    other = vote.model_copy(update={"actor": "sec.han"})
    assert (await attested.speaking("expert.lim").send("decide", other)).rule == CaseRule.NOT_ATTESTED
    await eventually(lambda: len(case.history(refused=True)) == 3, "the signal is refused, too")
    assert {row["rule"] for row in case.history(refused=True)} == {CaseRule.NOT_ATTESTED}
    answer = await attested.speaking("expert.lim").send("decide", vote)
    assert (answer.accepted, answer.attested) == (True, True)
    (voted,) = [row for row in case.history() if row["action"] == "vote approve"]
    assert voted["attested"] is True


async def test_no_case_is_started_by_somebody_who_only_gives_a_name(attested: House) -> None:
    started = PartnershipService(attested.cases)
    with pytest.raises(Refused) as caught:
        await started.propose(proposal("T4-2"))
    assert not attested.cases.exists("T4-2")
    row = attested.read(lambda c: history(c, Question(case=DOOR, refused=True)))[-1]
    told = (row["seq"], row["actor"], row["rule"], row["attested"])
    assert told == (caught.value.seq, "coord.seo", CaseRule.NOT_ATTESTED, False)


def test_there_is_no_way_back(attested: House) -> None:
    trial = attested.settings.model_copy(update={"mode": Mode.TRIAL})
    with pytest.raises(EngineError, match="stays so"):
        check(attested.database, trial)


@pytest.mark.parametrize(
    "url", ["https://bank.example", "http://10.0.0.1:80", "https://127.0.0.1.evil.example"]
)
def test_a_trial_pays_through_no_bank(tmp_path: Path, url: str) -> None:
    settings = Settings(home=tmp_path, bank_url=url)
    database = connect(settings.database)
    set_up(database, settings)
    with pytest.raises(EngineError, match="fake one on this machine"):
        check(database, settings)
    check(database, settings.model_copy(update={"bank_url": "http://127.0.0.1:9/pay"}))
    database.dispose()
