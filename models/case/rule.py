"""The rules a message can break. Every refusal names one, and says what to do about it."""

from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """Name of a rule, as it stands in the record; ``text`` says it in a sentence."""

    MALFORMED = "malformed"
    UNKNOWN_MESSAGE = "unknown-message"
    UNKNOWN_CODE = "unknown-code"
    UNKNOWN_CASE = "unknown-case"
    UNKNOWN_GATE = "unknown-gate"
    CASE_CLOSED = "case-closed"
    TOO_MANY = "too-many"
    STAGE_OVER = "stage-over"
    WRONG_ROUND = "wrong-round"
    STALE_CONTENT = "stale-content"
    OWN_PROPOSAL = "own-proposal"
    UNKNOWN_PERSON = "unknown-person"
    UNKNOWN_ROLE = "unknown-role"
    ROLE_NOT_HELD = "role-not-held"
    SECOND_VOTE = "second-vote"
    SEAT_TAKEN = "seat-taken"
    CLAIMED = "claimed"
    NO_CLAIM = "no-claim"
    NO_VOTE = "no-vote"
    RECONSIDERED = "reconsidered"
    NOT_YET = "not-yet"
    DUTIES = "duties"
    DECLARATION_MISSING = "declaration-missing"
    CONFLICTED = "conflicted"
    COOLING_OFF = "cooling-off"
    NOT_DELEGATED = "not-delegated"
    OVER_DELEGATION = "over-delegation"
    NOT_ATTESTED = "not-attested"
    NOT_A_MEMBER = "not-a-member"
    COMMENT_REQUIRED = "comment-required"
    NOTHING_CHANGED = "nothing-changed"
    ANOTHER_CASE = "another-case"
    MONEY_FIXED = "money-fixed"
    NO_SUCH_CONDITION = "no-such-condition"
    NOT_A_PARTY = "not-a-party"
    ALREADY_SIGNED = "already-signed"
    OTHER_TEXT = "other-text"
    PARTIES = "parties"
    PAYEE = "payee"
    TENDER = "tender"
    FINDING = "finding"
    NOT_LESS = "not-less"
    FUNDS_SHORT = "funds-short"
    FUND_FROZEN = "fund-frozen"
    UNKNOWN_FUND = "unknown-fund"
    OVER_CAP = "over-cap"
    REALLOCATION = "reallocation"
    PORTFOLIO = "portfolio"
    OVER_CEILING = "over-ceiling"
    LABOUR = "labour"
    PENDING_RESOLVED = "pending-resolved"
    COMMITMENT_EXCEEDED = "commitment-exceeded"
    WRONG_CURRENCY = "wrong-currency"
    ROUNDS_USED_UP = "rounds-used-up"
    DEADLINE_PASSED = "deadline-passed"
    TWO_PEOPLE = "two-people"
    CLOCK = "clock"
    UNKNOWN_PAYMENT = "unknown-payment"
    ALREADY_SENT = "already-sent"
    HELD = "held"
    NOT_HELD = "not-held"
    STATEMENT = "statement"
    UNKNOWN_DELEGATION = "unknown-delegation"
    SELF_DELEGATION = "self-delegation"
    DELEGATION_DATES = "delegation-dates"
    DELEGATION_CIRCLE = "delegation-circle"
    ALREADY_DELEGATED = "already-delegated"
    NOT_THE_GIVER = "not-the-giver"
    EXCLUSIVE_ROLES = "exclusive-roles"

    @property
    def text(self) -> str:
        """The rule in one sentence, followed by what the person can do."""
        return _TEXT[self]


class Broken(NamedTuple):
    """A rule that a message breaks, and what is particular to this time."""

    rule: Rule
    detail: str = ""

    @property
    def text(self) -> str:
        """The rule in a sentence, with the detail."""
        return f"{self.rule.text} {self.detail}".strip()


_TEXT = {
    Rule.MALFORMED: "The message cannot be read; send the fields the message asks for.",
    Rule.UNKNOWN_MESSAGE: "No message of this name is understood here; see `accord --help`.",
    Rule.UNKNOWN_CODE: "Countries are ISO 3166-1, currencies ISO 4217; correct the code.",
    Rule.UNKNOWN_CASE: "There is no such case; `accord list` shows the cases.",
    Rule.UNKNOWN_GATE: "There is no such gate in this case; `accord inbox` shows the open ones.",
    Rule.CASE_CLOSED: "The case is closed and takes no more messages; its history stays readable.",
    Rule.TOO_MANY: "Too many messages of this person were refused here within the hour; wait a while.",
    Rule.STAGE_OVER: "This gate is closed; `accord show` says where the case stands now.",
    Rule.WRONG_ROUND: "This is not the current round; read the current version and decide on that.",
    Rule.STALE_CONTENT: "The content is not what you read; read the current version, then decide.",
    Rule.OWN_PROPOSAL: "Nobody approves what they proposed or handed in; another person decides.",
    Rule.UNKNOWN_PERSON: "This person is not in the directory; ask the secretariat to register them.",
    Rule.UNKNOWN_ROLE: "The panel has no such role; leave the role out or name one of its roles.",
    Rule.ROLE_NOT_HELD: "The person does not hold a role that may do this.",
    Rule.SECOND_VOTE: "One person, one vote in a round; the first vote stands.",
    Rule.SEAT_TAKEN: "Every seat this person could take has been voted on already.",
    Rule.CLAIMED: "Somebody has claimed this; ask them to release it, or a coordinator to reassign it.",
    Rule.NO_CLAIM: "This person has claimed nothing here; `accord inbox` shows the claims.",
    Rule.NO_VOTE: "There is no vote of this person here that counts; `accord history` shows the votes.",
    Rule.RECONSIDERED: "An earlier decision is being taken again; this goes on when that is done.",
    Rule.NOT_YET: "An earlier body of the panel has not approved yet; vote when it has.",
    Rule.DUTIES: "One person may not do both in one case; another person decides.",
    Rule.DECLARATION_MISSING: "Declare your interest first: `accord declare CASE none|soft|hard`.",
    Rule.CONFLICTED: "A conflict of interest was declared; the person may only recuse themselves.",
    Rule.COOLING_OFF: "The person left the beneficiary too short a time ago; another person decides.",
    Rule.NOT_DELEGATED: "No delegation in force covers this; ask its giver, or act in your own name.",
    Rule.OVER_DELEGATION: "The amount is above the ceiling of the delegation; its giver decides.",
    Rule.NOT_ATTESTED: "Only somebody who is signed in may do this; set ACCORD_TOKEN and send it again.",
    Rule.NOT_A_MEMBER: "The seats of this role are for members of another organisation.",
    Rule.COMMENT_REQUIRED: "Anything but a plain approval needs a comment; give the reason.",
    Rule.NOTHING_CHANGED: "The resubmitted content equals the returned one; change it or withdraw.",
    Rule.ANOTHER_CASE: "The message belongs to another case, programme or proposer.",
    Rule.MONEY_FIXED: "The study money is committed; a revision can no longer change the amount.",
    Rule.NO_SUCH_CONDITION: "The study set no such open condition; `accord show` lists them.",
    Rule.NOT_A_PARTY: "Only the named signatories may sign or refuse this text.",
    Rule.ALREADY_SIGNED: "This signatory has answered in this round; the first answer stands.",
    Rule.OTHER_TEXT: "The hash is not that of the text on the table; read the text, then sign.",
    Rule.PARTIES: "An agreement needs two or more parties with different signatories.",
    Rule.PAYEE: "A study pays its contractor, never the applicant; a demonstration the consortium's lead.",
    Rule.TENDER: "This does not fit the tender of the study; `accord history CASE` shows it.",
    Rule.FINDING: "The final deliverable, and only that one, carries the finding of the study.",
    Rule.NOT_LESS: "Only less than what is on the table is put to a panel; for more, it is returned.",
    Rule.FUNDS_SHORT: "The fund has not enough left; wait for your turn, ask for less, or withdraw.",
    Rule.FUND_FROZEN: "The fund is frozen: nothing is reserved or paid; `accord fund show` says why.",
    Rule.UNKNOWN_FUND: "There is no such fund, sub-fund or sleeve; `accord fund show` lists them.",
    Rule.PORTFOLIO: "A portfolio rule of the fund would be broken; `accord fund show -o json` has them.",
    Rule.REALLOCATION: "Only parts of the same whole that no investor pays into can move money; name two.",
    Rule.OVER_CAP: "That is more than the cap of the fund, or of a part of it, allows.",
    Rule.OVER_CEILING: "The amount is above what the programme allows for this kind of study.",
    Rule.LABOUR: "More of the money goes into labour than the programme allows for a demonstration.",
    Rule.PENDING_RESOLVED: "This is resolved already, or never was there; each is resolved once.",
    Rule.COMMITMENT_EXCEEDED: "More than is left of it cannot be moved; `accord fund ledger` shows what is.",
    Rule.WRONG_CURRENCY: "The amount is not in the currency of the fund; currencies never mix.",
    Rule.ROUNDS_USED_UP: "The rounds the programme allows are used up.",
    Rule.TWO_PEOPLE: "This takes two people; somebody else confirms it with the same figures.",
    Rule.CLOCK: "The clock of this gate is not in the state for that; `accord inbox --gate` shows it.",
    Rule.DEADLINE_PASSED: "The deadline has passed and its consequence has been applied.",
    Rule.UNKNOWN_PAYMENT: "There is no such payment; `accord payment list` shows them.",
    Rule.ALREADY_SENT: "The bank has this payment, or may have it; it can no longer be held.",
    Rule.HELD: "This payment is held already; somebody else can release it.",
    Rule.NOT_HELD: "This payment is not held; `accord payment list` shows which are.",
    Rule.STATEMENT: "The statement and the payment do not agree; clear it up with the bank.",
    Rule.UNKNOWN_DELEGATION: "There is no such delegation; `accord delegations` lists them.",
    Rule.SELF_DELEGATION: "Nobody delegates to themselves, under any account; name another person.",
    Rule.DELEGATION_DATES: "A delegation ends neither before it starts nor in the past; correct the dates.",
    Rule.DELEGATION_CIRCLE: "The other one acts for the giver in that time; that delegation ends first.",
    Rule.ALREADY_DELEGATED: "One delegation at a time between two people; revoke it, then give a new one.",
    Rule.EXCLUSIVE_ROLES: "Two of these roles exclude each other; another person takes one of them.",
    Rule.NOT_THE_GIVER: "Only its giver revokes a delegation; ask them.",
}
