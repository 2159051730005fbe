"""Letters about an agreement."""

from models.agreement.agreement import Party
from models.agreement.replacement import Replacement
from models.case.notice import Draft


def replacement_waits(case: str, wanted: Replacement, party: Party, roles: tuple[str, ...]) -> Draft:
    """Somebody has asked for another signatory; a second person must say so."""
    said = f"accord agreement replace {wanted.gate} {wanted.old} {wanted.new} --reason …"
    return Draft(
        subject=f"{case}: {wanted.new} is to sign instead of {wanted.old}",
        body=f"For {party.organisation}, {party.country}; {wanted.actor} asks for it. It waits for a second "
        f"person.\n\n{wanted.reason}\n\n{said}",
        roles=roles,
        persons=(wanted.old,),
    )


def is_replaced(
    case: str, wanted: Replacement, party: Party, due: str, roles: tuple[str, ...], others: tuple[str, ...]
) -> Draft:
    """Another one signs; the first is waited for no more, and the deadline is what it was."""
    return Draft(
        subject=f"{case}: {wanted.new} signs instead of {wanted.old}",
        body=f"For {party.organisation}, {party.country}. Gate {wanted.gate} waits for {wanted.new}, until "
        f"{due}; {wanted.old} is waited for no more. What others have signed stays signed.\n\n"
        f"{wanted.reason}\n\naccord inbox",
        roles=roles,
        persons=tuple(dict.fromkeys((wanted.old, wanted.new, *others))),
    )


def is_kept(case: str, gate: str, old: str, asked_by: str, reason: str) -> Draft:
    """A replacement is wanted no more: the first one is still the signatory."""
    return Draft(
        subject=f"{case}: {old} remains the signatory",
        body=f"Gate {gate}: the replacement that {asked_by} asked for is withdrawn.\n\n{reason}\n\n"
        "accord inbox",
        persons=tuple(dict.fromkeys((old, asked_by))),
    )
