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
    NO_AUTHORITY = (
        "no-authority",
        "Signing takes the role signatory of the party, on the day; name somebody of it who holds it.",
        RuleKind.NOT_ALLOWED,
    )
    ONE_PARTY = (
        "one-party",
        "One person binds one party, under any account; another one signs for this party.",
        RuleKind.NOT_ALLOWED,
    )
    DRAFTER = (
        "drafter",
        "Nobody signs what they handed in; another signatory of the party signs.",
        RuleKind.NOT_ALLOWED,
    )
    NO_SIGNATORY = (
        "no-signatory",
        "Only a signatory of this text is replaced; `accord show CASE` names them.",
        RuleKind.NOT_FOUND,
    )
    HAS_SIGNED = (
        "has-signed",
        "A signature stands; where it should not, another signatory refuses, and the text is tabled anew.",
        RuleKind.CONFLICT,
    )
    REPLACED_SINCE = (
        "replaced-since",
        "The signatories have changed since; look at `accord history CASE`, then say it again.",
        RuleKind.CONFLICT,
    )
    NAMES_THEMSELVES = (
        "names-themselves",
        "Nobody makes themselves a signatory, under any account; two others say so.",
        RuleKind.NOT_ALLOWED,
    )
    NO_REPLACEMENT = (
        "no-replacement",
        "No replacement of this signatory waits for a second person; `accord history CASE` says why.",
        RuleKind.NOT_FOUND,
    )
    COUNTRIES = (
        "countries",
        "Each country of the case is a party; add one of it, with its signatory.",
    )
    PARTIES = "parties", "An agreement needs two or more parties with different signatories."
