"""What a procedure raises when its case is over before its time."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.case import Ending


class Ended(Exception):
    """The case, or the part of it, is over before its time."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.ending = Ending(status=status, reason=reason)
