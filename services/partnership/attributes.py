"""The search attributes a case starts with. They are plain text everywhere: no names, no amounts."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models.partnership.partnership import Proposal, Stage, Status


def of(proposal: Proposal) -> TypedSearchAttributes:
    """What lists may filter by, typed."""
    values: dict[str, Any] = {
        "AccordProgramme": proposal.programme,
        "AccordCountry": proposal.country,
        "AccordArea": proposal.area,
        "AccordStage": Stage.PROPOSAL,
        "AccordStatus": Status.OPEN,
    }
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword(name), str(value))
            for name, value in values.items()
            if value
        ]
    )
