"""What entries change in the tables of cohorts."""

from typing import Literal

from models.base import Sha256
from models.case.effects import Effect
from models.training.cohort import Plan
from models.training.enrolment import Enrolment


class Plans(Effect):
    """A cohort is planned so; it takes the place of the plan before."""

    effect: Literal["plans"] = "plans"
    plan: Plan


class Enrols(Effect):
    """An official stands so in the cohort. Refused where it would be a second seat on the same days."""

    effect: Literal["enrols"] = "enrols"
    enrolment: Enrolment


class Attends(Effect):
    """Who of those attending was there on a day, and who was not."""

    effect: Literal["attends"] = "attends"
    day: str
    present: tuple[str, ...]
    absent: tuple[str, ...]


class Certifies(Effect):
    """A certificate was issued."""

    effect: Literal["certifies"] = "certifies"
    number: str
    nominee: str
    document: Sha256


class Revokes(Effect):
    """A certificate was taken back."""

    effect: Literal["revokes"] = "revokes"
    number: str


class Merges(Effect):
    """Whoever is still in this cohort goes on in another one."""

    effect: Literal["merges"] = "merges"
    into: str
