"""An installation comes back from a backup: all of it, or nothing."""

from pathlib import Path

import pytest

from tests.support.command import accord, inside
from tests.support.engine import stop, up
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_what_was_backed_up_goes_on_elsewhere(house: House, tmp_path: Path) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    assert (await case.vote(gate, "expert.lim")).accepted
    assert inside(house.settings.home, "backup", str(tmp_path / "b")).code == 0
    home = tmp_path / "home"
    done = inside(home, "restore", str(tmp_path / "b"))
    assert (done.code, done.err) == (0, ""), done
    async with up(home) as process:
        decided = await accord(home, "decide", gate["id"], "approve", "--as", "sec.han")
        assert (decided.code, decided.err) == (0, "")
        assert (await accord(home, "show", case.id)).out.count("funding")
        assert await stop(process) == 0
    await case.withdraw()
