"""The directory: people and the roles they hold."""

from sqlalchemy import Column, ForeignKey, String, Table

from models.tables import metadata

person = Table(
    "person",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("organisation", String(200), nullable=False),
    Column("email", String(254), nullable=False),
)

person_role = Table(
    "person_role",
    metadata,
    Column("person", String(64), ForeignKey("person.id"), primary_key=True),
    Column("role", String(40), primary_key=True, index=True),
)
