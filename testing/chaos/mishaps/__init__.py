"""What can happen to an installation, and the scenarios in which it does."""

from testing.chaos.mishaps.database import DATABASE
from testing.chaos.mishaps.insider import INSIDER
from testing.chaos.mishaps.nemesis import Nemesis
from testing.chaos.mishaps.operators import OPERATORS
from testing.chaos.mishaps.outside import LINES, OUTSIDE
from testing.chaos.mishaps.processes import CLOCK, KILLS, STOPS

SCENARIOS: dict[str, tuple[Nemesis, ...]] = {
    "calm": (),
    "kills": KILLS,
    "stops": STOPS,
    "clock": CLOCK,
    "network": LINES,
    "database": DATABASE,
    "outside": OUTSIDE,
    "operators": OPERATORS,
    "insider": INSIDER,
}
SCENARIOS["all"] = tuple(one for nemeses in SCENARIOS.values() for one in nemeses)
