"""The guide for those who write programmes: its example is one, and its words are those of the code."""

import re
import tomllib

from models.case.duty import Act
from models.case.staffing import Shortage
from runtime.settings import ROOT
from services.programmes import PROGRAMMES

GUIDE = (ROOT / "docs" / "programme.md").read_text()


def test_the_smallest_programmes_work() -> None:
    examples = [tomllib.loads(example) for example in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)]
    found = [PROGRAMMES.read(example) for example in examples]
    assert {one.kind for one in found} == {"partnership", "training"}
    assert [PROGRAMMES.problems(one) for one in found] == [[], []]
    assert [one.fund.cap for one in found] == [5_000_000_000, 500_000_000]


def test_it_names_every_act_and_every_shortage() -> None:
    duties = GUIDE.partition("## Duties")[2]
    assert set(re.findall(r"`([a-z]+)`", duties.partition("A duty can")[0])) == set(Act)
    assert {f"`{one}`" for one in Shortage} <= set(re.findall(r"`[a-z-]+`", duties))
