"""Installations that are shared by the attacks."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from adapters.database import connect
from tests.support.house import House, Patient
from tests.support.installation import EVENTS, installation, soon


@pytest.fixture(scope="session")
async def impatient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation whose workflows continue as new all the time."""
    async with installation(tmp_path_factory.mktemp("impatient"), soon(EVENTS)) as house:
        house.cases = Patient(house.client, house.database, house.settings)
        yield house


@pytest.fixture(scope="session")
async def on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template: str, worker_id: str
) -> AsyncIterator[House]:
    """An installation on PostgreSQL."""
    name = f"attacks_{worker_id}"
    admin = connect(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    async with installation(tmp_path_factory.mktemp("postgresql"), database_url=url) as house:
        yield house
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["house", "on_postgresql"])
def anywhere(request: pytest.FixtureRequest) -> House:
    """An installation, once on each kind of database."""
    found: House = request.getfixturevalue(request.param)
    return found
