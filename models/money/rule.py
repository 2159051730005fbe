"""Rules of money."""

from models.case.rule import CaseRule, Rule, RuleKind


class MoneyRule(Rule):
    """What a movement of money, or an order about a fund, can break."""

    FUNDS_SHORT = (
        "funds-short",
        "The fund has not enough left; wait for your turn, ask for less, or withdraw.",
    )
    FUND_FROZEN = (
        "fund-frozen",
        "The fund is frozen: nothing is reserved or paid; `accord fund show` says why.",
        RuleKind.CONFLICT,
    )
    UNKNOWN_FUND = (
        "unknown-fund",
        "There is no such fund, sub-fund or sleeve; `accord fund show` lists them.",
        RuleKind.NOT_FOUND,
    )
    OVER_CAP = (
        "over-cap",
        "That is more than the cap of the fund, or of a part of it, allows.",
        RuleKind.CONFLICT,
    )
    REALLOCATION = (
        "reallocation",
        "Only parts of the same whole that no investor pays into can move money; name two.",
    )
    PORTFOLIO = (
        "portfolio",
        "A portfolio rule of the fund would be broken; `accord fund show -o json` has them.",
    )
    UNKNOWN_AMENDMENT = (
        "unknown-amendment",
        "No amendment with this number waits; `accord fund pending` lists them.",
        RuleKind.NOT_FOUND,
    )
    PENDING_RESOLVED = (
        "pending-resolved",
        "This is resolved already, or never was there; each is resolved once.",
    )
    COMMITMENT_EXCEEDED = (
        "commitment-exceeded",
        "More than is left of it cannot be moved; `accord fund ledger` shows what is.",
    )
    WRONG_CURRENCY = "wrong-currency", "The amount is not in the currency of the fund; currencies never mix."


def rule_of_refusal(name: str | None) -> Rule:
    """The rule by which a transfer was refused: one of money, or one of any case (a case nobody knows)."""
    return MoneyRule(name) if name in set(MoneyRule) else CaseRule(str(name))
