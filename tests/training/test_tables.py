"""What the tables of cohorts do not take is refused by name: otherwise an entry would stop its case."""

from datetime import date

import pytest
from sqlalchemy import Engine

from activities.training.certificates import Certificates
from adapters.certificate import unprintable
from models.case.case import Standing
from models.case.effects import Begins, Effect
from models.case.envelope import SELF_DECLARED
from models.case.rule import Rule
from models.training.certificate import Certificate
from models.training.effects import Certifies, Enrols, Plans
from models.training.enrolment import Enrolment, EnrolmentState
from models.training.questions import CertificateWanted
from models.training.rule import TrainingRule
from services.training.nominee_file import Nominee
from services.training.register import Register
from tests.support.entries import entry, write
from tests.support.fake_case import CASE
from tests.support.house import sha
from tests.support.training import official, plan


def written(database: Engine, *effects: Effect) -> str | None:
    """The rule by which an entry with these effects is refused, or None."""
    key = "+".join(sha(one.model_dump_json())[:12] for one in effects)
    return write(database, entry(f"C-1:{key}").with_effects(*effects), case="C-1")[0].rule


@pytest.fixture
def cohort(database: Engine) -> Engine:
    """A database with one cohort."""
    return begun(database, "Smart city administration")


def begun(database: Engine, title: str) -> Engine:
    """The same with one cohort of this title."""
    case = CASE.model_copy(update={"id": "C-1", "kind": "cohort"})
    begins = Begins(case=case, standing=Standing(stage="planned"))
    assert written(database, begins, Plans(plan=plan("C-1", title=title))) is None
    return database


@pytest.mark.parametrize(
    ("number", "nominee", "rule"),
    [
        ("C-1-001", "vn-0000000002", TrainingRule.NOT_IN_STATE),
        ("C-1-002", "vn-0000000001", TrainingRule.NOT_IN_STATE),
        ("C-1-002", "vn-0000000002", None),
    ],
)
def test_a_certificate_is_given_once(cohort: Engine, number: str, nominee: str, rule: Rule | None) -> None:
    first = Certifies(number="C-1-001", nominee="vn-0000000001", document=sha("one"))
    assert written(cohort, first) is None
    assert written(cohort, Certifies(number=number, nominee=nominee, document=sha("two"))) == rule


def test_whoever_is_not_in_the_register_is_nobody(cohort: Engine) -> None:
    nobody = Enrolment(
        nominee="vn-0000000009",
        country="VN",
        authority="nominator.vn",
        state=EnrolmentState.COMPLETE,
        dossier=sha("dossier"),
    )
    assert written(cohort, Enrols(enrolment=nobody)) == TrainingRule.NOT_REGISTERED


@pytest.mark.parametrize(
    ("title", "printed"),
    [("Smart city administration", True), ("Smart \U0001f3d9 city administration", False)],
)
def test_a_title_that_cannot_be_printed_keeps_nobody_from_a_certificate(
    database: Engine, title: str, printed: bool
) -> None:
    cohort = begun(database, title)
    nominated = Register(cohort, "nominator.vn", SELF_DECLARED).nominate("C-1", Nominee(official(), {}))
    one = Enrolment(
        nominee=nominated.nominee,
        country="VN",
        authority="nominator.vn",
        state=EnrolmentState.COMPLETED,
        dossier=nominated.dossier,
    )
    assert written(cohort, Enrols(enrolment=one)) is None
    seen: list[Certificate] = []

    def render(certificate: Certificate) -> bytes:
        seen.append(certificate)
        return b"%PDF"

    wanted = CertificateWanted(case="C-1", number="C-1-001", nominee=one.nominee, issued=date(2026, 11, 1))
    made = Certificates(cohort, render, unprintable).make(wanted)
    assert made.document == sha("%PDF")
    assert [each.cohort for each in seen] == [title if printed else "C-1"]
