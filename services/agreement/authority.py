"""Who may bind a party of an agreement, looked up before a text is put on the table."""

from datetime import date

from sqlalchemy import Connection

from activities.people import person
from models.agreement.agreement import SIGNATORY, Party, is_of
from models.case.rights import Capacity


def problem(connection: Connection, party: Party, day: date) -> str | None:
    """Why this signatory could not sign for this party today; None: they could."""
    known = person.find(connection, party.signatory)
    if known is None:
        return f"{party.signatory} is not in the directory and could not sign"
    body = person.find_organisation(connection, known.organisation)
    signatory = Capacity(
        person=known.id,
        who=known.who,
        organisation=known.organisation,
        roles=known.roles_on(day),
        employer=body.name if body else "",
        country=body.country if body else "",
    )
    if SIGNATORY not in signatory.roles:
        return f"{known.id} does not hold the role {SIGNATORY} today and could not sign"
    if not is_of(party, signatory):
        theirs = f"{signatory.organisation} ({signatory.employer}, {signatory.country})"
        return f"{known.id} signs for {theirs}, not for {party.organisation}, {party.country}"
    return None
