"""Refusals that no workflow makes: it turned the message away, or is closed. They are on record, too."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from activities.case import record
from models.base import Message, digest
from models.case.record import Batch, Entry, Source
from models.case.rule import Rule
from models.partnership.partnership import GateRef, Stage
from models.people.person import ENGINE


def put_on_record(connection: Connection, case: str, name: str, message: Message, rule: Rule) -> int:
    """Write the refusal of ``message``, once; the number it has on record."""
    content = {"message": name, **message.content()}
    entry = Entry(
        key=f"{case}:desk:refused:{digest(content)[:24]}",
        stage=_stage(getattr(message, "gate", "")),
        action="refused",
        actor=getattr(message, "actor", ENGINE),
        on_behalf_of=getattr(message, "on_behalf_of", None),
        at=datetime.now(UTC),
        rule=rule,
        reason=rule.text,
        facts=content,
    )
    source = Source(case=case, workflow_id=f"partnership/{case}", run_id="", rules="")
    (receipt,) = record.write(connection, Batch(source=source, entries=(entry,)))
    return receipt.seq


def _stage(gate: str) -> Stage:
    try:
        return GateRef.parse(gate).stage
    except ValueError:
        return Stage.PROPOSAL
