"""Rules of studies."""

from models.case.rule import Rule, RuleKind


class StudyRule(Rule):
    """What a message about a study can break."""

    TENDER = "tender", "This does not fit the tender of the study; `accord history CASE` shows it."
    FINDING = "finding", "The final deliverable, and only that one, carries the finding of the study."
    PAYEE = (
        "payee",
        "A study pays its contractor, never the applicant; a demonstration the consortium's lead.",
        RuleKind.NOT_ALLOWED,
    )
