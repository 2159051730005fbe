"""Partnerships in the database: the case with what is particular to one."""

from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import Connection, bindparam, insert, select, update

from activities.case.projection import Projection, Writing
from activities.money import portfolio
from models.partnership.effects import Proposes
from models.tables.case import case
from models.tables.partnership import partnership


class PartnershipRow(TypedDict):
    """A partnership as it stands."""

    case: str
    programme: str
    version: int
    rules: str
    title: str
    country: str
    city: str | None
    area: str | None
    applicant: str
    proposer: str
    national_firm: bool
    study: str
    requested: int
    currency: str
    proposal: str
    content_hash: str
    stage: str
    status: str
    decisions: int
    started_at: datetime
    updated_at: datetime
    closed_at: datetime | None


def _store(writing: Writing, effect: Proposes, _: object) -> None:
    """Keep the current version of a proposal; a revision replaces it, the record keeps both."""
    proposal = effect.proposal
    row = {
        **proposal.model_dump(include={"city", "area", "applicant", "national_firm", "proposer", "study"}),
        "requested": proposal.requested.minor,
        "currency": proposal.requested.currency,
        "proposal": proposal.model_dump_json(),
        "content_hash": proposal.digest(),
    }
    of_case = update(partnership).where(partnership.c.case == proposal.case)
    if not writing.connection.execute(of_case.values(row)).rowcount:
        writing.connection.execute(insert(partnership).values(row | {"case": proposal.case}))
    portfolio.count(writing.connection, proposal.case, {})  # what it holds counts for other groups now


PROJECTIONS = (Projection(Proposes, apply=_store),)

_OF_THE_CASE = (
    *("programme", "version", "rules", "title", "country", "stage", "status", "decisions"),
    *("started_at", "updated_at", "closed_at"),
)
_JOINED = select(partnership, *(case.c[name] for name in _OF_THE_CASE)).join(
    case, case.c.id == partnership.c.case
)
_ONE = _JOINED.where(partnership.c.case == bindparam("of"))


def find(connection: Connection, number: str) -> PartnershipRow | None:
    """One partnership as it stands, or None."""
    row = connection.execute(_ONE, {"of": number}).mappings().first()
    return PartnershipRow(**row) if row else None  # type: ignore[typeddict-item]


class Filters(TypedDict, total=False):
    """What a list of partnerships is chosen by: the value that each must have; None leaves one out."""

    stage: str | None
    status: str | None
    country: str | None
    programme: str | None


def listing(
    connection: Connection, limit: int | None = None, after: str | None = None, **filters: Unpack[Filters]
) -> list[PartnershipRow]:
    """Partnerships in order of their number, from behind ``after``."""
    wanted = _JOINED.order_by(case.c.id).limit(limit)
    for name, value in filters.items():
        if value is not None:
            wanted = wanted.where(case.c[name] == value)
    if after is not None:
        wanted = wanted.where(case.c.id > after)
    return [PartnershipRow(**row) for row in connection.execute(wanted).mappings()]  # type: ignore[typeddict-item]
