"""Who may bind a party of an agreement, looked up before a text is put on the table, or another one signs."""

from datetime import date

from sqlalchemy import Connection

from activities.case import audit
from activities.people import person
from models.agreement.action import AgreementAction
from models.agreement.agreement import SIGNATORY, Party, is_of
from models.case.rights import Capacity
from models.case.rule import Broken
from services.people.organisations import identified


def problem(connection: Connection, party: Party, day: date) -> str | None:
    """Why this signatory could not sign for this party today; None: they could."""
    meant = identified(connection, party.organisation)
    if isinstance(meant, Broken):
        return meant.text
    party = party.model_copy(update={"organisation": meant.id})
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


def times_named(connection: Connection, gate: str, person_id: str) -> int:
    """How often somebody has taken another signatory's place at a gate."""
    case = audit.Question(case=gate.partition(":")[0], stage="agreement")
    return sum(
        row["action"] == AgreementAction.REPLACED
        and row["key"].startswith(f"{gate}:")
        and row["payload"]["facts"]["new"] == person_id
        for row in audit.history(connection, case)
    )
