"""Supplementary budgets: what the file of a fund says otherwise waits for two of its managers, on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from activities.case import request
from activities.case.audit import facts
from activities.money import amendment, level
from activities.money.fund import source
from models.base import digest
from models.case.effects import Tells
from models.case.envelope import SELF_DECLARED
from models.case.notice import Draft
from models.case.record import Receipt
from models.money.amendment import Amendment
from models.money.effects import BOOKS
from models.money.fund import Fund
from services.case.acts import Act, Asked


class Waiting(NamedTuple):
    """An amendment that waits for managers; ``asked_by`` None: only the file asks for it so far."""

    record: int
    amendment: Amendment
    asked_by: str | None
    at: datetime


def waiting(connection: Connection, fund: str, at: datetime) -> list[Waiting]:
    """The amendments of a fund that wait for two managers, the oldest first."""
    return [
        Waiting(one.record, Amendment.model_validate(one.facts["amendment"]), one.asked_by, one.at)
        for one in request.pending(connection, fund, at)
        if "amendment" in one.facts
    ]


def bring(connection: Connection, terms: Fund, at: datetime) -> list[Waiting]:
    """Ask for what the file says otherwise; what it asks for no more is withdrawn."""
    act = Act(connection, at, asked(terms.id, None, {}), SELF_DECLARED)
    wanted = amendment.differences(connection, terms)
    there = waiting(connection, terms.id, at)
    for one in (one for one in there if one.amendment not in wanted):
        request.settle(connection, one.amendment.content())
        written(act, one.amendment, "withdrawn", reason="The file does not ask for it any more.")
    known = [one.amendment for one in there]
    for new in (one for one in wanted if one not in known):
        told = Tells(notice=_waits(new, level.managers(connection, new.level)))
        seq = written(act, new, "asked for", effects=(told,)).seq
        request.put_down(connection, new.content(), seq)
    return waiting(connection, terms.id, at)


def asked_for(connection: Connection, number: int) -> Amendment | None:
    """The amendment that the entry with this number is about, whether it waits or not."""
    found = facts(connection, number).get("amendment")
    return Amendment.model_validate(found) if found else None


def asked(fund: str, actor: str | None, said: Mapping[str, Any]) -> Asked:
    """Who wants what of a fund; ``actor`` None: its file."""
    return Asked(fund, BOOKS, actor, said, source(fund).workflow_id)


def written(
    act: Act, found: Amendment, what: str, facts: Mapping[str, str] | None = None, **fields: Any
) -> Receipt:
    """Write what becomes of an amendment."""
    key = f"{found.fund}:amendment:{act.number}:{digest(found.content())[:12]}"
    said = {"amendment": found.content()} | dict(facts or {})
    return act.write(act.entry(key, f"{found.term} {what}", facts=said, **fields))


def _waits(found: Amendment, managers: tuple[str, ...]) -> Draft:
    return Draft(
        subject=f"{found.fund}: the {found.term} of {found.level} shall be another",
        body=f"{found}\n\nIt waits for two managers.\n\naccord fund pending {found.fund}",
        roles=managers,
    )
