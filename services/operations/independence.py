"""Who may operate on a case: somebody with the role of that day, and nothing else to do with the case."""

import json
from datetime import datetime

from sqlalchemy import Connection

from activities.case import registry, rights
from activities.case.cases import CaseRow
from activities.operations.operation import took_part
from activities.payment import payment
from activities.people import person
from models.case.rights import Asked
from models.case.rule import Broken, CaseRule
from models.operations.operation import may_operate
from models.people.person import Person


def operator_of(connection: Connection, row: CaseRow, actor: str, at: datetime) -> Person | Broken:
    """Somebody, as an operator on an open case; or what keeps them from being one."""
    known = person.find(connection, actor)
    if known is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({actor})")
    acted = took_part(connection, row["number"], rights.accounts_of(connection, known))
    capacity = rights.read(connection, _question(connection, row, actor, at)).actor
    if broken := may_operate(capacity, acted):
        return broken
    return Broken(CaseRule.CASE_CLOSED, f"({row['id']})") if row["closed_at"] else known


def _question(connection: Connection, row: CaseRow, actor: str, at: datetime) -> Asked:
    """Whether somebody is independent: of who benefits, and of who is paid."""
    rules = registry.rules(connection, row["rules"])
    payees = [one["payee"] for one in payment.listing(connection, case=row["number"])]
    return Asked(
        case=row["number"],
        actor=actor,
        day=at.date(),
        parties=(*json.loads(row["parties"]), *payees),
        cooling_off_days=rules.cooling_off_days if rules else 0,
        message=row["rules"],
    )
