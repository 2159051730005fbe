"""Certificates: made as PDFs, kept, and checked by number."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypedDict

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, bindparam, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.case import cases, document, registry
from activities.people import person
from activities.training import cohort
from models.base import cleaned
from models.tables.case import document as documents
from models.tables.training import certificate
from models.training.certificate import Certificate
from models.training.official import Dossier
from models.training.questions import CertificateMade, CertificateWanted

Render = Callable[[Certificate], bytes]
"""Makes the PDF. ValueError: it cannot, and why."""
Unprintable = Callable[[str], str | None]
"""Why a text cannot stand on a certificate, or None."""


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


def kept(connection: Connection, sha256: str) -> bytes | None:
    """The document that is kept under this digest, or None."""
    found = connection.scalar(select(documents.c.content).where(documents.c.sha256 == sha256))
    return base64.b64decode(found) if found else None


def dossier_of(connection: Connection, sha256: str, nominee_id: str) -> Dossier | None:
    """The dossier of this official that is kept under this digest, or None."""
    papers = kept(connection, sha256)
    try:
        dossier = Dossier.model_validate_json(papers) if papers else None
    except ValidationError:
        return None
    return dossier if dossier and dossier.nominee == nominee_id else None


_ONE = select(certificate).where(certificate.c.number == bindparam("of"))


class Certificates:
    """Makes certificates. Made twice, one is the same: it is kept under the digest of its content."""

    def __init__(self, engine: Engine, render: Render, unprintable: Unprintable) -> None:
        self._engine = engine
        self._render = render
        self._unprintable = unprintable

    @activity.defn(name="certificate")
    def make(self, wanted: CertificateWanted) -> CertificateMade:
        """Make and keep the PDF; its SHA-256."""
        with self._engine.connect().execution_options(readonly=True) as connection:
            content = self._content(connection, wanted)
        try:
            made = self._render(content)
        except ValueError as error:
            raise ApplicationError(cleaned(str(error), 300), type="certificate") from error
        sha256 = hashlib.sha256(made).hexdigest()
        text = base64.b64encode(made).decode()
        with self._engine.begin() as connection:
            document.store_document(connection, sha256, f"{wanted.number}.pdf", text, datetime.now(UTC))
        return CertificateMade(document=sha256)

    def _content(self, connection: Connection, wanted: CertificateWanted) -> Certificate:
        plan = cohort.plan_of(connection, wanted.case)
        row = cases.find(connection, wanted.case)
        enrolled = cohort.enrolment_of(connection, wanted.case, wanted.nominee)
        assert plan and row and enrolled, "only who is enrolled is certified"
        dossier = dossier_of(connection, enrolled.dossier, wanted.nominee)
        if dossier is None:
            raise ApplicationError(f"The dossier of {wanted.nominee} is not kept here.", type="certificate")
        official = dossier.official
        terms = registry.content(connection, row["rules"]) or {}
        institute = person.find_organisation(connection, plan.institute)
        return Certificate(
            number=wanted.number,
            programme=self._title(terms.get("title"), row["programme"]),
            cohort=self._title(plan.title, plan.case),
            institute=self._title(institute.name if institute else None, plan.institute),
            starts=plan.starts,
            ends=plan.ends,
            name=official.name,
            latin=official.latin,
            country=official.country,
            language=official.language,
            issued=wanted.issued,
        )

    def _title(self, title: str | None, number: str) -> str:
        """The title, or the id of what has none that can be printed: nobody waits for a certificate because
        of a letter in a title. A name of an official is checked when they are nominated.
        """
        return number if title is None or self._unprintable(title) else title
