"""The proof that reservations are right: the whole life of each, from its first transfer. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from models.amount import Amount
from models.money.book import Book, Claim, Discrepancy, Posted, Total, kind_of, root_of
from models.money.rate import Rate
from models.money.transfer import Account, TransferKind

Levels = Mapping[str, Book]


def prove_reservations(
    levels: Levels, lives: Iterable[Posted], totals: Iterable[Total]
) -> Iterator[Discrepancy]:
    """What does not hold of reservations, given all their transfers and all that is kept of them.

    Those of an exchange, or of a reallocation, have one reservation at two levels: both are in ``lives``.
    """
    posted = [one for one in lives if kind_of(one)]
    yield from _resolution(levels, posted)
    yield from _wholeness(levels, posted)
    yield from _exchange(levels, posted)
    yield from _reallocation(levels, posted)
    yield from _totals(levels, posted, totals)


def _resolution(levels: Levels, lives: list[Posted]) -> Iterator[Discrepancy]:
    known = {one.key: one for one in lives}
    times = Counter(one.resolves for one in lives if one.resolves)
    for one in lives:
        target = known.get(one.resolves or "")
        if one.resolves and (
            target is None
            or target.kind != TransferKind(one.kind).resolves
            or (target.fund, target.reservation) != (one.fund, one.reservation)
            or times[one.resolves] > 1
        ):
            records = (one.record, *([target.record] if target else []))
            yield Discrepancy(root_of(levels, one.fund), Claim.RESOLVED_ONCE, one.key, records)


def _wholeness(levels: Levels, lives: list[Posted]) -> Iterator[Discrepancy]:
    """No account of a single reservation is ever below zero; what it frees can be, as it took it before."""
    for (level, reservation), life in _by_reservation(lives).items():
        reserved = [one for one in life if not TransferKind(one.kind).own]
        has = _added_up(reserved)
        below = any(value < 0 for name, value in has.items() if name is not Account.AVAILABLE)
        if below or has[Account.RETURNED] > has[Account.DISBURSED]:
            records = tuple(sorted(one.record for one in reserved))
            yield Discrepancy(root_of(levels, level), Claim.WHOLE, reservation, records)


def _by_reservation(lives: list[Posted]) -> dict[tuple[str, str], list[Posted]]:
    found: dict[tuple[str, str], list[Posted]] = {}
    for one in lives:
        found.setdefault((one.fund, one.reservation), []).append(one)
    return found


def _added_up(life: Iterable[Posted]) -> dict[Account, int]:
    has = dict.fromkeys(Account, 0)
    for one in life:
        for account, sign in TransferKind(one.kind).legs.effects().items():
            has[account] += sign * one.amount
    return has


def _exchange(levels: Levels, lives: list[Posted]) -> Iterator[Discrepancy]:
    """Halves of an exchange have one reservation."""
    sold = {one.reservation: one for one in lives if one.kind == TransferKind.SELL}
    for one in (one for one in lives if one.kind == TransferKind.BUY):
        other = sold.get(one.reservation)
        if other is None or not _at_its_rate(one, other):
            records = (one.record, *([other.record] if other else []))
            yield Discrepancy(root_of(levels, one.fund), Claim.EXCHANGED, one.key, records)


def _at_its_rate(bought: Posted, sold: Posted) -> bool:
    try:
        rate = Rate.model_validate((bought.cited or {}).get("rate"))
        return rate.convert(Amount(minor=sold.amount, currency=sold.currency)).minor == bought.amount
    except ValueError:
        return False


def _reallocation(levels: Levels, lives: list[Posted]) -> Iterator[Discrepancy]:
    """Both halves have one reservation, one amount, and levels with the same parent."""
    halves: dict[str, list[Posted]] = {}
    for one in lives:
        if one.kind in (TransferKind.MOVE_IN, TransferKind.MOVE_OUT):
            halves.setdefault(one.reservation, []).append(one)
    for reservation, both in halves.items():
        kinds = sorted(one.kind for one in both) == [TransferKind.MOVE_IN, TransferKind.MOVE_OUT]
        parents = {levels[one.fund].parent if one.fund in levels else None for one in both}
        if not kinds or len({one.amount for one in both}) > 1 or len(parents) > 1 or None in parents:
            root = root_of(levels, both[0].fund)
            yield Discrepancy(root, Claim.MOVED, reservation, tuple(one.record for one in both))


def _totals(levels: Levels, lives: list[Posted], totals: Iterable[Total]) -> Iterator[Discrepancy]:
    """What is kept of each reservation is what its transfers come to, and there is nothing else."""
    by_reservation = _by_reservation(lives)
    kept = {(one.fund, one.reservation): one for one in totals}
    for of in {**by_reservation, **kept}:
        life = sorted(by_reservation.get(of, []), key=lambda one: one.record)
        records = tuple(one.record for one in life)
        right = Total(of[1], of[0], life[0].case, records[-1], _added_up(life)) if life else None
        if kept.get(of) != right:
            detail = f"what is kept of {of[1]} at {of[0]} is not what its transfers come to"
            yield Discrepancy(root_of(levels, of[0]), Claim.TOTALS, detail, records)
