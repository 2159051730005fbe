"""A vote on another version is refused, and its voter is shown what is different now."""

import asyncio
import json

from activities.case.difference import changed
from models.amount import Amount
from models.base import digest
from models.case.difference import What
from tests.support.command import inside
from tests.support.house import House, sha


async def test_who_read_an_older_version_is_shown_what_changed(house: House) -> None:
    case = await house.propose()
    title = case.proposal.title
    first = await case.gate("review")
    for actor in ("expert.lim", "sec.han"):
        await case.vote(first, actor, "return", "Name the operator.")
    await case.resubmit("review", title="Smart traffic, by the city itself")
    second = await case.gate("review", 2)
    for gate in (first["id"], second["id"]):
        words = ("decide", gate, "approve", "--as", "molit.jung", "--if-version", first["content_hash"])
        told = await asyncio.to_thread(inside, house.settings.home, *words, "--output", "jsonl")
        assert told.code == 6
        (change,) = [json.loads(line) for line in told.out.splitlines()]
        assert (change["path"], change["before"]) == ("title", title)
        assert change["after"] == "Smart traffic, by the city itself"
    await case.withdraw()


async def test_a_gate_about_a_digest_shows_what_is_behind_it(house: House) -> None:
    case = await house.propose()
    await case.approve("review")
    first = await case.gate("funding")
    for actor in ("treasury.cho", "molit.park"):
        await case.vote(first, actor, "return", "Ask for less.")
    smaller = Amount(minor=900_000, currency="KRW")
    await case.resubmit("funding", requested=smaller)
    second = await case.gate("funding", 2)
    changes = house.read(lambda c: changed(c, second["id"], first["content_hash"])) or ()
    assert {change.path for change in changes} == {"amount.minor", "proposal.requested.minor"}
    assert {change.what for change in changes} == {What.CHANGED}
    assert house.read(lambda c: changed(c, second["id"], second["content_hash"])) == ()
    assert house.read(lambda c: changed(c, second["id"], sha("never read"))) is None
    assert digest(json.loads(second["subject"])) == second["content_hash"]
    await case.withdraw()
    assert house.read(lambda c: changed(c, second["id"], first["content_hash"])) is None
