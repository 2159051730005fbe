"""Officials are put in the register and their papers are kept: what a cohort then hears of is an id."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, select

from activities.case import cases, document
from activities.training import nominee
from models.base import canonical
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.tables.record import record
from models.training.action import CohortAction
from models.training.nomination import Nomination, Substitution
from models.training.official import Dossier
from models.training.rule import TrainingRule
from services.case.acts import Act, Acts, Asked
from services.case.cases import Refused
from services.training.nominations import gate_of, not_asked_for
from services.training.nominee_file import Nominee


class Register:
    """Takes officials on behalf of ``actor``; ``belief`` is what is believed of them."""

    def __init__(self, database: Engine, actor: str, belief: Belief) -> None:
        self._database = database
        self._acts = Acts(database, belief)
        self._actor = actor

    def nominate(self, number: str, new: Nominee) -> Nomination:
        """The message that nominates an official for a cohort, once register and papers are kept. Refused: a
        document that the plan does not ask for, or there is no such cohort.
        """
        about = self._asked(number, "nominate")
        return self._acts.carry_out(about, lambda act: _nominated(act, number, self._actor, new))

    def substitute(self, number: str, leaving: str, reason: str, new: Nominee | None) -> Substitution:
        """The message that lets ``new`` take a seat; None: whoever was asked for, to be confirmed. Refused:
        nobody was asked for.
        """
        fields = {"case": number, "actor": self._actor, "leaving": leaving, "reason": reason}
        about = self._asked(number, "substitute")
        return self._acts.carry_out(about, lambda act: _substitution(act, fields, new))

    def _asked(self, number: str, what: str) -> Asked:
        with self._database.connect().execution_options(readonly=True) as connection:
            row = cases.find(connection, number)
        if row is None:
            raise Refused(CaseRule.UNKNOWN_CASE, f"({number})")
        # who the official is stays out of the record
        return Asked(number, row["stage"], self._actor, {"message": {"asked": what}}, row["workflow_id"])


def _nominated(act: Act, number: str, actor: str, new: Nominee) -> Nomination | Broken:
    dossier = _kept(act, number, new)
    if isinstance(dossier, Broken):
        return dossier
    return Nomination(
        gate=gate_of(number),
        actor=actor,
        country=new.official.country,
        nominee=dossier.nominee,
        dossier=dossier.digest(),
        documents=tuple(sorted(new.documents)),
    )


def _substitution(act: Act, fields: Mapping[str, str], new: Nominee | None) -> Substitution | Broken:
    if new is None:
        asked = _asked_for(act.connection, fields["case"], fields["leaving"])
        return asked if isinstance(asked, Broken) else Substitution.model_validate({**fields, **asked})
    dossier = _kept(act, fields["case"], new)
    if isinstance(dossier, Broken):
        return dossier
    kinds = tuple(sorted(new.documents))
    return Substitution(nominee=dossier.nominee, dossier=dossier.digest(), documents=kinds, **fields)


def _kept(act: Act, number: str, new: Nominee) -> Dossier | Broken:
    """Put an official in the register, and keep what their nomination consists of under its digest."""
    if strange := not_asked_for(act.connection, number, new.documents):
        return Broken(TrainingRule.DOCUMENTS, strange)
    nominee_id = nominee.register(act.connection, new.official, act.asked.actor or "", act.at)
    dossier = Dossier(nominee=nominee_id, official=new.official, documents=dict(new.documents))
    content = canonical(dossier.content())
    sha256, text = hashlib.sha256(content).hexdigest(), base64.b64encode(content).decode()
    document.store_document(act.connection, sha256, f"dossier {nominee_id}.json", text, act.at)
    return dossier


def _asked_for(connection: Connection, number: str, leaving: str) -> dict[str, Any] | Broken:
    """Who was asked for as a substitute last, with their papers."""
    asked = (
        select(record.c.payload)
        .where(record.c.case == number, record.c.action == CohortAction.SUBSTITUTE_ASKED)
        .order_by(record.c.seq.desc())
    )
    for payload in connection.scalars(asked):
        message = json.loads(payload)["sent"]["message"]
        if message["leaving"] == leaving:
            return {name: message.get(name, ()) for name in ("nominee", "dossier", "documents")}
    return Broken(TrainingRule.TWO_SIDES, f"Nobody has asked for a substitute of {leaving} yet.")
