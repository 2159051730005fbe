"""Rules of partnerships."""

from models.case.rule import Rule


class PartnershipRule(Rule):
    """What a proposal, or what follows from it, can break."""

    MONEY_FIXED = "money-fixed", "The study money is committed; a revision can no longer change the amount."
    NO_SUCH_CONDITION = "no-such-condition", "The study set no such open condition; `accord show` lists them."
    OVER_CEILING = "over-ceiling", "The amount is above what the programme allows for this kind of study."
    LABOUR = "labour", "More of the money goes into labour than the programme allows for a demonstration."
    NOT_LESS = "not-less", "Only less than what is on the table is put to a panel; for more, it is returned."
