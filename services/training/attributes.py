"""The search attributes a cohort starts with. They are plain text everywhere: no names, no amounts."""

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from models.training.cohort import Plan, Stage, Status


def of(plan: Plan) -> TypedSearchAttributes:
    """What lists may filter by, typed."""
    values = {
        "AccordProgramme": plan.programme,
        "AccordStage": str(Stage.PLANNED),
        "AccordStatus": str(Status.OPEN),
    }
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in values.items()]
    )
