"""What a cohort asks of the database, and the answers."""

from models.base import Day, Message, Sha256
from models.case.case import CaseId
from models.training.cohort import Plan
from models.training.enrolment import Enrolment, NomineeId


class RosterWanted(Message):
    """The question who is enrolled, from behind the nominee ``after``."""

    case: CaseId
    after: str = ""


class RosterFound(Message):
    """The answer: the plan as it is on record (None: nothing is), and some of the enrolments."""

    plan: Plan | None = None
    enrolments: tuple[Enrolment, ...] = ()
    more: str | None = None
    """The last nominee of these, where there are others."""


class AttendanceWanted(Message):
    """The question how many days everybody was there."""

    case: CaseId


class Days(Message):
    """How many days have a sheet with somebody on it, and on how many they were there."""

    nominee: NomineeId
    days: int
    present: int


class AttendanceFound(Message):
    """The answer, of everybody who is on a sheet."""

    days: tuple[Days, ...] = ()


class PlaceWanted(Message):
    """The question whether a cohort can be held on these days, or merged into another one."""

    case: CaseId
    programme: str
    starts: Day | None = None
    ends: Day | None = None
    into: CaseId | None = None


class PlaceFound(Message):
    """The answer: who has a seat elsewhere on these days; whether the other cohort takes people."""

    overlapping: tuple[NomineeId, ...] = ()
    takes_people: bool = True


class NomineeWanted(Message):
    """The question whether somebody is in the register, and the dossier of their nomination is kept."""

    nominee: NomineeId
    dossier: Sha256


class NomineeFound(Message):
    """The answer."""

    registered: bool
    unprintable: str = ""
    """What keeps the name from being printed on a certificate."""


class CertificateWanted(Message):
    """A certificate to be made for one official."""

    case: CaseId
    number: str
    nominee: NomineeId
    issued: Day


class CertificateMade(Message):
    """The SHA-256 of the PDF, which is kept."""

    document: Sha256
