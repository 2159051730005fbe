"""Organisations as people name them: by id, or by a name that means exactly one of the directory."""

from sqlalchemy import Connection

from activities.people import person
from models.base import Message
from models.case.named import Known, NamesOrganisations
from models.case.rule import Broken
from models.people.names import meant, near
from models.people.person import Organisation
from models.people.rule import PeopleRule


def with_ids(connection: Connection, message: Message) -> Message | Broken:
    """The message, with the ids of all organisations that it names; Broken: which one the directory does not
    know, and what is spelled alike.
    """
    if not isinstance(message, NamesOrganisations):
        return message
    known: dict[str, Known] = {}
    for name in message.organisations():
        found = identified(connection, name)
        if isinstance(found, Broken):
            return found
        known[name] = Known(found.id, found.name)
    return message.identified(known)


def identified(connection: Connection, text: str) -> Organisation | Broken:
    """The organisation that ``text`` means; Broken: none or several, with those that are spelled alike."""
    bodies = person.organisations(connection)
    if found := meant(text, bodies):
        return found
    alike = near(text, bodies)
    hint = f"did you mean {' or '.join(alike)}?" if alike else "the directory has none like it."
    return Broken(PeopleRule.UNKNOWN_ORGANISATION, f"({text[:60]!r}; {hint})")
