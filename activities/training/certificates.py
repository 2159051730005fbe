"""Certificates: made as PDFs, kept, and checked by number."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypedDict

from sqlalchemy import Connection, Engine, bindparam, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case import cases, document
from activities.people import person
from activities.training import cohort, nominee
from models.base import cleaned
from models.tables.case import document as documents
from models.tables.training import certificate
from models.training.certificate import Certificate
from models.training.questions import CertificateMade, CertificateWanted

Render = Callable[[Certificate], bytes]
"""Makes the PDF. ValueError: it cannot, and why."""


class CertificateRow(TypedDict):
    """A certificate that was issued."""

    number: str
    case: str
    nominee: str
    document: str
    issued_at: datetime
    revoked_at: datetime | None


def find(connection: Connection, number: str) -> CertificateRow | None:
    """The certificate of this number, or None."""
    row = connection.execute(_ONE, {"of": number}).mappings().first()
    return CertificateRow(**row) if row else None  # type: ignore[typeddict-item]


def pdf(connection: Connection, sha256: str) -> bytes | None:
    """The PDF that is kept under this digest."""
    found = connection.scalar(select(documents.c.content).where(documents.c.sha256 == sha256))
    return base64.b64decode(found) if found else None


_ONE = select(certificate).where(certificate.c.number == bindparam("of"))


class Certificates:
    """Makes certificates. Made twice, one is the same: it is kept under the digest of its content."""

    def __init__(self, engine: Engine, render: Render) -> None:
        self._engine = engine
        self._render = render

    @activity.defn(name="certificate")
    def make(self, wanted: CertificateWanted) -> CertificateMade:
        """Make and keep the PDF; its SHA-256."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            content = _content(connection, wanted)
        try:
            made = self._render(content)
        except ValueError as error:
            raise ApplicationError(cleaned(str(error), 300), type="certificate") from error
        sha256 = hashlib.sha256(made).hexdigest()
        text = base64.b64encode(made).decode()
        with self._engine.begin() as connection:
            document.store_document(connection, sha256, f"{wanted.number}.pdf", text, datetime.now(UTC))
        return CertificateMade(document=sha256)


def _content(connection: Connection, wanted: CertificateWanted) -> Certificate:
    plan = cohort.plan_of(connection, wanted.case)
    official = nominee.find(connection, wanted.nominee)
    row = cases.find(connection, wanted.case)
    assert plan and official and row, "only who is enrolled is certified"
    institute = person.find_organisation(connection, plan.institute)
    return Certificate(
        number=wanted.number,
        programme=row["programme"],
        cohort=plan.title,
        institute=institute.name if institute else plan.institute,
        starts=plan.starts,
        ends=plan.ends,
        name=official["name"],
        latin=official["latin"],
        country=official["country"],
        language=official["language"],
        issued=wanted.issued,
    )
