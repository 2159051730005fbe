"""Who is acting, and how that is known."""

from datetime import UTC, datetime

from activities.people import person
from cli.context import As, Context
from cli.output import tell


def whoami(context: Context, as_: As = None) -> None:
    """Who you are here: name, organisation, roles of today; is that proved or self-declared?"""
    actor = context.actor(as_)
    known = context.read(lambda connection: person.find(connection, actor))
    assert known, "the actor is in the directory"
    proof = "signed in with ACCORD_TOKEN" if context.signed_in else "self-declared"
    tell(f"{known.id}: {known.name}, {known.organisation}; {proof}; mode: {context.installation.mode}")
    roles = ", ".join(known.roles_on(datetime.now(UTC).date()))
    tell(f"Roles today: {roles or 'none'}")
