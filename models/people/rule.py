"""Rules of delegations, and of the directory."""

from models.case.rule import Rule, RuleKind


class PeopleRule(Rule):
    """What a delegation, or a change of the directory, can break."""

    UNKNOWN_DELEGATION = (
        "unknown-delegation",
        "There is no such delegation; `accord delegations` lists them.",
        RuleKind.NOT_FOUND,
    )
    NO_DELEGATION_WAITS = (
        "no-delegation-waits",
        "No delegation with this number waits for a registrar; `accord delegation pending` lists them.",
        RuleKind.NOT_FOUND,
    )
    SELF_DELEGATION = (
        "self-delegation",
        "Nobody delegates to themselves, under any account; name another person.",
        RuleKind.NOT_ALLOWED,
    )
    DELEGATION_DATES = (
        "delegation-dates",
        "A delegation ends neither before it starts nor in the past; correct the dates.",
    )
    DELEGATION_CIRCLE = (
        "delegation-circle",
        "The other one acts for the giver in that time; that delegation ends first.",
        RuleKind.CONFLICT,
    )
    ALREADY_DELEGATED = (
        "already-delegated",
        "One delegation at a time between two people; revoke it, then give a new one.",
        RuleKind.CONFLICT,
    )
    NOT_THE_GIVER = "not-the-giver", "Only its giver revokes a delegation; ask them.", RuleKind.NOT_ALLOWED
    EXCLUSIVE_ROLES = (
        "exclusive-roles",
        "Two of these roles exclude each other; another person takes one of them.",
        RuleKind.NOT_ALLOWED,
    )
    NO_REGISTRAR = (
        "no-registrar",
        "Such changes take two registrars; list two people with the role registrar, then `accord setup`.",
        RuleKind.NOT_ALLOWED,
    )
    BENEFITS = (
        "benefits",
        "Nobody asks for or confirms a change that they benefit from; another registrar does.",
        RuleKind.NOT_ALLOWED,
    )
    UNKNOWN_CHANGE = (
        "unknown-change",
        "No change with this number waits; `accord people pending` lists them.",
        RuleKind.NOT_FOUND,
    )
    STALE_CHANGE = (
        "stale-change",
        "The directory is no longer as it was when this was asked for; run `accord setup` again.",
        RuleKind.CONFLICT,
    )
    UNKNOWN_ORGANISATION = (
        "unknown-organisation",
        "Name an organisation of the directory, by its id or its exact name.",
        RuleKind.NOT_FOUND,
    )
    ID_REUSED = (
        "id-reused",
        "An id is never given to somebody else; list the new one under an id of their own.",
        RuleKind.CONFLICT,
    )
