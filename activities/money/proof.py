"""The proof of the books, read only: what does not hold. ``nightly_proof.py`` does it by itself, and acts."""

from collections.abc import Iterator

from sqlalchemy import Connection

from activities.money import evidence
from activities.money.portfolio_proof import portfolios
from models.money.book import Book, Discrepancy
from models.money.proof import prove_levels, prove_transfers
from models.money.reservation import prove_reservations


def check(connection: Connection, root: str | None = None, after: int = 0) -> list[Discrepancy]:
    """Every discrepancy of every fund, or of one, as of one moment.

    Transfers up to the record ``after`` are not looked at one by one (``checkpoint.reached``), unless the
    sums of everything, which always are, disagree.
    """
    one_moment(connection)
    known = evidence.books(connection)
    found = list(sums(connection, root))
    after, newest = 0 if found else after, False
    while not newest:
        part = evidence.chunk(connection, after)
        found += transfers(known, part)
        after, newest = part.last, part.newest
    return [one for one in found if root in (None, one.fund)]


def one_moment(connection: Connection) -> None:
    """Let everything that is read from now on be as of one moment; SQLite does so by itself."""
    if connection.dialect.name == "postgresql" and not connection.in_transaction():
        connection.execution_options(isolation_level="REPEATABLE READ")


def sums(connection: Connection, root: str | None = None) -> Iterator[Discrepancy]:
    """Balances, caps and running totals, by the sums of all transfers from the first."""
    known = evidence.books(connection)
    wanted = {name: book for name, book in known.items() if root in (None, book.root)}
    yield from prove_levels(wanted, evidence.sums(connection), evidence.kept(connection))
    yield from portfolios(connection, wanted)


def transfers(levels: dict[str, Book], part: evidence.Chunk) -> Iterator[Discrepancy]:
    """What does not hold of these transfers, and of the reservations that end among them."""
    yield from prove_transfers(levels, part.transfers)
    yield from prove_reservations(levels, part.lives, part.totals)
