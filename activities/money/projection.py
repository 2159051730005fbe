"""What the effects of money do to the books."""

from collections.abc import Iterator
from functools import partial

from activities.case.projection import Others, Projection, Writing
from activities.money import amendment, level, transfer, waitlist
from activities.money.level import tree
from models.case.effects import Stands
from models.case.record import Entry
from models.case.rule import Broken
from models.money.effects import Amends, Founds, Freezes, Moves, StopsWaiting, TakesUp, Thaws
from models.money.movement import Movement
from models.money.rule import MoneyRule
from models.money.transfer import Account, TransferKind


def _admit(writing: Writing, effect: Moves) -> list[Movement] | Broken:
    return transfer.move(writing.connection, effect.transfer, writing.source.case)


def _book(writing: Writing, _: Moves, movements: list[Movement]) -> None:
    transfer.book(writing.connection, movements, writing.source.case, writing.seq, writing.entry.at)


def _join(writing: Writing, effect: Moves, broken: Broken) -> None:
    """Whoever came up short for a reservation waits for their turn."""
    reserving = effect.transfer.kind is TransferKind.PENDING
    if reserving and broken.rule in (MoneyRule.FUNDS_SHORT, MoneyRule.FUND_FROZEN):
        waitlist.join(writing.connection, effect.transfer, writing.source, writing.seq)


def _serve_after_move(writing: Writing, effect: Moves, movements: list[Movement]) -> Iterator[Others]:
    if any(movement.frees for movement in movements):
        yield from _served(writing, effect.transfer.fund)


def _serve_after_thaw(writing: Writing, effect: Thaws, _: object) -> Iterator[Others]:
    yield from _served(writing, effect.level)


def _served(writing: Writing, at: str) -> Iterator[Others]:
    """Offers for those whose turn it is, now that there is money again. What a rule forbids to one of them
    by now goes to who is next.
    """
    refused: list[Entry] = []
    while True:
        levels = tree(writing.connection, at)
        for source, offer in waitlist.served(writing.connection, levels, writing.entry.at):
            yield Others(source, offer, partial(refused.append, offer))
        if not refused:
            return
        for offer in refused:
            waitlist.drop(writing.connection, offer)
        refused.clear()


def _leave(writing: Writing, _: StopsWaiting, __: object) -> Iterator[Others]:
    """Take a case off the list; an offer that it knew nothing of is given back, and others may be next."""
    at = None
    for gone in waitlist.leave(writing.connection, writing.source.case, writing.entry.at):
        at = gone.fund
        if gone.back:
            yield Others(gone.source, gone.back)
    if at:
        yield from _served(writing, at)


def _leave_at_the_end(writing: Writing, effect: Stands, _: object) -> Iterator[Others]:
    if effect.closes and writing.source.id in ("", writing.source.case):
        yield from _leave(writing, StopsWaiting(), None)


def _found(writing: Writing, effect: Founds) -> None:
    """Put a level on the books before the same entry moves money there."""
    level.found(writing.connection, effect)


def _freeze(writing: Writing, effect: Freezes, _: object) -> None:
    level.freeze(writing.connection, effect.level, effect.why)


def _thaw(writing: Writing, effect: Thaws, _: object) -> None:
    """Before those who waited for it are served."""
    level.freeze(writing.connection, effect.level, None)


def _take(writing: Writing, effect: TakesUp, _: object) -> None:
    waitlist.take(writing.connection, effect.reservation)


def _frees(effect: Moves) -> bool:
    """Whether money comes back that others may be waiting for."""
    return effect.transfer.kind.legs.effects().get(Account.AVAILABLE, 0) > 0


PROJECTIONS = (
    Projection(
        Moves,
        admit=_admit,
        apply=_book,
        refused=_join,
        follow=_serve_after_move,
        wakes=_frees,
    ),
    Projection(Amends, admit=amendment.admitted, apply=amendment.amend),
    Projection(Founds, admit=_found),
    Projection(Freezes, apply=_freeze),
    Projection(Thaws, apply=_thaw, follow=_serve_after_thaw, wakes=lambda _: True),
    Projection(TakesUp, apply=_take),
    Projection(StopsWaiting, follow=_leave, wakes=lambda _: True),
    Projection(Stands, follow=_leave_at_the_end, wakes=lambda effect: effect.closes),
)
