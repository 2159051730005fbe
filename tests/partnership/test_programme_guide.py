"""The guide for those who write programmes: its example is one, and its words are those of the code."""

import re
import tomllib

from models.case.duty import Act
from models.case.staffing import Shortage
from models.partnership.programme import Programme
from runtime.settings import ROOT
from services.partnership.codes import programme_problems

GUIDE = (ROOT / "docs" / "programme.md").read_text()


def test_the_smallest_programme_works() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    programme = Programme.model_validate(tomllib.loads(example))
    assert programme_problems(programme) == []
    assert programme.fund.cap == 5_000_000_000


def test_it_names_every_act_and_every_shortage() -> None:
    duties = GUIDE.partition("## Duties")[2]
    assert set(re.findall(r"`([a-z]+)`", duties.partition("A duty can")[0])) == set(Act)
    assert {f"`{one}`" for one in Shortage} <= set(re.findall(r"`[a-z-]+`", duties))
