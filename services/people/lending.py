"""Delegations of roles that take two people: asked for by the giver, in force when a registrar says so."""

from datetime import datetime

from sqlalchemy import Connection

from activities.case import request
from activities.people import delegation, directory, person
from activities.people.delegation import Waiting
from models.case.rule import Broken, CaseRule
from models.people.delegation import Approval, Giving, may_approve
from models.people.guard import REGISTRAR, guarded


def takes_a_registrar(connection: Connection, asked: Giving) -> bool:
    """Whether any of the roles moves money, or takes two people whatever programmes say."""
    return bool(guarded(asked.roles, directory.roles_of_money(connection)))


def found(connection: Connection, number: str, at: datetime) -> Waiting | None:
    """The delegation with this id that waits for a registrar; None: none does, or it has lapsed."""
    return next((one for one in delegation.waiting(connection, at) if one.id == number), None)


def refusal(connection: Connection, asked: Approval, waits: Waiting, at: datetime) -> Broken | None:
    """What keeps this registrar from putting it in force, or None."""
    names = (asked.actor, waits.giving.actor, waits.giving.taker)
    actor, giver, taker = (person.find(connection, name) for name in names)
    if actor is None or giver is None or taker is None:
        gone = next(name for name in names if person.find(connection, name) is None)
        return Broken(CaseRule.UNKNOWN_PERSON, f"({gone})")
    registrars = directory.in_force(connection).holders(REGISTRAR, at.date())
    if broken := may_approve(actor, giver, taker, registrars):
        return broken
    weighed = request.weigh(connection, waits.giving.asked(), actor, at)
    return weighed if isinstance(weighed, Broken) else None
