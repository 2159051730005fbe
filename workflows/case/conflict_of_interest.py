"""Conflicts of interest: what somebody declares before they look at a case."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.accepted import Accepted
    from models.case.conflict_of_interest import Conflict, Declaration
    from models.case.effects import Declares
    from models.case.record import Entry
    from models.case.rights import Rights
    from models.case.rule import Broken, Rule
    from workflows.case.case import CaseFile
    from workflows.case.messages import Messages


class Declarations:
    """Lets people declare a conflict of interest. The newest declaration counts; a hard one stays."""

    def __init__(self, case: CaseFile[Any], messages: Messages) -> None:
        self.case = case
        self._newest: dict[str, str] = {}
        """Of each person, number and digest of their newest declaration."""
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
        newest = self._newest.get(declaration.actor, "")
        return "" if newest.endswith(declaration.digest()[:12]) else newest

    def _may_declare(self, declaration: Declaration, actor: Rights) -> Broken | None:
        if not actor.actor.organisation:
            return Broken(Rule.UNKNOWN_PERSON)
        lifts = actor.actor.conflict is Conflict.HARD and declaration.conflict is not Conflict.HARD
        return Broken(Rule.CONFLICTED, "A hard conflict stays.") if lifts else None

    def _declare(self, declaration: Declaration, _: Rights) -> Entry:
        before = self._newest.get(declaration.actor, "0:")
        number = int(before.partition(":")[0]) + 1
        self._newest[declaration.actor] = f"{number}:{declaration.digest()[:12]}"
        return self.case.entry(
            f"declared: {declaration.conflict}",
            key=f"{self.case.number}:declared:{declaration.actor}:{number}:{declaration.digest()[:12]}",
            actor=declaration.actor,
            reason=declaration.note,
            facts={"number": number},
            effects=(Declares(declaration=declaration),),
        )

    def _restore(self, declaration: Declaration, accepted: Accepted) -> None:
        self._newest[declaration.actor] = f"{accepted.facts['number']}:{declaration.digest()[:12]}"
