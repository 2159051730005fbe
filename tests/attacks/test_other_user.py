"""T1, T3 and T15 by another user of this machine: a process that may not look into our home folder."""

import json
import os

import pytest

from activities.case.audit import newest
from activities.case.cases import find
from models.partnership.partnership import PartnershipStart
from runtime.settings import ROOT
from tests.support import forks
from tests.support.house import Case, House, proposal
from tests.support.paying import pinned
from tests.support.wanted import payment, vote

PROGRAM = ROOT / "tests" / "support" / "stranger.py"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_another_user_of_the_machine_reaches_the_engine_and_nothing_by_it(house: House) -> None:
    case = await house.propose()
    await case.gate("review")
    theirs = proposal("T1-STRANGER")
    start = PartnershipStart(case=pinned(Case(house, theirs)), proposal=theirs)
    asked = {
        "address": house.client.service_client.config.target_host,
        "home": str(house.settings.home.absolute()),
        "wanted": {"record": vote(case.id), "pay": payment(case.id)},
        "start": start.model_dump(mode="json"),
    }
    posts, before = list(house.bank.posts), house.read(newest)
    done = await forks.run([str(PROGRAM), json.dumps(asked)], {"PATH": os.defpath})
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told == {
        "accord.db": "PermissionError",
        "keys/workers.json": "PermissionError",
        "record": "unsealed",
        "pay": "unsealed",
        "start": "unsigned-start",
    }
    assert house.bank.posts == posts
    assert house.read(lambda connection: find(connection, "T1-STRANGER")) is None
    assert house.read(newest) == before + 1, "the start that was refused, and nothing else"
