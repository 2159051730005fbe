"""What an entry says twice must be the same both times. Pure."""

from collections.abc import Iterator

from models.base import digest
from models.case.effects import Enacts, Opens
from models.case.record import Entry


def contradictions(entry: Entry) -> Iterator[str]:
    """What an entry says of itself that cannot be so at once."""
    for effect in entry.effects:
        if effect.effect == _OPENS:
            opening = Opens.of(effect).opening
            if opening.content_hash != digest(opening.subject):
                yield f"the gate {opening.id} shows another content than the one that is voted on"
        if effect.effect == _ENACTS:
            enacted = Enacts.of(effect)
            if enacted.sha256 != digest(enacted.terms):
                yield f"the terms of {enacted.programme} are not those of their digest"
    said = entry.sent.message if entry.sent and entry.rule is None else {}
    for name in ("actor", "content_hash", "on_behalf_of"):
        if said.get(name) and said[name] != getattr(entry, name):
            yield f"its {name} is {getattr(entry, name)}, that of its message {said[name]}"
    voted = entry.sent if said and entry.sent and entry.sent.name == VOTE else None
    if voted and voted.seal != digest([VOTE, said, 0]):
        yield "its seal is not that of its message"
    verdict = said.get("verdict")
    if verdict and verdict not in entry.action:
        yield f"it says {entry.action!r}, its message {verdict!r}"


VOTE = "decide"
"""The message of a vote: nothing supersedes it, so its seal is that of its words alone."""
_OPENS = Opens.model_fields["effect"].default
_ENACTS = Enacts.model_fields["effect"].default
