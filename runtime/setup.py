"""Setting an installation up: schema, programmes, funds, people. Safe to repeat."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from activities.case import registry as programme
from activities.money import fund as funding
from activities.people import person
from adapters.database import migrate
from adapters.documents import load, load_directory, load_fund
from models.codes import currency_problem
from models.files import InvalidFile
from runtime.settings import Settings
from services.case.programme import Programme
from services.programmes import PROGRAMMES


def set_up(database: Engine, settings: Settings) -> list[Programme]:
    """Bring schema and reference data up to date. InvalidFile names the file and key that is wrong."""
    programmes = [_programme(path) for path in sorted(settings.programmes.glob("*.toml"))]
    directory = load_directory(settings.people)
    funds = [load_fund(path) for path in settings.funds]
    if problem := next(filter(None, (currency_problem(fund.currency) for fund in funds)), None):
        raise InvalidFile(problem)
    migrate(database)
    with database.begin() as connection:
        person.register(connection, directory.people, directory.organisations)
        person.exclude(connection, directory.exclusive)
        for fund in funds:
            funding.register(connection, fund, datetime.now(UTC))
        for terms in programmes:
            now = datetime.now(UTC)
            if terms.fund is not None:
                funding.register(connection, terms.fund, now)
            programme.register(connection, terms, now)
    return programmes


def _programme(path: Path) -> Programme:
    terms = load(path, PROGRAMMES.read)
    if problems := PROGRAMMES.problems(terms):
        raise InvalidFile(f"{path.name}: {'; '.join(problems)}")
    return terms
