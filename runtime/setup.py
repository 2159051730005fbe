"""Setting an installation up: schema, programmes, funds, people. Safe to repeat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from activities.case import registry as programme
from activities.money import fund as funding
from activities.people import person
from adapters.database import migrate
from adapters.documents import load, load_directory, load_fund
from models.case.rule import CaseRule
from models.codes import currency_problem
from models.files import InvalidFile
from runtime.mode import put_on_record
from runtime.settings import Settings
from services.case.cases import Refused
from services.case.programme import Programme
from services.money import amending
from services.money.amending import Waiting
from services.people.directory import Brought, bring
from services.programmes import PROGRAMMES


class SetUp(NamedTuple):
    """What an installation was set up with, and what became of the differences of directory and funds."""

    programmes: list[Programme]
    directory: Brought
    amendments: list[Waiting]


def set_up(database: Engine, settings: Settings, actor: str | None = None) -> SetUp:
    """Bring schema and reference data up to date. ``actor`` is the registrar who asks for what takes two
    people; None: the files alone do. InvalidFile names the file and key that is wrong.
    """
    programmes = [_programme(path) for path in sorted(settings.programmes.glob("*.toml"))]
    directory = load_directory(settings.people)
    funds = [load_fund(path) for path in settings.funds]
    if problem := next(filter(None, (currency_problem(fund.currency) for fund in funds)), None):
        raise InvalidFile(problem)
    migrate(database)
    with database.begin() as connection:
        now = datetime.now(UTC)
        registrar = person.find(connection, actor) if actor else None
        if actor and registrar is None:
            raise Refused(CaseRule.UNKNOWN_PERSON, f"({actor})")
        amendments: list[Waiting] = []
        for fund in (*funds, *(terms.fund for terms in programmes if terms.fund)):
            funding.register(connection, fund, now)
            amendments += amending.bring(connection, fund, now)
        for terms in programmes:
            programme.register(connection, terms, now)
        put_on_record(connection, settings, now)
        return SetUp(programmes, bring(connection, directory, registrar, now), amendments)


def told(done: SetUp) -> Iterator[str]:
    """A line for each thing that was done, or waits."""
    yield from waits(done)
    for terms in done.programmes:
        yield f"programme {terms.id} version {terms.version} ({terms.digest()[:12]})"


def waits(done: SetUp) -> Iterator[str]:
    """A line for each difference, and what is to be done about those that wait."""
    for amendment in done.amendments:
        what, fund = amendment.amendment, amendment.amendment.fund
        yield f"waits: {what}; takes two managers: accord fund confirm {fund} {amendment.record} --as MANAGER"
    brought = done.directory
    yield from (f"directory: {change}" for change in brought.done)
    for one in brought.waiting:
        needs = (
            f"asked for by {one.asked_by}; takes another registrar"
            if one.asked_by
            else "takes two registrars"
        )
        yield f"waits: {one.change}; {needs}: accord people confirm {one.record} --as REGISTRAR"
    if brought.waiting and brought.registrars < 2:
        yield (
            "There are not two registrars to confirm that: list two people with the role registrar"
            " in the directory file, then run `accord setup` again."
        )


def _programme(path: Path) -> Programme:
    terms = load(path, PROGRAMMES.read)
    if problems := PROGRAMMES.problems(terms):
        raise InvalidFile(f"{path.name}: {'; '.join(problems)}")
    return terms
