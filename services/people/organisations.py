"""Organisations as people name them: by id, or by a name that means exactly one of the directory."""

from sqlalchemy import Connection

from activities.people import person
from models.case.rule import Broken
from models.people.names import meant, near
from models.people.person import Organisation
from models.people.rule import PeopleRule


def identified(connection: Connection, text: str) -> Organisation | Broken:
    """The organisation that ``text`` means; Broken: none or several, with those that are spelled alike."""
    bodies = person.organisations(connection)
    if found := meant(text, bodies):
        return found
    alike = near(text, bodies)
    hint = f"did you mean {' or '.join(alike)}?" if alike else "the directory has none like it."
    return Broken(PeopleRule.UNKNOWN_ORGANISATION, f"({text[:60]!r}; {hint})")
