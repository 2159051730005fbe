"""Who mends differences, and what the record says of it."""

from datetime import UTC, datetime

from models.case.record import Entry
from models.operations.difference import REPAIRED, Difference
from models.operations.operation import OPERATIONS


class Mender:
    """Who mends: an operator, and whether they have proved who they are."""

    def __init__(self, person: str, attested: bool | None) -> None:
        self.person = person
        self.attested = attested

    def entry(self, one: Difference, done: str, **more: object) -> Entry:
        """What says on record what was done about a difference; once."""
        return Entry(
            key=f"{one.key}:mended",
            stage=OPERATIONS,
            action=REPAIRED,
            actor=self.person,
            attested=self.attested,
            at=datetime.now(UTC),
            reason=f"{one}: {done}"[:4000],
            facts={"difference": one.content(), "done": done} | more,
        )
