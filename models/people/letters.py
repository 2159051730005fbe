"""Letters about the directory."""

from collections.abc import Iterable

from models.case.notice import Draft
from models.people.change import Change, ChangeKind, InForce
from models.people.guard import REGISTRAR


def waits(number: int, change: Change, now: InForce) -> Draft:
    """A change waits for a second person. Whoever is paid hears of it before their account is another one."""
    paid = change.kind is ChangeKind.ACCOUNT_CHANGED
    members = [one.id for one in now.people.values() if paid and one.organisation == change.about]
    return Draft(
        subject=f"directory: {change.kind}, {change.about}",
        body=f"It waits for a second person.\n\naccord people confirm {number}\naccord people pending",
        roles=(REGISTRAR,),
        persons=tuple(members),
    )


def has_left(who: str, roles: Iterable[str], gates: Iterable[str]) -> Draft:
    """Somebody can act at these gates no more; others of their roles can."""
    return Draft(
        subject=f"directory: {who} acts no more where you may be waited for",
        body="\n".join((f"Without {who}, these still wait:", "", *gates, "", "accord inbox")),
        roles=tuple(roles),
    )


def lending_waits(number: str, giver: str, taker: str, roles: Iterable[str]) -> Draft:
    """Somebody wants another to act for them in a role that moves money; a registrar must say so."""
    return Draft(
        subject=f"directory: {giver} asks for a delegation to {taker}: {', '.join(roles)}",
        body=f"It counts when a registrar confirms it.\n\naccord delegation confirm {number}\n"
        "accord delegation pending",
        roles=(REGISTRAR,),
        persons=(taker,),
    )


def is_lent(number: str, giver: str, taker: str, by: str) -> Draft:
    """A registrar has put a delegation in force."""
    return Draft(
        subject=f"directory: delegation {number} is in force",
        body=f"{taker} may act for {giver} by it; {by} has confirmed it.\n\naccord delegations",
        persons=(giver, taker),
    )


def is_revoked(delegation: str, who: str, other: str) -> Draft:
    """A delegation has ended with one of its two people."""
    return Draft(
        subject=f"directory: delegation {delegation} is revoked",
        body=f"{who} is in the directory no more.\n\naccord delegations",
        persons=(other,),
    )
