"""Texts on their way to signature: who is named to sign, and could not any more."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from activities.case import rights
from models.agreement.agreement import Party, may_bind
from models.base import digest
from models.case.rights import Asked, Capacity
from models.operations.deployment import Checked
from models.tables.record import IS_OPEN, gate, record, seat

_HOW = (
    "Let the version that is at work finish it, put it right in the directory, or have the text refused and"
    " tabled anew."
)


def cannot_sign(copy: Engine) -> Iterator[Checked]:
    """Each signatory of an open text who would be refused, by today's rules and the directory as it is: what
    was no rule when the text was tabled is one now.
    """
    with copy.connect().execution_options(readonly=True) as connection:
        for row in connection.execute(_OPEN).all():
            for party in _still_asked(connection, row):
                if broken := may_bind(party, _capacity(connection, row.case, party.signatory)):
                    what = f"{row.id}: {party.signatory} could not sign for {party.organisation}"
                    yield Checked(what, is_good=False, detail=f"{broken.text} {_HOW}")


def _still_asked(connection: Connection, row: Any) -> Iterator[Party]:
    """The parties of the text that this gate is about whose signatories have not signed; at a gate of signing
    a signatory who was replaced is asked no more.
    """
    found = json.loads(row.subject).get("parties", ())
    asked = set(connection.scalars(_ASKED, {"gate": row.id}))
    for party in (Party.model_validate(one) for one in found if "signatory" in one):
        key = f"{row.id}:signature:{party.signatory}"
        if (not asked or party.signatory in asked) and not connection.scalar(_SIGNED, {"key": key}):
            yield party


def _capacity(connection: Connection, case: str, person: str) -> Capacity:
    now = datetime.now(UTC)
    question = Asked(
        case=case, actor=person, day=now.date(), parties=(), cooling_off_days=0, message=digest(person)
    )
    return rights.read(connection, question).actor


_OPEN = select(gate.c.id, gate.c.case, gate.c.subject).where(IS_OPEN).order_by(gate.c.id)
_ASKED = select(seat.c.person).where(seat.c.gate == bindparam("gate"), seat.c.person != "")
_SIGNED = select(record.c.seq).where(record.c.key == bindparam("key"))
