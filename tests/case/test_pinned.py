"""What was promised to a case stays: its version of the programme, and the instants of its deadlines."""

import json
from datetime import date, datetime, timedelta

import pytest

from activities.case import deadline
from models.case.panel import Panel
from models.case.rule import CaseRule
from tests.support.house import House
from tests.support.rights import review


async def test_a_running_case_keeps_its_rules_in_every_round_when_the_programme_changes(house: House) -> None:
    first = house.programme("changing", version=1)
    old = await house.propose(programme="changing")
    gate = await old.gate("review")
    stricter = Panel.model_validate({"seats": ["secretariat", "expert", "ministry"], "quorum": "all"})
    second = house.programme("changing", version=2, **review(house, panel=stricter, attested=True))
    new = await house.propose(programme="changing")
    for actor in ("expert.lim", "sec.han"):
        assert (await old.vote(gate, actor, "return", "Name the operator.")).accepted
    await old.resubmit("review")
    again, strict = await old.gate("review", 2), await new.gate("review")
    assert Panel.model_validate_json(again["panel"]) == first.review.panel
    assert Panel.model_validate_json(strict["panel"]) == stricter
    assert (await new.vote(strict, "expert.lim")).rule == CaseRule.NOT_ATTESTED
    await old.approve("review", 2)
    await old.gate("funding")
    assert {row["rules"] for row in old.history()} == {first.digest()}
    assert {row["rules"] for row in new.history()} == {second.digest()}
    for case in (old, new):
        await case.withdraw()


async def test_another_holiday_table_moves_no_instant_that_was_promised(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await house.propose()
    gate = await before.gate("review")
    promised = [datetime.fromisoformat(step["at"]) for step in json.loads(gate["ladder"])]

    class Closed:
        """A calendar with a holiday of thirty days."""

        def is_working_day(self, day: date) -> bool:
            return day.weekday() < 5 and day > gate["opened_at"].date() + timedelta(days=30)

    monkeypatch.setattr(deadline, "_calendar", lambda *_: Closed())
    after = await house.propose()
    assert (await after.gate("review"))["due_at"] > gate["due_at"] + timedelta(days=20)
    await house.skip(before.handle, days=(promised[0] - gate["opened_at"]).days + 1)
    await before.until("reminded")
    (told,) = [row for row in before.history() if row["action"] == "reminded"]
    assert promised[0] <= told["at"] < promised[0] + timedelta(minutes=1)
    assert (await before.gate("review"))["due_at"] == gate["due_at"]
    for case in (before, after):
        await case.withdraw()
