"""Programmes of partnerships, as the registry keeps them."""

from activities.case.registry import Kept
from models.partnership.programme import Programme


def terms_of(kept: Kept) -> Programme:
    """What a version of a programme says. ValidationError: today's code cannot read it."""
    return Programme.model_validate_json(kept.content)
