"""Conflicts of interest: what somebody declares before they look at a case."""

from typing import Any, NamedTuple

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.conflict_of_interest import Conflict, Declaration
    from models.case.effects import Declares
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, CaseRule
    from workflows.case.case import CaseFile
    from workflows.case.messages import Messages


class Newest(NamedTuple):
    """The newest declaration of somebody: how many there were, its digest, and what it superseded."""

    number: int
    digest: str
    superseded: str


class Declarations:
    """Lets people declare a conflict of interest. The newest declaration counts; a hard one stays."""

    def __init__(self, case: CaseFile[Any], messages: Messages) -> None:
        self.case = case
        self._newest: dict[str, Newest] = {}
        """The newest declaration of each person."""
        messages.takes(
            "declare",
            Declaration,
            self._may_declare,
            self._declare,
            since=self._superseded_by,
            restore=self._restore,
            of_case=True,
        )

    def _superseded_by(self, declaration: Declaration) -> str:
        newest = self._newest.get(declaration.actor, Newest(0, "", ""))
        if newest.digest == declaration.digest():
            return newest.superseded
        return f"{newest.number}:{newest.digest[:12]}" if newest.number else ""

    def _may_declare(self, declaration: Declaration, actor: Rights) -> Broken | None:
        if not actor.actor.organisation:
            return Broken(CaseRule.UNKNOWN_PERSON)
        lifts = actor.actor.conflict is Conflict.HARD and declaration.conflict is not Conflict.HARD
        return Broken(CaseRule.CONFLICTED, "A hard conflict stays.") if lifts else None

    def _declare(self, declaration: Declaration, _: Rights) -> Entry:
        number = self._newest.get(declaration.actor, Newest(0, "", "")).number + 1
        self._keep(number, declaration)
        return self.case.entry(
            f"declared: {declaration.conflict}",
            key=f"{self.case.number}:declared:{declaration.actor}:{number}:{declaration.digest()[:12]}",
            actor=declaration.actor,
            reason=declaration.note,
            facts={"number": number},
            effects=(Declares(declaration=declaration),),
        )

    def _restore(self, declaration: Declaration, accepted: Accepted) -> None:
        self._keep(accepted.facts["number"], declaration)

    def _keep(self, number: int, declaration: Declaration) -> None:
        superseded = self._superseded_by(declaration)
        self._newest[declaration.actor] = Newest(number, declaration.digest(), superseded)
