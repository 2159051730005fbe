"""The programmes of every kind, put together once."""

from services.case.programme import AllProgrammes
from services.partnership.programme import PARTNERSHIP
from services.training.programme import TRAINING

PROGRAMMES = AllProgrammes(PARTNERSHIP, TRAINING)
