"""Rules of agreements."""

from models.case.rule import Rule, RuleKind


class AgreementRule(Rule):
    """What a message about an agreement can break."""

    NOT_A_PARTY = (
        "not-a-party",
        "Only the named signatories may sign or refuse this text.",
        RuleKind.NOT_ALLOWED,
    )
    ALREADY_SIGNED = (
        "already-signed",
        "This signatory has answered in this round; the first answer stands.",
        RuleKind.CONFLICT,
    )
    OTHER_TEXT = (
        "other-text",
        "The hash is not that of the text on the table; read the text, then sign.",
        RuleKind.CONFLICT,
    )
    PARTIES = "parties", "An agreement needs two or more parties with different signatories."
