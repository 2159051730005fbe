"""What a partnership, its study and its agreement share: a journal, and resting until something happens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.record import Entry, Receipt, Source
    from models.partnership.partnership import Ending, Proposal, Standing, Status
    from models.partnership.programme import Programme
    from models.people.person import ENGINE
    from workflows.case.journal import Journal


class Ended(Exception):
    """The study, the agreement or the whole case is over before its time."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.ending = Ending(status=status, reason=reason)


class Casework:
    """The machinery of a case; the procedure is in the subclasses. Nothing here knows a stage."""

    def __init__(self, proposal: Proposal, programme: Programme, standing: Standing) -> None:
        info = workflow.info()
        self.case = proposal.case
        self.proposal = proposal
        self.programme = programme
        self.standing = standing
        self.closed = False
        self.journal = Journal(
            Source(case=self.case, workflow_id=info.workflow_id, run_id=info.run_id, rules=programme.digest())
        )

    @property
    def countries(self) -> tuple[str, ...]:
        """Whose holidays count."""
        return (self.programme.founder, self.proposal.country)

    def interrupted(self) -> bool:
        """Whether the procedure must be left at the next rest."""
        return False

    def interrupt(self) -> None:
        """Leave the procedure, by raising."""

    async def rest(self, done: Callable[[], bool]) -> None:
        """Put everything on record, then wait until ``done``.

        What a message changes is not written before its consequences are known: when it makes
        ``done`` true, its entry waits for the next rest and is written with what follows from it.
        """
        while True:
            await self.journal.flush()
            self.interrupt()
            if done():
                return
            if self.should_renew():
                await self._renew(done)
            await workflow.wait_condition(lambda: done() or self.interrupted() or bool(self.journal.pending))
            self.interrupt()
            if done():
                return

    def should_renew(self) -> bool:
        """Whether this is a good moment to continue as new: the history is long, nothing is half done."""
        return False

    def renew(self) -> None:
        """Continue as new, by raising."""

    async def _renew(self, done: Callable[[], bool]) -> None:
        await workflow.wait_condition(
            lambda: bool(self.journal.pending) or done() or workflow.all_handlers_finished()
        )
        if not self.journal.pending and not done() and not self.interrupted():
            self.renew()

    async def write(self, entry: Entry) -> Receipt:
        """Put ``entry`` on record now, with whatever is waiting, and return its receipt."""
        self.journal.add(entry)
        await self.journal.flush()
        return await self.journal.receipt(entry.key)

    def note(self, action: str, **more: Any) -> None:
        """Have something that happened put on record with the next rest."""
        self.journal.add(self.entry(action, **more))

    def entry(self, action: str, **more: Any) -> Entry:
        """An entry of this case; its key is by default ``{case}:{stage}:{round}:{action}``."""
        round_ = more.get("round", 0)
        fields = {"key": f"{self.case}:{self.standing.stage}:{round_}:{action}", "actor": ENGINE} | more
        return Entry(stage=self.standing.stage, action=action, at=self.now(), **fields)

    def now(self) -> datetime:
        """The time of the server, the only one that counts."""
        return workflow.now()

    async def finish(self) -> None:
        """Take no more messages, answer those under way, and leave nothing unwritten."""
        self.closed = True
        await self.journal.flush()
        while not workflow.all_handlers_finished():
            await workflow.wait_condition(
                lambda: bool(self.journal.pending) or workflow.all_handlers_finished()
            )
            await self.journal.flush()
