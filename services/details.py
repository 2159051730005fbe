"""The details of every kind of case, put together once."""

from services.case.details import AllDetails
from services.partnership.details import PARTNERSHIP
from services.training.details import COHORT

DETAILS = AllDetails(PARTNERSHIP, COHORT)
