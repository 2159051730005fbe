"""Letters about payments that people must look at."""

from models.case.notice import Draft


def is_in_doubt(case: str, payment: str, reason: str, roles: tuple[str, ...]) -> Draft:
    """The bank's answer is not about what it was sent."""
    return Draft(
        subject=f"{case}: the bank disagrees about {payment}",
        body=f"{reason}\n\nIt is not sent again. Clear it up with the bank; until its answer agrees, or a "
        f"statement shows the payment, it stays in doubt.\n\naccord history {case}",
        roles=roles,
    )


def was_not_sent(case: str, payment: str, reason: str, roles: tuple[str, ...]) -> Draft:
    """What was to be sent is not what was approved."""
    return Draft(
        subject=f"{case}: {payment} was not sent",
        body=f"{reason}\n\nFind out who changed it before it is asked for again.\n\naccord history {case}",
        roles=roles,
    )
