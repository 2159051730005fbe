"""Letters about operations."""

from models.case.notice import Draft
from models.operations.operation import Operation
from models.people.guard import OPERATOR


def waits(number: int, operation: Operation, asked_by: str, reason: str) -> Draft:
    """An operation waits for a second operator."""
    return Draft(
        subject=f"{operation.case}: {operation.act} asked for",
        body=f"{asked_by} asks for the {operation}.\n\n{reason}\n\n"
        f"If it is right: accord admin confirm {number}\n"
        f"If it is not: accord admin reject {number} --reason …",
        roles=(OPERATOR,),
    )


def was_reset(operation: Operation, reason: str, roles: tuple[str, ...]) -> Draft:
    """Those who look after a case hear that it was reset."""
    return Draft(
        subject=f"{operation.case}: reset",
        body="Two operators have reset it. What is on record stands, and it goes on from there."
        f"\n\n{reason}\n\naccord history {operation.case.partition('/')[0]}",
        roles=roles,
    )
