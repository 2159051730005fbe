"""The proof that the books of a fund are right: its levels by sums, its transfers one by one. Pure.

No check needs the whole journal: what it needs beside a part of it, it is given.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from models.money.book import Book, Claim, Discrepancy, Posted, Sum, kind_of, lineage, root_of
from models.money.transfer import REST, Account, TransferKind

Levels = Mapping[str, Book]


def prove_levels(
    levels: Levels, sums: Iterable[Sum], kept: Mapping[str, Mapping[Account, int]]
) -> Iterator[Discrepancy]:
    """What does not hold of levels, given what all their transfers and all their running totals come to."""
    known = [one for one in sums if kind_of(one) and one.fund in levels]
    yield from _replay(levels, known)
    yield from _kept(levels, known, kept)
    for book in levels.values():
        yield from _balance(book)
        if book.root in levels and levels[book.root].currency != book.currency:
            yield Discrepancy(book.root, Claim.ONE_CURRENCY, f"{book.id} is in {book.currency}")
    yield from _caps(levels)
    for one in known:
        book = levels[one.fund]
        if one.kind == TransferKind.ALLOT and book.cap != book.balances[Account.PAID_IN]:
            detail = f"{one.fund} has a cap of {book.cap}, not what it was allotted"
            yield Discrepancy(book.root, Claim.WITHIN_CAP, detail, (one.record,))


def _replay(levels: Levels, sums: list[Sum]) -> Iterator[Discrepancy]:
    """From nothing, level by level; the entries named are the newest of each kind that moved the account."""
    replayed = {level: dict.fromkeys(Account, 0) for level in levels}
    moved: dict[tuple[str, Account], list[int]] = {}
    for one in sums:
        above = lineage(levels, one.fund)
        kind = TransferKind(one.kind)
        for level in above[:1] if kind.own else above:
            for account, sign in kind.legs.effects().items():
                replayed[level][account] += sign * one.amount
                moved.setdefault((level, account), []).append(one.record)
    for level, book in levels.items():
        for account, stored in book.balances.items():
            if stored != replayed[level][account]:
                detail = f"{level} has {stored} in {account}, the journal says {replayed[level][account]}"
                records = tuple(sorted(moved.get((level, account), ())))
                yield Discrepancy(book.root, Claim.REPLAYS, detail, records)


def _kept(
    levels: Levels, sums: list[Sum], kept: Mapping[str, Mapping[Account, int]]
) -> Iterator[Discrepancy]:
    """Whether the running totals of the reservations at a level add up to what was moved there."""
    moved = {level: dict.fromkeys(Account, 0) for level in levels}
    for one in sums:
        for account, sign in TransferKind(one.kind).legs.effects().items():
            moved[one.fund][account] += sign * one.amount
    for level, book in levels.items():
        for account, right in moved[level].items():
            total = kept.get(level, {}).get(account, 0)
            if total != right:
                detail = f"the reservations of {level} have {total} in {account}, the journal says {right}"
                yield Discrepancy(book.root, Claim.TOTALS, detail)


def _balance(book: Book) -> Iterator[Discrepancy]:
    debits = sum(value for account, value in book.balances.items() if account.source)
    credits = sum(value for account, value in book.balances.items() if not account.source)
    below = [account for account, value in book.balances.items() if value < 0]
    if debits != credits or below:
        detail = f"{book.id}: {debits} and {credits} {below or ''}".strip()
        yield Discrepancy(book.root, Claim.ADDS_UP, detail)


def _caps(levels: Levels) -> Iterator[Discrepancy]:
    parts = Counter[str]()
    for book in levels.values():
        if book.parent:
            parts[book.parent] += book.cap
        if book.balances[Account.PAID_IN] + book.balances[Account.EXCHANGED_IN] > book.cap:
            yield Discrepancy(book.root, Claim.WITHIN_CAP, f"{book.id} has more than its cap of {book.cap}")
    for level, total in parts.items():
        if level not in levels or total > levels[level].cap:
            detail = f"the parts of {level} have caps of {total}"
            yield Discrepancy(root_of(levels, level), Claim.WITHIN_CAP, detail)


def prove_transfers(levels: Levels, part: Iterable[Posted]) -> Iterator[Discrepancy]:
    """What does not hold of single transfers."""
    for one in part:
        root, kind = root_of(levels, one.fund), kind_of(one)
        if kind is None or (one.debit, one.credit) != kind.legs or one.amount <= 0:
            yield Discrepancy(root, Claim.ADDS_UP, one.key, (one.record,))
        if not _asked_for(one):
            yield Discrepancy(root, Claim.DECIDED, one.key, (one.record,))
        if one.fund not in levels or one.currency != levels[one.fund].currency:
            detail = f"{one.key} is in {one.currency}"
            yield Discrepancy(root, Claim.ONE_CURRENCY, detail, (one.record,))
        if one.counted is None or one.counted < one.record:
            detail = f"what is kept of {one.reservation} does not count {one.key}"
            yield Discrepancy(root, Claim.TOTALS, detail, (one.record,))


def _asked_for(one: Posted) -> bool:
    """Whether the cited entry has this transfer; what was left of it went back under the same key."""
    said = one.cited
    if said is None or one.cited_case != one.case:
        return False
    key = said.get("key")
    rest = one.key.removesuffix(":rest") != one.key and key == one.key.removesuffix(":rest")
    amount = said.get("amount")
    named = amount is None or amount == {"minor": one.amount, "currency": one.currency}
    same = (said.get("fund"), said.get("reservation")) == (one.fund, one.reservation)
    if rest:
        back = next((back for kind, back in REST.items() if kind == said.get("kind")), None)
        return same and one.resolves is None and one.kind == back
    return same and key == one.key and said.get("kind") == one.kind and named
