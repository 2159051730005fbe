"""Setting an installation up: schema, programmes, funds, people. Safe to repeat."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Engine

from activities import fund, partnership, person
from models.codes import programme_problems
from models.person import Person
from models.programme import InvalidFile, Programme, explain, load_programme
from runtime.database import migrate
from runtime.settings import Settings


def set_up(database: Engine, settings: Settings) -> list[Programme]:
    """Bring schema and reference data up to date. InvalidFile names the file and key that is wrong."""
    programmes = [load_programme(path) for path in sorted(settings.programmes.glob("*.toml"))]
    for terms in programmes:
        if problems := programme_problems(terms):
            raise InvalidFile(f"{terms.id}: {'; '.join(problems)}")
    people = load_people(settings.people)
    migrate(database)
    with database.begin() as connection:
        person.register(connection, people)
        for terms in programmes:
            fund.register(connection, terms.fund)
            partnership.register(connection, terms, datetime.now(UTC))
    return programmes


def load_people(path: Path) -> list[Person]:
    """Read the directory from a TOML file of ``[[person]]`` tables."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("person", [])
        people = [Person.model_validate_json(json.dumps(row, default=str)) for row in rows]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFile(f"{path.name}: {error}") from error
    except ValidationError as error:
        raise InvalidFile(f"{path.name}: {explain(error)}") from error
    twice = {p.id for p in people if sum(other.id == p.id for other in people) > 1}
    if twice:
        raise InvalidFile(f"{path.name}: listed twice: {', '.join(sorted(twice))}")
    return people
