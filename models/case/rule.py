"""The rules a message can break. Every refusal names one, and says what to do about it."""

from enum import StrEnum
from typing import NamedTuple, Self


class RuleKind(StrEnum):
    """What is wrong with a message that breaks a rule."""

    INVALID = "invalid"
    """It cannot be done as it is written."""
    NOT_FOUND = "not found"
    """What it names does not exist."""
    NOT_ALLOWED = "not allowed"
    """Its sender may not do it; somebody else may."""
    CONFLICT = "conflict"
    """It could have been done before, or can be done later."""


class Rule(StrEnum):
    """Name of a rule, as it stands in the record. Each system has rules of its own (``models/*/rule.py``)."""

    text: str
    """The rule in one sentence, followed by what the person can do."""
    kind: RuleKind

    def __new__(cls, name: str, text: str = "", kind: RuleKind = RuleKind.INVALID) -> Self:
        """A rule with its sentence."""
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.text = text
        rule.kind = kind
        return rule


class Broken(NamedTuple):
    """A rule that a message breaks, and what is particular to this time."""

    rule: Rule
    detail: str = ""

    @property
    def text(self) -> str:
        """The rule in a sentence, with the detail."""
        return f"{self.rule.text} {self.detail}".strip()


class CaseRule(Rule):
    """The rules of every case, whatever its kind."""

    MALFORMED = "malformed", "The message cannot be read; send the fields the message asks for."
    UNKNOWN_MESSAGE = "unknown-message", "No message of this name is understood here; see `accord --help`."
    UNKNOWN_CODE = "unknown-code", "Countries are ISO 3166-1, currencies ISO 4217; correct the code."
    NO_CALENDAR = (
        "no-calendar",
        "The holidays of this country are not known, so no deadline can be worked out; name another country.",
    )
    DAY_IS_OVER = "day-is-over", "A day is declared before it has begun; what was due stays as it was."
    DAY_IS_FAR = "day-is-far", "A day is declared at most three years ahead; correct the year."
    UNKNOWN_CASE = "unknown-case", "There is no such case; `accord list` shows the cases.", RuleKind.NOT_FOUND
    UNKNOWN_GATE = (
        "unknown-gate",
        "That is not open in this case, or not yet; `accord show` says what it waits for.",
        RuleKind.NOT_FOUND,
    )
    CASE_CLOSED = (
        "case-closed",
        "The case is closed and takes no more messages; its history stays readable.",
        RuleKind.CONFLICT,
    )
    TOO_MANY = "too-many", "Too many messages of this person were refused here within the hour; wait a while."
    STAGE_OVER = (
        "stage-over",
        "This gate is closed; `accord show` says where the case stands now.",
        RuleKind.CONFLICT,
    )
    WRONG_ROUND = (
        "wrong-round",
        "This is not the current round; read the current version and decide on that.",
        RuleKind.CONFLICT,
    )
    STALE_CONTENT = (
        "stale-content",
        "The content is not what you read; read the current version, then decide.",
        RuleKind.CONFLICT,
    )
    OWN_PROPOSAL = (
        "own-proposal",
        "Nobody approves what they proposed or handed in; another person decides.",
        RuleKind.NOT_ALLOWED,
    )
    UNKNOWN_PERSON = (
        "unknown-person",
        "This person is not in the directory; ask the secretariat to register them.",
        RuleKind.NOT_ALLOWED,
    )
    UNKNOWN_ROLE = (
        "unknown-role",
        "The panel has no such role; leave the role out or name one of its roles.",
        RuleKind.NOT_ALLOWED,
    )
    ROLE_NOT_HELD = "role-not-held", "The person does not hold a role that may do this.", RuleKind.NOT_ALLOWED
    SECOND_VOTE = "second-vote", "One person, one vote in a round; the first vote stands.", RuleKind.CONFLICT
    SEAT_TAKEN = (
        "seat-taken",
        "Every seat this person could take has been voted on already.",
        RuleKind.CONFLICT,
    )
    CLAIMED = (
        "claimed",
        "Somebody has claimed this; ask them to release it, or a coordinator to reassign it.",
        RuleKind.CONFLICT,
    )
    NO_CLAIM = (
        "no-claim",
        "This person has claimed nothing here; `accord inbox` shows the claims.",
        RuleKind.CONFLICT,
    )
    NO_VOTE = (
        "no-vote",
        "There is no vote of this person here that counts; `accord history` shows the votes.",
        RuleKind.CONFLICT,
    )
    RECONSIDERED = (
        "reconsidered",
        "An earlier decision is being taken again; this goes on when that is done.",
        RuleKind.CONFLICT,
    )
    NOT_YET = (
        "not-yet",
        "An earlier body of the panel has not approved yet; vote when it has.",
        RuleKind.CONFLICT,
    )
    DUTIES = "duties", "One person may not do both in one case; another person decides.", RuleKind.NOT_ALLOWED
    DECLARATION_MISSING = (
        "declaration-missing",
        "Declare your interest first: `accord declare CASE none|soft|hard`.",
        RuleKind.NOT_ALLOWED,
    )
    CONFLICTED = (
        "conflicted",
        "A conflict of interest was declared; the person may only recuse themselves.",
        RuleKind.NOT_ALLOWED,
    )
    COOLING_OFF = (
        "cooling-off",
        "The person left the beneficiary too short a time ago; another person decides.",
        RuleKind.NOT_ALLOWED,
    )
    NOT_DELEGATED = (
        "not-delegated",
        "No delegation in force covers this; ask its giver, or act in your own name.",
        RuleKind.NOT_ALLOWED,
    )
    OVER_DELEGATION = (
        "over-delegation",
        "The amount is above the ceiling of the delegation; its giver decides.",
        RuleKind.NOT_ALLOWED,
    )
    NOT_ATTESTED = (
        "not-attested",
        "Only somebody who is signed in may do this; set ACCORD_TOKEN and send it again.",
        RuleKind.NOT_ALLOWED,
    )
    ENVELOPE_FORGED = (
        "envelope-forged",
        "What came with the message is not signed by a key that is valid here; send it again through Accord.",
        RuleKind.NOT_ALLOWED,
    )
    ENVELOPE_OTHER = (
        "envelope-other",
        "The signature is that of another message, case, gate or person; send this one through Accord.",
        RuleKind.NOT_ALLOWED,
    )
    ENVELOPE_LATE = (
        "envelope-late",
        "It was not signed just now: five minutes are allowed. Look at your machine's clock; send it again.",
        RuleKind.CONFLICT,
    )
    ENVELOPE_USED = (
        "envelope-used",
        "This very signature has come before; send the message again, and it gets a new one.",
        RuleKind.CONFLICT,
    )
    UNSIGNED_START = (
        "unsigned-start",
        "A case is started through Accord, which signs it; whatever else starts one ends at once.",
        RuleKind.NOT_ALLOWED,
    )
    NOT_A_MEMBER = (
        "not-a-member",
        "The seats of this role are for members of another organisation.",
        RuleKind.NOT_ALLOWED,
    )
    COMMENT_REQUIRED = "comment-required", "Anything but a plain approval needs a comment; give the reason."
    NOTHING_CHANGED = (
        "nothing-changed",
        "The resubmitted content equals the returned one; change it or withdraw.",
    )
    ANOTHER_CASE = "another-case", "The message belongs to another case, programme or proposer."
    ROUNDS_USED_UP = "rounds-used-up", "The rounds the programme allows are used up."
    DEADLINE_PASSED = (
        "deadline-passed",
        "The deadline has passed and its consequence has been applied.",
        RuleKind.CONFLICT,
    )
    TWO_PEOPLE = (
        "two-people",
        "This takes two people; somebody else confirms it with the same figures.",
        RuleKind.NOT_ALLOWED,
    )
    CLOCK = (
        "clock",
        "The clock of this gate is not in the state for that; `accord inbox --gate` shows it.",
        RuleKind.CONFLICT,
    )
