"""Nominations: officials are put in the register, their papers are kept, the cohort hears of an id."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select

from activities.case import document
from activities.people import person
from activities.training import cohort, nominee
from models.base import Line, canonical
from models.case.rule import CaseRule
from models.codes import country_problem
from models.faults import what
from models.tables.record import record
from models.training.action import CohortAction, CohortGate
from models.training.cohort import DocumentKind, Plan
from models.training.nomination import Nomination, Substitution
from models.training.official import Dossier, Official
from models.training.rule import TrainingRule
from services.case.cases import Refused
from services.case.sheet import MAX_CELL, QUOTE, Columns, Problem, Sheet, whole

_REQUIRED = ("identity", "name", "latin", "language", "position", "employer")
COLUMNS = Columns(_REQUIRED, (*_REQUIRED, "country", "documents"), {"passport": "identity"})
"""What a file of nominations may have; ``documents`` are files beside it, as ``passport=scan.pdf``, or the
SHA-256 of kept ones."""
MAX_ROWS = 2_000
_DOCUMENTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[DocumentKind, Line])


class Nominee(NamedTuple):
    """An official with the documents of their nomination, by kind."""

    official: Official
    documents: Mapping[str, str]
    """The SHA-256 of each; in a file of nominations, a name of a file may stand for it."""


class Nominees(NamedTuple):
    """What a file of nominations holds: officials, each with its row, and the rest."""

    rows: tuple[tuple[int, Nominee], ...] = ()
    problems: tuple[Problem, ...] = ()


def country_of(connection: Connection, number: str, actor: str) -> str:
    """The country that ``actor`` nominates for. Refused: for none of this cohort."""
    plan = _plan(connection, number)
    known = person.find(connection, actor)
    if known is None:
        raise Refused(CaseRule.UNKNOWN_PERSON, f"({actor})")
    country = plan.country_of(known.organisation)
    if country is None:
        raise Refused(TrainingRule.OTHER_COUNTRY, f"{known.organisation} nominates for none.")
    return country


def _plan(connection: Connection, number: str) -> Plan:
    plan = cohort.plan_of(connection, number)
    if plan is None:
        raise Refused(CaseRule.UNKNOWN_CASE, f"({number})")
    return plan


def gate_of(number: str) -> str:
    """The gate at which a cohort takes nominations."""
    return f"{number}:training.{CohortGate.NOMINATIONS}:1"


def problem_of(connection: Connection, number: str, official: Official) -> str | None:
    """What would keep an official from being nominated, or None; nothing is changed."""
    plan = _plan(connection, number)
    known = nominee.known(connection, official)
    if known is None:
        return None
    if any(one.nominee == known for one in cohort.enrolments(connection, number)):
        return TrainingRule.ONCE_PER_COHORT.text
    other = cohort.seat_elsewhere(connection, known, number, plan.starts, plan.ends)
    return f"{TrainingRule.OVERLAP.text} ({other})" if other else None


def missing(connection: Connection, number: str, documents: Mapping[str, str]) -> list[str]:
    """Which of the documents that the plan asks for are not among these."""
    return [kind for kind in _plan(connection, number).documents if kind not in documents]


def not_asked_for(connection: Connection, number: str, documents: Mapping[str, str]) -> str | None:
    """What is said of a document that the plan does not ask for, or None: no misspelt one is lost."""
    asked = _plan(connection, number).documents
    strange = sorted(set(documents) - set(asked))
    if not strange:
        return None
    return f"{strange[0]!r} is none of those that the plan asks for: {', '.join(asked) or 'none'}."


def registered(connection: Connection, official: Official, actor: str) -> str:
    """Put an official in the register; their id. To be called in a transaction."""
    return nominee.register(connection, official, actor, datetime.now(UTC))


def kept(
    connection: Connection, nominee_id: str, official: Official, documents: Mapping[str, str]
) -> Dossier:
    """Keep what a nomination consists of under its digest. To be called in a transaction."""
    dossier = Dossier(nominee=nominee_id, official=official, documents=dict(documents))
    content = canonical(dossier.content())
    sha256 = hashlib.sha256(content).hexdigest()
    text = base64.b64encode(content).decode()
    document.store_document(connection, sha256, f"dossier {nominee_id}.json", text, datetime.now(UTC))
    return dossier


def nomination(
    connection: Connection, number: str, actor: str, official: Official, documents: Mapping[str, str]
) -> Nomination:
    """The message that nominates an official, once register and papers are kept. In a transaction."""
    if strange := not_asked_for(connection, number, documents):
        raise Refused(TrainingRule.DOCUMENTS, strange)
    nominee_id = registered(connection, official, actor)
    dossier = kept(connection, nominee_id, official, documents)
    return Nomination(
        gate=gate_of(number),
        actor=actor,
        country=official.country,
        nominee=nominee_id,
        dossier=dossier.digest(),
        documents=tuple(sorted(documents)),
    )


def substitution(
    connection: Connection, number: str, actor: str, leaving: str, reason: str, new: Nominee | None
) -> Substitution:
    """The message that lets ``new`` take a seat; None: whoever was asked for, to be confirmed.

    Refused: nobody was asked for. To be called in a transaction.
    """
    fields: dict[str, Any] = {"case": number, "actor": actor, "leaving": leaving, "reason": reason}
    if new is None:
        return Substitution.model_validate(fields | _asked_for(connection, number, leaving))
    if strange := not_asked_for(connection, number, new.documents):
        raise Refused(TrainingRule.DOCUMENTS, strange)
    nominee_id = registered(connection, new.official, actor)
    dossier = kept(connection, nominee_id, new.official, new.documents)
    kinds = tuple(sorted(new.documents))
    return Substitution(nominee=nominee_id, dossier=dossier.digest(), documents=kinds, **fields)


def _asked_for(connection: Connection, number: str, leaving: str) -> dict[str, Any]:
    """Who was asked for as a substitute last, with their papers."""
    asked = (
        select(record.c.payload)
        .where(record.c.case == number, record.c.action == CohortAction.SUBSTITUTE_ASKED)
        .order_by(record.c.seq.desc())
    )
    for payload in connection.scalars(asked):
        message = json.loads(payload)["sent"]["message"]
        if message["leaving"] == leaving:
            return {name: message.get(name, ()) for name in ("nominee", "dossier", "documents")}
    raise Refused(TrainingRule.TWO_SIDES, f"Nobody has asked for a substitute of {leaving} yet.")


def read_rows(sheet: Sheet, country: str | None) -> Nominees:
    """What a file of nominations of one country (None: of any) holds: officials by row, and problems."""
    if sheet.problems:
        return Nominees(problems=sheet.problems)
    rows: list[tuple[int, Nominee]] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for number, cells in sheet.rows:
        if number > MAX_ROWS + 1:
            return Nominees(problems=(whole(f"the file has more than {MAX_ROWS:,} rows"),))
        if isinstance(cells, Problem):
            problems.append(cells)
        elif any(cell.strip() for cell in cells):
            found = list(_read(number, cells, sheet.names, country, first))
            problems += [one for one in found if isinstance(one, Problem)]
            rows += [(number, one) for one in found if isinstance(one, Nominee)]
    if not rows and not problems:
        problems.append(whole("there are no rows below the names of the columns"))
    return Nominees(tuple(rows), tuple(problems))


def _read(
    number: int, record: list[str], names: tuple[str, ...], country: str | None, first: dict[str, int]
) -> Iterator[Nominee | Problem]:
    if len(record) != len(names) and any(cell.strip() for cell in record[len(names) :]):
        reason = f"the row has {len(record):,} cells, but there are {len(names)} columns"
        yield Problem(row=number, reason=reason, hint=QUOTE)
        return
    cells = {COLUMNS.aliases.get(name, name): cell.strip() for name, cell in zip(names, record, strict=False)}
    if long := [name for name, cell in cells.items() if len(cell) > MAX_CELL]:
        yield Problem(row=number, column=long[0], reason="the cell is too long")
        return
    documents, written = _documents(cells.pop("documents", "")), cells.get("country", "").upper()
    fields = {**cells, "country": written or country or ""}
    try:
        official = Official.model_validate(fields)
    except ValidationError as error:
        yield from _wrong(number, error, cells)
        return
    if problem := country_problem(official.country):
        yield Problem(row=number, column="country", value=official.country, reason=problem)
    elif country and official.country != country:
        reason = f"you nominate for {country}; {TrainingRule.OTHER_COUNTRY.text}"
        yield Problem(row=number, column="country", value=official.country, reason=reason)
    elif (earlier := first.setdefault(nominee.plain(official.identity), number)) != number:
        reason = f"this person is in row {earlier} already"
        yield Problem(row=number, column="identity", reason=reason, hint="delete one of the rows")
    elif documents is None:
        hint = "write passport=scan.pdf; health_certificate=letter.pdf"
        yield Problem(row=number, column="documents", reason="these are no documents", hint=hint)
    else:
        yield Nominee(official, documents)


def _wrong(number: int, error: ValidationError, cells: Mapping[str, str]) -> Iterator[Problem]:
    """At most one problem for each column. An identity number is never shown."""
    seen: set[str] = set()
    for found in error.errors(include_url=False, include_input=True):
        column = str(found["loc"][0])
        if column in seen:
            continue
        seen.add(column)
        value = "" if column == "identity" else cells.get(column, "")
        shown = {**found, "input": value} if column == "identity" else found
        reason = what([shown]) if cells.get(column) else "nothing is written here"
        yield Problem(row=number, column=column, value=value, reason=reason)


def _documents(cell: str) -> dict[str, str] | None:
    """``passport=…; photo=…``; None: that is no list of documents. A name of a file is a name alone: whoever
    wrote the list cannot have files from elsewhere handed in.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in cell.replace("\n", ";").split(";"))):
        kind, _, name = (text.strip() for text in part.partition("="))
        if not name or Path(name).name != name or "\\" in name:
            return None
        found[kind] = name
    try:
        return _DOCUMENTS.validate_python(found)
    except ValidationError:
        return None
