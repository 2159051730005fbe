"""Names of organisations: which one is meant, and which are spelled almost alike. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

from models.name import skeleton
from models.people.person import Organisation


def meant(text: str, bodies: Iterable[Organisation]) -> Organisation | None:
    """The one organisation with this id or name, however it is spelled; None: there is none, or several."""
    wanted = skeleton(text)
    found = [one for one in bodies if text.casefold() == one.id or (wanted and wanted == skeleton(one.name))]
    return found[0] if len(found) == 1 else None


def near(text: str, bodies: Iterable[Organisation]) -> tuple[str, ...]:
    """The ids of organisations whose names or ids are like this text, the likest first; at most three."""
    listed = tuple(bodies)
    by_name = {skeleton(name): one.id for one in listed for name in (one.id, one.name)}
    found = get_close_matches(skeleton(text), by_name, n=6, cutoff=0.5)
    return tuple(dict.fromkeys(by_name[name] for name in found))[:3]
