"""Setting an installation up: schema, programmes, funds, people. Safe to repeat."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from activities.money import fund as funding
from activities.partnership import programme
from activities.people import person
from adapters.database import migrate
from adapters.documents import load_directory, load_fund, load_programme
from models.codes import currency_problem, programme_problems
from models.files import InvalidFile
from models.partnership.programme import Programme
from runtime.settings import Settings


def set_up(database: Engine, settings: Settings) -> list[Programme]:
    """Bring schema and reference data up to date. InvalidFile names the file and key that is wrong."""
    programmes = [load_programme(path) for path in sorted(settings.programmes.glob("*.toml"))]
    for terms in programmes:
        if problems := programme_problems(terms):
            raise InvalidFile(f"{terms.id}: {'; '.join(problems)}")
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
            funding.register(connection, terms.fund, now)
            programme.register(connection, terms, now)
    return programmes
