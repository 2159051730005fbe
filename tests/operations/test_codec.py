"""Payloads: what the engine keeps can be read by nobody without the keys; nothing is lost by a rotation."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowFailureError

from activities.case import archive
from activities.operations.archiving import Archiving
from activities.operations.engine import Workflows
from adapters.ciphers import Ciphers
from adapters.key_files import KeyProblem
from models.case.approval import Decision
from models.case.panel import Choice
from models.partnership.partnership import PartnershipStart
from runtime import keys
from runtime.care.replaying import replayed
from runtime.wire.codec import Codec
from services.case.queue import TASK_QUEUE
from services.partnership.partnerships import PartnershipService
from tests.support.differing import kinds
from tests.support.house import Case, House, proposal
from tests.support.installation import installation
from tests.support.paying import pinned

SECRET = ("Zephyrstadt", "Quagmire", "Xylophon", "Wintergreen")
"""Words of a title, a summary, a comment and a withdrawal: nobody else writes them."""


@pytest.fixture
def ciphers(tmp_path: Path) -> Ciphers:
    """Keys to encrypt with."""
    made = Ciphers(tmp_path / "keys")
    made.begin()
    return made


def _payload(data: bytes = b"Zephyrstadt") -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


@given(data=st.binary(max_size=4096))
async def test_a_payload_comes_back_as_it_was(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    codec = Codec(_shared(tmp_path_factory))
    (closed,) = await codec.encode([_payload(data)])
    assert closed.metadata["encoding"] != b"json/plain"
    assert await codec.decode([closed]) == [_payload(data)]


_KEPT: list[Ciphers] = []


def _shared(folders: pytest.TempPathFactory) -> Ciphers:
    if not _KEPT:
        _KEPT.append(Ciphers(folders.mktemp("ciphers")))
        _KEPT[0].begin()
    return _KEPT[0]


async def test_two_payloads_of_one_content_do_not_look_alike(ciphers: Ciphers) -> None:
    first, second = await Codec(ciphers).encode([_payload(), _payload()])
    assert first.data != second.data
    assert b"Zephyrstadt" not in first.SerializeToString()


async def test_where_nothing_is_encrypted_payloads_go_as_they_are(tmp_path: Path) -> None:
    codec = Codec(Ciphers(tmp_path))
    assert await codec.encode([_payload()]) == [_payload()]
    assert Ciphers(tmp_path).listed() == ()


async def test_what_was_written_in_the_open_can_be_read_after_encryption_began(ciphers: Ciphers) -> None:
    assert await Codec(ciphers).decode([_payload()]) == [_payload()]


async def test_after_a_rotation_old_payloads_are_read_and_new_ones_have_the_new_key(
    ciphers: Ciphers, tmp_path: Path
) -> None:
    codec = Codec(ciphers)
    (old,) = await codec.encode([_payload()])
    made = Ciphers(tmp_path / "keys").rotate()  # by another process
    (new,) = await codec.encode([_payload()])
    assert new.metadata["accord-key"] == made.kid.encode() != old.metadata["accord-key"]
    assert await codec.decode([old, new]) == [_payload(), _payload()]


async def test_a_payload_of_another_installation_is_refused_with_what_to_do(
    ciphers: Ciphers, tmp_path: Path
) -> None:
    other = Ciphers(tmp_path / "other")
    other.begin()
    (theirs,) = await Codec(other).encode([_payload()])
    with pytest.raises(KeyProblem, match="Restore it from a backup"):
        await Codec(ciphers).decode([theirs])


async def test_no_byte_of_a_payload_can_be_changed(ciphers: Ciphers) -> None:
    codec = Codec(ciphers)
    (closed,) = await codec.encode([_payload()])
    for position in range(len(closed.data)):
        data = bytearray(closed.data)
        data[position] ^= 1
        with pytest.raises(KeyProblem, match="changed"):
            await codec.decode([Payload(metadata=dict(closed.metadata), data=bytes(data))])


async def test_keys_that_others_can_read_let_nothing_go_out_in_the_open(
    ciphers: Ciphers, tmp_path: Path
) -> None:
    (tmp_path / "keys" / "payloads.json").chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        await Codec(ciphers).encode([_payload()])


@pytest.fixture(scope="module")
async def encrypted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation whose payloads are encrypted."""
    home = tmp_path_factory.mktemp("encrypted")
    Ciphers(home / "keys").begin()
    async with installation(home) as house:
        yield house


_numbers = itertools.count(1)


async def _told(house: House) -> Case:
    """A case that has gone through words of every kind, and has ended."""
    title, summary, comment, reason = SECRET
    proposed = proposal(f"ENC-{next(_numbers)}", title=f"{title} traffic", summary=f"{summary} " * 40)
    assert await PartnershipService(house.cases).propose(proposed)
    case = Case(house, proposed)
    gate = await case.gate("review")
    vote = Decision(
        gate=gate["id"],
        verdict=Choice.APPROVE,
        actor=VOTER,
        comment=f"{comment} indeed",
        content_hash=gate["content_hash"],
    )
    assert (await case.send("decide", vote)).accepted
    assert (await case.withdraw(reason=reason)).accepted
    await case.handle.result()
    return case


VOTER = "expert.lim"


@pytest.mark.engine
async def test_nothing_that_people_wrote_stands_in_the_files_of_the_engine_or_in_its_answers(
    encrypted: House,
) -> None:
    case = await _told(encrypted)
    history = (await case.handle.fetch_history()).to_json()
    described = str((await case.handle.describe()).raw_description)
    files = b"".join(one.read_bytes() for one in _engine_files(encrypted.settings.home))
    assert f"partnership/{case.id}".encode() in files
    for word in (*SECRET, VOTER):
        assert word not in history
        assert word not in described
        assert word.encode() not in files


@pytest.mark.engine
async def test_what_is_archived_stays_encrypted_and_is_run_again_with_the_keys(encrypted: House) -> None:
    case = await _told(encrypted)
    proposed = proposal(f"ENC-{next(_numbers)}", title=f"{SECRET[0]} traffic")
    assert await PartnershipService(encrypted.cases).propose(proposed)
    going_on = Case(encrypted, proposed)
    await going_on.gate("review")
    await Archiving(encrypted.database).carry_out(encrypted.client)
    (run,) = encrypted.read(lambda connection: archive.runs(connection, case.handle.id))
    kept = encrypted.read(lambda connection: archive.history(connection, run.sha256))
    assert kept
    for word in (*SECRET, VOTER):
        assert word.encode() not in kept
    found = [one async for one in replayed(None, encrypted.database, encrypted.settings)]
    assert [str(one) for one in found if not one.is_good] == []
    assert " 0 of the archive" not in found[-1].detail
    await going_on.withdraw()


def _engine_files(home: Path) -> list[Path]:
    ours = {"accord.db", "accord.db-wal", "accord.db-shm"}
    return [one for one in home.iterdir() if one.is_file() and one.name not in ours]


@pytest.mark.engine
async def test_a_case_goes_on_over_a_rotation_of_the_keys(encrypted: House) -> None:
    proposed = proposal(f"ENC-{next(_numbers)}")
    assert await PartnershipService(encrypted.cases).propose(proposed)
    case = Case(encrypted, proposed)
    await case.gate("review")
    Ciphers(encrypted.settings.keys_folder).rotate()
    await case.approve("review")
    await case.gate("funding")


@pytest.mark.engine
async def test_what_a_failure_says_is_encrypted_too(encrypted: House) -> None:
    proposed = proposal("ENC-F")
    start = PartnershipStart(case=pinned(Case(encrypted, proposed)), proposal=proposed)
    handle = await encrypted.client.start_workflow(
        "partnership", start, id="partnership/ENC-F", task_queue=TASK_QUEUE
    )
    with pytest.raises(WorkflowFailureError):  # nobody has signed it
        await handle.result()
    history = (await handle.fetch_history()).to_json()
    assert "Encoded failure" in history


@pytest.mark.engine
async def test_starts_and_receipts_are_known_again_where_all_is_encrypted(encrypted: House) -> None:
    """Who started a workflow, and what it was told, is read from the engine's history."""
    proposed = proposal(f"ENC-{next(_numbers)}")
    partnerships, case = PartnershipService(encrypted.cases), Case(encrypted, proposed)
    assert await partnerships.propose(proposed)
    assert (await case.vote(await case.gate("review"), "expert.lim")).accepted
    assert not await partnerships.begin_case(pinned(case), proposed, "coord.seo")
    workflows = Workflows(encrypted.client, keys.ring(encrypted.settings))
    run = await workflows.find(case.handle.id)
    assert run
    assert await workflows.is_ours(run)
    assert await kinds(case) == []
    await case.withdraw()
