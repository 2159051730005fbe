"""Rules of training cohorts."""

from models.case.rule import Rule, RuleKind


class TrainingRule(Rule):
    """What a message about a cohort can break."""

    OTHER_COUNTRY = (
        "other-country",
        "A country nominates and answers for its own people only, through the authority that the plan names.",
        RuleKind.NOT_ALLOWED,
    )
    UNKNOWN_NOMINEE = (
        "unknown-nominee",
        "There is no such nominee in this cohort; `accord cohort show` lists yours.",
        RuleKind.NOT_FOUND,
    )
    ONCE_PER_COHORT = (
        "once-per-cohort",
        "This person is nominated here already; one person, one nomination in a cohort.",
        RuleKind.CONFLICT,
    )
    OVERLAP = (
        "overlap",
        "This person has a seat in another cohort on the same days; nobody is in two at once.",
        RuleKind.CONFLICT,
    )
    NOT_IN_STATE = (
        "not-in-state",
        "The nominee does not stand where that can be done; `accord cohort show` says where they stand.",
        RuleKind.CONFLICT,
    )
    NOT_NOW = (
        "not-now",
        "The cohort does not stand where that can be done; `accord show` says where it stands.",
        RuleKind.CONFLICT,
    )
    CUT_OFF = (
        "cut-off",
        "The cut-off of the cohort has passed; its list of participants changes no more.",
        RuleKind.CONFLICT,
    )
    TOO_MANY_NOMINEES = (
        "too-many-nominees",
        "The country has nominated as many as it may for its seats and the pool; withdraw somebody first.",
        RuleKind.CONFLICT,
    )
    NOT_REGISTERED = (
        "not-registered",
        "There is no official of this id, or no dossier of theirs like that; use `accord nominate`.",
        RuleKind.NOT_FOUND,
    )
    UNPRINTABLE = "unprintable", "The certificate could not show that name; write it in another way."
    DOCUMENTS = "documents", "Documents that the plan asks for are missing; hand all of them in."
    RANKING = "ranking", "A ranking names every nominee with complete documents exactly once."
    DAY = "day", "That is no day of the course, or it has not come yet; name one from its first to its last."
    PLAN = "plan", "The plan does not fit its programme; correct what is named."
    SHEET = (
        "sheet",
        "That day has a sheet already; hand in a correction under the next number.",
        RuleKind.CONFLICT,
    )
    NO_REMOTE = "no-remote", "This cohort is held in person only; order it remote or mixed first."
    INTO = "into", "Cohorts that give seats are merged into another one of the same programme that does, too."
    COSTS = "costs", "Costs are settled once, and are at most what is committed."
    TWO_SIDES = (
        "two-sides",
        "A substitute takes the nominating authority and a coordinator of the programme.",
        RuleKind.NOT_ALLOWED,
    )
    NO_CERTIFICATE = (
        "no-certificate",
        "There is no certificate of this number; write it as it is printed.",
        RuleKind.NOT_FOUND,
    )
