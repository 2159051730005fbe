"""The proof that the books of a fund are right: every check of it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from models.amount import Amount
from models.money.book import Book, Claim, Discrepancy, Posted, lineage, root_of
from models.money.rate import Rate
from models.money.transfer import Account, TransferKind


def prove(books: Iterable[Book], journal: Iterable[Posted]) -> list[Discrepancy]:
    """Everything that does not hold; empty where all is well."""
    levels = {book.id: book for book in books}
    posted = list(journal)
    checks: tuple[Callable[[dict[str, Book], list[Posted]], Iterator[Discrepancy]], ...] = (
        _replay,
        _balance,
        _cap,
        _resolution,
        _wholeness,
        _decision,
        _currency,
        _exchange,
        _reallocation,
    )
    return [found for check in checks for found in check(levels, posted)]


def _replay(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    """From nothing, level by level; the entries named are those that moved the account in question."""
    replayed = {level: dict.fromkeys(Account, 0) for level in levels}
    moved: dict[tuple[str, Account], list[int]] = {}
    for one in journal:
        above = lineage(levels, one.fund)
        for level in above[:1] if TransferKind(one.kind).own else above:
            for account, sign in TransferKind(one.kind).legs.effects().items():
                replayed[level][account] += sign * one.amount
                moved.setdefault((level, account), []).append(one.record)
    for level, book in levels.items():
        for account, stored in book.balances.items():
            if stored != replayed[level][account]:
                detail = f"{level} has {stored} in {account}, the journal says {replayed[level][account]}"
                records = tuple(moved.get((level, account), ()))
                yield Discrepancy(book.root, Claim.REPLAYS, detail, records)


def _balance(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    for book in levels.values():
        debits = sum(value for account, value in book.balances.items() if account.source)
        credits = sum(value for account, value in book.balances.items() if not account.source)
        below = [account for account, value in book.balances.items() if value < 0]
        if debits != credits or below:
            yield Discrepancy(
                book.root, Claim.ADDS_UP, f"{book.id}: {debits} and {credits} {below or ''}".strip()
            )
    for one in journal:
        legs = TransferKind(one.kind).legs
        if (one.debit, one.credit) != legs or one.amount <= 0:
            yield Discrepancy(root_of(levels, one.fund), Claim.ADDS_UP, one.key, (one.record,))


def _cap(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    parts = Counter[str]()
    for book in levels.values():
        if book.parent:
            parts[book.parent] += book.cap
        if book.balances[Account.PAID_IN] + book.balances[Account.EXCHANGED_IN] > book.cap:
            yield Discrepancy(book.root, Claim.WITHIN_CAP, f"{book.id} has more than its cap of {book.cap}")
    for one in journal:
        book_ = levels.get(one.fund)
        if one.kind == TransferKind.ALLOT and book_ and book_.cap != book_.balances[Account.PAID_IN]:
            detail = f"{one.fund} has a cap of {book_.cap}, not what it was allotted"
            yield Discrepancy(book_.root, Claim.WITHIN_CAP, detail, (one.record,))
    for level, total in parts.items():
        if level not in levels or total > levels[level].cap:
            yield Discrepancy(
                root_of(levels, level), Claim.WITHIN_CAP, f"the parts of {level} have caps of {total}"
            )


def _resolution(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    known = {one.key: one for one in journal}
    times = Counter(one.resolves for one in journal if one.resolves)
    for one in journal:
        kind = TransferKind(one.kind).resolves
        target = known.get(one.resolves or "")
        if one.resolves and (
            target is None
            or target.kind != kind
            or (target.fund, target.reservation) != (one.fund, one.reservation)
            or times[one.resolves] > 1
        ):
            records = (one.record, *([target.record] if target else []))
            yield Discrepancy(root_of(levels, one.fund), Claim.RESOLVED_ONCE, one.key, records)


def _wholeness(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    """No account of a single reservation is ever below zero; what it frees can be, as it took it before."""
    held: dict[tuple[str, str], dict[Account, int]] = {}
    records: dict[tuple[str, str], list[int]] = {}
    reserved = (one for one in journal if not TransferKind(one.kind).own)
    for one in sorted(reserved, key=lambda one: one.record):
        of = (one.fund, one.reservation)
        account = held.setdefault(of, dict.fromkeys(Account, 0))
        records.setdefault(of, []).append(one.record)
        for name, sign in TransferKind(one.kind).legs.effects().items():
            account[name] += sign * one.amount
    for (level, reservation), of_account in held.items():
        below = any(value < 0 for name, value in of_account.items() if name is not Account.AVAILABLE)
        if below or of_account[Account.RETURNED] > of_account[Account.DISBURSED]:
            found = tuple(records[level, reservation])
            yield Discrepancy(root_of(levels, level), Claim.WHOLE, reservation, found)


def _decision(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    for one in journal:
        if not _asked_for(one):
            yield Discrepancy(root_of(levels, one.fund), Claim.DECIDED, one.key, (one.record,))


def _asked_for(one: Posted) -> bool:
    """Whether the cited entry has this transfer; what was left of it went back under the same key."""
    said = one.cited
    if said is None or one.cited_case != one.case:
        return False
    rest = one.key.removesuffix(":rest") != one.key and said["key"] == one.key.removesuffix(":rest")
    amount = said.get("amount")
    named = amount is None or amount == {"minor": one.amount, "currency": one.currency}
    same = (said["fund"], said["reservation"]) == (one.fund, one.reservation)
    return same and (rest or (said["key"] == one.key and said["kind"] == one.kind and named))


def _currency(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    for book in levels.values():
        if book.root in levels and levels[book.root].currency != book.currency:
            yield Discrepancy(book.root, Claim.ONE_CURRENCY, f"{book.id} is in {book.currency}")
    for one in journal:
        if one.fund not in levels or one.currency != levels[one.fund].currency:
            detail = f"{one.key} is in {one.currency}"
            yield Discrepancy(root_of(levels, one.fund), Claim.ONE_CURRENCY, detail, (one.record,))


def _exchange(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    """Halves of an exchange have one reservation; whoever proves one fund alone sees only its own half."""
    sold = {one.reservation: one for one in journal if one.kind == TransferKind.SELL}
    for one in (one for one in journal if one.kind == TransferKind.BUY):
        other = sold.get(one.reservation)
        if other is None and len({book.root for book in levels.values()}) < 2:
            continue
        if other is None or not _at_its_rate(one, other):
            records = (one.record, *([other.record] if other else []))
            yield Discrepancy(root_of(levels, one.fund), Claim.EXCHANGED, one.key, records)


def _at_its_rate(bought: Posted, sold: Posted) -> bool:
    try:
        rate = Rate.model_validate((bought.cited or {}).get("rate"))
        return rate.convert(Amount(minor=sold.amount, currency=sold.currency)).minor == bought.amount
    except ValueError:
        return False


def _reallocation(levels: dict[str, Book], journal: list[Posted]) -> Iterator[Discrepancy]:
    """Both halves have one reservation, one amount, and levels with the same parent."""
    halves: dict[str, list[Posted]] = {}
    for one in journal:
        if TransferKind(one.kind).caps:
            halves.setdefault(one.reservation, []).append(one)
    for reservation, both in halves.items():
        kinds = sorted(one.kind for one in both) == [TransferKind.MOVE_IN, TransferKind.MOVE_OUT]
        parents = {levels[one.fund].parent if one.fund in levels else None for one in both}
        if not kinds or len({one.amount for one in both}) > 1 or len(parents) > 1 or None in parents:
            root = root_of(levels, both[0].fund)
            yield Discrepancy(root, Claim.MOVED, reservation, tuple(one.record for one in both))
