"""Refusals that no workflow makes: it turned the message away, or is closed. They are on record, too."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from activities.case import cases, record
from models.base import Message, digest
from models.case.action import CaseAction
from models.case.envelope import DOOR
from models.case.record import ENGINE, Batch, Entry, Source
from models.case.rule import Rule


def put_on_record(connection: Connection, case: str, name: str, message: Message, rule: Rule) -> int:
    """Write the refusal of ``message``, once; the number it has on record."""
    content = {"message": name, **message.content()}
    row = cases.find(connection, case)
    entry = Entry(
        key=f"{case}:services:refused:{digest([rule, content])[:24]}",
        stage=row["stage"] if row else "",
        action=CaseAction.REFUSED,
        actor=getattr(message, "actor", ENGINE),
        on_behalf_of=getattr(message, "on_behalf_of", None),
        at=datetime.now(UTC),
        rule=rule,
        reason=rule.text,
        facts=content,
    )
    workflow_id = row["workflow_id"] if row else ""
    source = Source(case=case, workflow_id=workflow_id, run_id="", rules=row["rules"] if row else "")
    (receipt,) = record.write(connection, Batch(source=source, entries=(entry,)))
    return receipt.seq


def start_on_record(connection: Connection, kind: str, workflow_id: str, by: str, rule: Rule) -> int:
    """Write that ``by`` wanted to start something and is not believed; not under the number of a case, which
    they do not get.
    """
    entry = Entry(
        key=f"{DOOR}:services:refused:{record.lock(connection) + 1}",
        stage=DOOR,
        action=CaseAction.REFUSED,
        actor=by,
        attested=False,
        at=datetime.now(UTC),
        rule=rule,
        reason=rule.text,
        facts={"workflow": workflow_id, "kind": kind},
    )
    source = Source(case=DOOR, workflow_id=workflow_id, run_id="", rules="")
    return record.write(connection, Batch(source=source, entries=(entry,)))[0].seq
