"""A gate, a decision and the rights of whoever sends it, without a case around them."""

from typing import Any

from models.case.approval import Decision, Gate
from models.case.rights import Authority, Capacity, Rights

READ = "a" * 64


def decision(actor: str = "an", **changes: Any) -> Decision:
    """An approval with a comment."""
    fields = {"gate": "KCN-1:review:1", "verdict": "approve", "actor": actor, "content_hash": READ}
    return Decision.model_validate(fields | {"comment": "Seen."} | changes)


def gate(**changes: Any) -> Gate:
    """Two seats for experts, one for the ministry; all that a gate can ask for beside is left out."""
    fields = {
        "id": "KCN-1:review:1",
        "panel": {"seats": ["expert", "expert", "ministry"], "quorum": 2},
        "content_hash": READ,
        "act": "review",
        "barred": ["dan"],
    }
    return Gate.model_validate(fields | changes)


def capacity(person: str = "an", **changes: Any) -> Capacity:
    """An expert of the land ministry who did nothing in this case so far."""
    fields = {"person": person, "who": person, "organisation": "molit", "roles": ["expert"]}
    return Capacity.model_validate(fields | changes)


def alone(person: str = "an", **changes: Any) -> Rights:
    """The rights of somebody who acts for nobody else."""
    return Rights(actor=capacity(person, **changes))


def delegation(**changes: Any) -> Authority:
    """``an`` lets ``bo`` vote as an expert."""
    return Authority.model_validate({"id": "D-1", "roles": ["expert"]} | changes)


def delegated(
    giver: dict[str, Any] | None = None, taker: dict[str, Any] | None = None, **changes: Any
) -> Rights:
    """What ``bo``, who has no role, may bring for ``an``, who is an expert."""
    return Rights(
        actor=capacity(**({"person": "bo", "roles": []} | (taker or {}))),
        giver=capacity(**({"person": "an"} | (giver or {}))),
        delegation=delegation(**changes),
    )
