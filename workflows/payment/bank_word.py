"""The bank's own word: asked, by the key of the payment, when a statement says that the money came back."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.payment.sending import BANK_QUEUE, Payments
    from models.payment.bank import BankSays, ReturnInquiry, Said

BY_ITS_OWN_WORD = "return-by-the-banks-own-word-2026-11"
"""In earlier histories nobody asked the bank: every return took two people."""
_LONGEST = timedelta(seconds=20)
"""Whoever handed the statement in waits for the answer."""


async def asked_of_the_bank(instruction: str) -> dict[str, Said]:
    """What the bank says of a payment that is said to have come back, by its key; nothing where nobody asks,
    in a history of before. A bank that is away is in doubt: then a return takes two people.
    """
    if not workflow.patched(BY_ITS_OWN_WORD):
        return {}
    try:
        said = await workflow.execute_activity_method(
            Payments.ask_returned,
            ReturnInquiry(key=instruction),
            task_queue=BANK_QUEUE,
            start_to_close_timeout=_LONGEST,
            schedule_to_close_timeout=_LONGEST,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary=f"did {instruction} come back?",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        said = Said(says=BankSays.DOUBT, reason="The bank could not be asked.")
    return {instruction: said}
