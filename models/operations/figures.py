"""What an installation is measured by: figures that say whether somebody must look after it."""

from typing import NamedTuple


class Figures(NamedTuple):
    """What the database says at one moment. Nothing in it names a case or a person."""

    overdue: int
    """Open gates whose deadline is over."""
    outbox_seconds: float
    """For how long the letter that has waited longest is due; 0: none is due."""
    refused_letters: int
    """Letters that the other side has refused for good."""
    in_doubt: int
    """Payments of which nobody knows whether the bank has made them."""
    frozen: int
    """Levels of funds that are frozen."""
    differences: int
    """Differences between engine, record and ledger that were ever put on record."""
    last_record: int
    """The number of the newest entry."""
    open_cases: dict[tuple[str, str], int]
    """How many cases, and parts of cases, are open, by kind and stage."""
