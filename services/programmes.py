"""The programmes of every kind, put together once."""

from services.case.programme import AllProgrammes
from services.partnership.programme import PARTNERSHIP

PROGRAMMES = AllProgrammes(PARTNERSHIP)
