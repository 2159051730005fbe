"""Letters: what people are told, in one place."""

from datetime import datetime

from models.case.gate import Opening
from models.case.notice import Draft

_INBOX = "accord inbox"


def asks(case: str, opening: Opening) -> Draft:
    """A gate has opened and waits for its reader."""
    return Draft(
        subject=f"{case}: {opening.question}",
        body=f"Gate {opening.id} waits for you.\n\n{opening.question}\n\n{_INBOX}",
        roles=opening.roles,
        organisations=opening.organisations,
        persons=opening.persons,
    )


def reminds(case: str, opening: Opening) -> Draft:
    """The deadline of a gate comes near."""
    return Draft(
        subject=f"{case}: reminder, {opening.question}",
        body=f"Gate {opening.id} is waiting.\n\n{_INBOX}",
        roles=opening.roles,
        organisations=opening.organisations,
        persons=opening.persons,
    )


def is_rescheduled(case: str, opening: Opening, before: datetime, after: datetime, because: str) -> Draft:
    """The deadline of a gate was moved, because a day was declared."""
    return Draft(
        subject=f"{case}: due {after:%Y-%m-%d} instead of {before:%Y-%m-%d}, {opening.question}",
        body=f"Gate {opening.id} is due {after:%Y-%m-%d %H:%M} UTC, instead of {before:%Y-%m-%d %H:%M}."
        f"\n\n{because}\n\n{_INBOX}",
        roles=opening.roles,
        organisations=opening.organisations,
        persons=opening.persons,
    )


def is_overdue(case: str, opening: Opening) -> Draft:
    """The deadline of a gate has passed: its reader is called in."""
    return Draft(
        subject=f"{case}: overdue, {opening.question}",
        body=f"Gate {opening.id} is waiting.\n\n{_INBOX}",
        roles=(opening.terms.escalate_to,),
        persons=opening.persons,
    )


def is_reassigned(case: str, gate: str, old: str | None, new: str | None, reason: str, actor: str) -> Draft:
    """Work was taken from somebody, or given to them, by somebody else."""
    return Draft(
        subject=f"{case}: reassigned",
        body=f"Gate {gate}: from {old or 'nobody'} to {new or 'nobody'}.\n\n{reason}\n\n{_INBOX}",
        persons=tuple(one for one in (old, new) if one and one != actor),
    )


def is_struck(case: str, opening: Opening, person: str, reason: str, falls: bool) -> Draft:
    """A vote was struck out for a conflict of interest."""
    follows = "The panel decides again." if falls else "The outcome stands."
    return Draft(
        subject=f"{case}: a vote at {opening.id} was struck out",
        body=f"{reason}\n\n{follows}\n\naccord history {case}",
        roles=opening.roles,
        persons=(person,),
    )


def is_void(case: str, voters: tuple[str, ...]) -> Draft:
    """What people voted on was changed: their votes on it count no longer."""
    return Draft(
        subject=f"{case}: revised, your vote is void",
        body=f"What you voted on was changed. A new round follows.\n\naccord show {case}",
        persons=voters,
    )


def is_reduced(
    case: str, before: str, less: str, reason: str, roles: tuple[str, ...], persons: tuple[str, ...]
) -> Draft:
    """A smaller amount is before the panel."""
    return Draft(
        subject=f"{case}: {less} instead of {before}",
        body=f"{reason}\n\nThe panel votes on {less}; votes given before do not count for it."
        f"\n\naccord show {case}",
        roles=roles,
        persons=persons,
    )


def is_over(
    case: str, title: str, status: str, reason: str, roles: tuple[str, ...], persons: tuple[str, ...]
) -> Draft:
    """The case has ended."""
    return Draft(
        subject=f"{case}: {status}",
        body=f"{title}\n\n{reason}\n\naccord history {case}",
        roles=roles,
        persons=persons,
    )
