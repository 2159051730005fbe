"""A database with people and money in it, and all of what is in one."""

from typing import Any

from sqlalchemy import Engine, select

from activities.money import fund as funding
from activities.people import person
from models.amount import Amount
from models.case.case import Standing
from models.case.notice import Draft
from models.money.fund import Fund, Sleeve
from models.money.transfer import Transfer, TransferKind
from models.partnership.partnership import Stage
from models.people.person import Person
from models.tables import metadata
from tests.support.entries import NOW
from tests.support.house import proposal

EFFECTS: dict[str, Any] = {
    "proposal": proposal("T-1"),
    "after": Standing(stage=Stage.FUNDING),
    "transfer": Transfer(
        key="T-1:reserve",
        kind=TransferKind.PENDING,
        fund="studies",
        reservation="T-1:reserve",
        amount=Amount(minor=400, currency="KRW"),
    ),
    "notices": (Draft(subject="Read", body="Please.", roles=("expert",), persons=("coord.seo",)),),
}
"""One of each effect of an entry, but for the gates."""

FURNISHED = 3
"""So many entries put people and money there (``furnish``)."""


def somebody(who: str, *roles: str, **changes: Any) -> Person:
    """A person of the directory."""
    fields = {"id": who, "name": f"Ms {who}", "organisation": "kind", "email": f"{who}@accord.example"}
    return Person(roles=roles, **(fields | changes))


def register(database: Engine, *people: Person) -> None:
    """Put people in the directory."""
    with database.begin() as connection:
        person.register(connection, people)


def furnish(database: Engine) -> None:
    """People, and 1000 won to give away; the first FURNISHED entries of the record say so."""
    people = {"expert.lim": "expert", "sec.han": "secretariat", "director.kang": "director"}
    register(database, *(somebody(who, role) for who, role in people.items()), somebody("coord.seo"))
    add_fund(database, "f", studies=1000, other=500)


def add_fund(database: Engine, name: str, **caps: int) -> None:
    """Register a fund with these sleeves."""
    sleeves = tuple(Sleeve(id=part, name=part, cap=cap) for part, cap in caps.items())
    with database.begin() as connection:
        terms = Fund(id=name, name=name, currency="KRW", cap=10_000, sleeves=sleeves)
        funding.register(connection, terms, NOW)


def snapshot(database: Engine, *but: str) -> dict[str, list[str]]:
    """Every row of every table, but those of the tables left out."""
    with database.connect() as connection:
        tables = [table for table in metadata.sorted_tables if table.name not in but]
        return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}
