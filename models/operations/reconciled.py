"""What holding engine, record and ledger against each other came to, and the letter about a difference."""

from models.base import Message
from models.case.notice import Draft
from models.operations.difference import Difference
from models.people.guard import OPERATOR

MOST = 100
"""So many differences travel; all of them are on record."""


class Reconciled(Message):
    """How many differences there are, how many of them had not been on record, and the first of them."""

    found: int
    new: int
    differences: tuple[Difference, ...]


def differs(one: Difference) -> Draft:
    """Operators are told of a difference, and what to do about it."""
    return Draft(
        subject=f"{one.case or one.workflow_id}: {one.kind.says}",
        body=f"{one}\n\nWhat to do: {one.kind.todo}\n\naccord reconcile {one.case}".rstrip(),
        roles=(OPERATOR,),
    )
