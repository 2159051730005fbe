"""Every check of the proof by itself: books that are right, and each thing that can be wrong with them."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from models.money.book import Book, Claim, Discrepancy, Posted, Sum, Total, kind_of, lineage, root_of
from models.money.proof import prove_levels, prove_transfers
from models.money.reservation import prove_reservations
from models.money.transfer import Account, TransferKind

K = TransferKind
PARENTS = {"f": None, "a": "f", "b": "f", "c": "a", "usd": None}
ROOTS = {"f": "f", "a": "f", "b": "f", "c": "f", "usd": "usd"}
CAPS = {"f": 1000, "a": 400, "b": 300, "c": 50, "usd": 500}
CURRENCY = {"f": "KRW", "a": "KRW", "b": "KRW", "c": "KRW", "usd": "USD"}
RATE = {"base": "USD", "quote": "KRW", "rate": "10", "day": "2026-11-24", "source": "a test"}

Line = tuple[TransferKind, str, str, int, str | None]
JOURNAL: list[Line] = [
    (K.ALLOT, "f", "f", 1000, None),
    (K.ALLOT, "a", "a", 350, None),
    (K.ALLOT, "b", "b", 350, None),
    (K.ALLOT, "usd", "usd", 500, None),
    (K.MOVE_OUT, "b", "move", 50, None),
    (K.MOVE_IN, "a", "move", 50, None),
    (K.PENDING, "a", "r", 200, None),
    (K.POST, "a", "r", 150, "6"),
    (K.VOID, "a", "r", 50, None),
    (K.ORDER, "a", "r", 100, None),
    (K.PAY, "a", "r", 100, "9"),
    (K.CLAIM, "a", "r", 30, None),
    (K.RETURN, "a", "r", 30, None),
    (K.SETTLE, "a", "r", 30, None),
    (K.SELL, "usd", "x", 400, None),
]
"""Kind, level, reservation, amount, and the key of what it resolves; keys are places in the list."""


def posted(number: int, line: Line, **changes: Any) -> Posted:
    """A line of the journal, with the entry that asked for exactly that."""
    kind, level, reservation, amount, resolves = line
    legs = kind.legs
    key = f"{number}:rest" if kind is K.VOID else str(number)
    said = K.POST if kind is K.VOID else kind  # what is left goes back under the key of the whole
    cited: dict[str, Any] = {"key": str(number), "kind": said, "fund": level, "reservation": reservation}
    cited |= {"amount": {"minor": amount, "currency": CURRENCY[level]}}
    fields: dict[str, Any] = {"key": key, "kind": kind, "case": "T-1", "fund": level}
    fields |= {"reservation": reservation, "resolves": resolves, "debit": legs.debit, "credit": legs.credit}
    fields |= {"amount": amount, "currency": CURRENCY[level], "record": number}
    return Posted(**(fields | {"cited": cited, "cited_case": "T-1", "counted": 99} | changes))


def journal() -> list[Posted]:
    return [posted(number, line) for number, line in enumerate(JOURNAL)]


def books(of: list[Posted], **changes: dict[str, Any]) -> list[Book]:
    """What the levels have after this journal; ``changes`` are fields of a level."""
    balances = {level: dict.fromkeys(Account, 0) for level in PARENTS}
    for one in of:
        kind, levels = K(one.kind), [one.fund]
        while not kind.own and (above := PARENTS[levels[-1]]):
            levels.append(above)
        for level in levels:
            for account, sign in kind.legs.effects().items():
                balances[level][account] += sign * one.amount
    return [
        Book(
            **{
                "id": level,
                "root": ROOTS[level],
                "parent": parent,
                "currency": CURRENCY[level],
                "cap": CAPS[level],
                "balances": balances[level],
            }
            | changes.get(level, {})
        )
        for level, parent in PARENTS.items()
    ]


def sums(of: list[Posted]) -> list[Sum]:
    """What a journal comes to, by level and kind."""
    by: dict[tuple[str, str], Sum] = {}
    for one in of:
        before = by.get((one.fund, one.kind), Sum(one.fund, one.kind, 0, 0))
        newest = max(before.record, one.record)
        by[one.fund, one.kind] = before._replace(amount=before.amount + one.amount, record=newest)
    return list(by.values())


def totals(of: list[Posted]) -> list[Total]:
    """What is kept of each reservation after this journal."""
    by: dict[tuple[str, str], Total] = {}
    for one in sorted((one for one in of if kind_of(one)), key=lambda one: one.record):
        start = Total(one.reservation, one.fund, one.case, 0, dict.fromkeys(Account, 0))
        before = by.get((one.fund, one.reservation), start)
        moved = {a: before.balances[a] + sign * one.amount for a, sign in K(one.kind).legs.effects().items()}
        now = before._replace(record=one.record, balances={**before.balances, **moved})
        by[one.fund, one.reservation] = now
    return list(by.values())


def proved(stored: Iterable[Book], of: list[Posted], kept: list[Total] | None = None) -> list[Discrepancy]:
    """What the proof says of books, a journal, and what is kept of its reservations (None: what is right)."""
    levels, kept = {book.id: book for book in stored}, totals(of) if kept is None else kept
    by_level: dict[str, dict[Account, int]] = {}
    for total in kept:
        for account, minor in total.balances.items():
            by_level.setdefault(total.fund, dict.fromkeys(Account, 0))[account] += minor
    return [
        *prove_levels(levels, sums(of), by_level),
        *prove_transfers(levels, of),
        *prove_reservations(levels, of, kept),
    ]


def found(of: list[Posted], **changes: dict[str, Any]) -> list[Discrepancy]:
    """What the proof says of a journal, over the books that follow from what of it they know."""
    return proved(books([one for one in of if one.fund in PARENTS], **changes), of)


def test_books_that_are_right_are_proved() -> None:
    assert found(journal()) == []


def test_an_empty_journal_and_no_books_are_right() -> None:
    assert proved([], []) == []
    assert found([]) == []


@pytest.mark.parametrize(
    ("of", "above"), [("c", ["c", "a", "f"]), ("a", ["a", "f"]), ("f", ["f"]), ("nowhere", [])]
)
def test_a_level_and_all_above_it(of: str, above: list[str]) -> None:
    levels = {book.id: book for book in books([])}
    assert lineage(levels, of) == above
    assert root_of(levels, of) == (above[-1] if above else of)


def test_levels_that_hang_in_a_circle_come_to_an_end() -> None:
    round_ = {book.id: book for book in books([], f={"parent": "a"})}
    assert lineage(round_, "a") == ["a", "f"]


def with_(number: int, **changes: Any) -> list[Posted]:
    """The journal with one line changed; what its entry asked for stays what it was."""
    return [one._replace(**changes) if one.record == number else one for one in journal()]


def and_(*lines: Line, **changes: Any) -> list[Posted]:
    """The journal with more lines, that entries ask for."""
    more = [posted(len(JOURNAL) + number, line, **changes) for number, line in enumerate(lines)]
    return [*journal(), *more]


def said(number: int, **changes: Any) -> list[Posted]:
    """The journal with one entry that asked for something else."""
    return [
        one._replace(cited={**(one.cited or {}), **changes}) if one.record == number else one
        for one in journal()
    ]


@pytest.mark.parametrize(
    ("stored", "level", "account", "records"),
    [
        ("a", "a", Account.RESERVED, (6, 7, 8)),
        ("a", "a", Account.DISBURSED, (10,)),
        ("f", "f", Account.COMMITTED, (7, 9)),
        ("usd", "usd", Account.EXCHANGED_OUT, (14,)),
        ("b", "b", Account.COMMITTED, ()),
    ],
)
def test_a_balance_that_does_not_follow_from_the_journal_names_what_moved_it(
    stored: str, level: str, account: Account, records: tuple[int, ...]
) -> None:
    right = next(book for book in books(journal()) if book.id == stored)
    wrong = {"balances": {**right.balances, account: right.balances[account] + 1}}
    told = proved(books(journal(), **{stored: wrong}), journal())
    replay = [one for one in told if one.claim is Claim.REPLAYS]
    root = ROOTS[level]
    detail = (
        f"{level} has {right.balances[account] + 1} in {account}, the journal says {right.balances[account]}"
    )
    assert replay == [Discrepancy(root, Claim.REPLAYS, detail, records)]
    assert [one.claim for one in told if one.claim is not Claim.REPLAYS] == [Claim.ADDS_UP]


def test_both_sides_that_differ_are_told_with_their_sums() -> None:
    right = next(book for book in books(journal()) if book.id == "b")
    wrong = {"balances": {**right.balances, Account.AVAILABLE: 299}}
    told = [one for one in proved(books(journal(), b=wrong), journal()) if one.claim is Claim.ADDS_UP]
    assert told == [Discrepancy("f", Claim.ADDS_UP, "b: 300 and 299")]


def test_what_is_below_zero_is_named_though_both_sides_agree() -> None:
    right = next(book for book in books(journal()) if book.id == "b")
    wrong = {"balances": {**right.balances, Account.AVAILABLE: 301, Account.RESERVED: -1}}
    told = [one for one in proved(books(journal(), b=wrong), journal()) if one.claim is Claim.ADDS_UP]
    assert [(one.fund, one.detail.startswith("b: 300 and 300 [")) for one in told] == [("f", True)]
    assert "reserved" in told[0].detail


ASKED = {"minor": 200, "currency": "KRW"}
OF_R = (6, 7, 8, 9, 10, 11, 12, 13, 15)
WRONG: dict[str, tuple[Claim, str, tuple[int, ...], Callable[[], list[Posted]]]] = {
    "a leg": (Claim.ADDS_UP, "f", (6,), lambda: with_(6, credit=Account.DISBURSED)),
    "the other leg": (Claim.ADDS_UP, "f", (6,), lambda: with_(6, debit=Account.DISBURSED)),
    "nothing moved": (Claim.ADDS_UP, "f", (11,), lambda: with_(11, amount=0)),
    "resolves nothing": (Claim.RESOLVED_ONCE, "f", (7,), lambda: with_(7, resolves="99")),
    "resolves another kind": (Claim.RESOLVED_ONCE, "f", (7, 9), lambda: with_(7, resolves="9")),
    "resolves that of another": (
        Claim.RESOLVED_ONCE,
        "f",
        (10, 9),
        lambda: [one._replace(reservation="s") if one.record == 10 else one for one in journal()],
    ),
    "resolved twice": (
        Claim.RESOLVED_ONCE,
        "f",
        (15, 9),
        lambda: and_((K.CANCEL, "a", "r", 100, "9")),
    ),
    "paid more than ordered": (Claim.WHOLE, "f", OF_R, lambda: and_((K.PAY, "a", "r", 1, None))),
    "returned more than paid": (
        Claim.WHOLE,
        "f",
        OF_R,
        lambda: and_((K.RETURN, "a", "r", 71, None)),
    ),
    "nobody asked": (Claim.DECIDED, "f", (6,), lambda: with_(6, cited=None)),
    "another case asked": (Claim.DECIDED, "f", (6,), lambda: with_(6, cited_case="T-2")),
    "another amount asked": (Claim.DECIDED, "f", (6,), lambda: said(6, amount=ASKED | {"minor": 201})),
    "another currency asked": (Claim.DECIDED, "f", (6,), lambda: said(6, amount=ASKED | {"currency": "USD"})),
    "another level asked": (Claim.DECIDED, "f", (6,), lambda: said(6, fund="b")),
    "another reservation asked": (Claim.DECIDED, "f", (6,), lambda: said(6, reservation="s")),
    "another kind asked": (Claim.DECIDED, "f", (6,), lambda: said(6, kind=K.POST)),
    "another key asked": (Claim.DECIDED, "f", (6,), lambda: said(6, key="7")),
    "the rest of another": (Claim.DECIDED, "f", (8,), lambda: said(8, key="7")),
    "a currency": (Claim.ONE_CURRENCY, "f", (11,), lambda: with_(11, currency="USD")),
    "half of a move": (Claim.MOVED, "f", (4, 5, 15), lambda: and_((K.MOVE_IN, "b", "move", 50, None))),
    "a move of another amount": (Claim.MOVED, "f", (4, 5), lambda: with_(5, amount=51)),
    "a move to another fund": (Claim.MOVED, "f", (4, 5), lambda: with_(5, fund="usd")),
    "a move to a part of a part": (Claim.MOVED, "f", (4, 5), lambda: with_(5, fund="c")),
    "a move of the whole": (Claim.MOVED, "f", (4, 5), lambda: with_(4, fund="f")),
    "moves between wholes": (
        Claim.MOVED,
        "f",
        (4, 5),
        lambda: [one._replace(fund={4: "f", 5: "usd"}.get(one.record, one.fund)) for one in journal()],
    ),
    "a move to nowhere": (Claim.MOVED, "f", (4, 5), lambda: with_(5, fund="gone")),
    "a move out alone": (Claim.MOVED, "f", (4,), lambda: with_(5, reservation="other")),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_is_wrong_is_found_and_names_its_entries(name: str) -> None:
    claim, fund, records, change = WRONG[name]
    told = [one for one in found(change()) if one.claim is claim]
    assert (fund, records) in [(one.fund, one.records) for one in told]
    assert all(one.detail for one in told)


def test_two_that_resolve_the_same_are_both_told() -> None:
    twice = and_((K.CANCEL, "a", "r", 100, "9"))
    told = [one.records for one in found(twice) if one.claim is Claim.RESOLVED_ONCE]
    assert told == [(10, 9), (15, 9)]


def test_the_rest_needs_no_amount_of_its_own_and_the_whole_may_leave_it_out() -> None:
    assert found(said(8, amount={"minor": 1, "currency": "KRW"})) == []
    assert found(said(6, amount=None)) == []


def test_order_is_that_of_the_record_not_of_the_table() -> None:
    told = proved(books(journal()), journal()[::-1])
    assert [one.claim for one in told] == []


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"f": {"cap": 699}}, "the parts of f have caps of 700"),
        ({"a": {"cap": 399}}, "a has more than its cap of 399"),
        ({"b": {"cap": 301}}, "b has a cap of 301, not what it was allotted"),
        ({"usd": {"cap": 499}}, "usd has more than its cap of 499"),
    ],
)
def test_caps_hold_at_every_level(changes: dict[str, dict[str, Any]], detail: str) -> None:
    told = [one for one in found(journal(), **changes) if one.claim is Claim.WITHIN_CAP]
    fund = "usd" if "usd" in changes else "f"
    records = (2,) if "b" in changes else ()
    assert (fund, detail, records) in [(one.fund, one.detail, one.records) for one in told]
    assert "b" not in changes or len(told) == 1


def test_parts_may_fill_the_whole_and_a_part_without_one_is_told() -> None:
    full = [one.detail for one in found(journal(), f={"cap": 700}) if one.claim is Claim.WITHIN_CAP]
    assert full and not [detail for detail in full if detail.startswith("the parts")]
    told = [one.detail for one in found([], a={"parent": "gone"}) if one.claim is Claim.WITHIN_CAP]
    assert told == ["the parts of gone have caps of 400"]


def test_what_came_for_another_currency_counts_against_the_cap() -> None:
    more = and_((K.BUY, "f", "x", 1, None))
    told = [one.detail for one in found(more) if one.claim is Claim.WITHIN_CAP]
    assert told == ["f has more than its cap of 1000"]


def test_a_level_in_another_currency_than_its_fund_is_told() -> None:
    told = [one for one in found(journal(), b={"currency": "USD"}) if one.claim is Claim.ONE_CURRENCY]
    assert ("f", "b is in USD", ()) in [(one.fund, one.detail, one.records) for one in told]
    assert ("f", "2 is in KRW", (2,)) in [(one.fund, one.detail, one.records) for one in told]


def bought(amount: int, rate: Any = RATE, of: str = "x") -> list[Posted]:
    """The journal with the other half of the exchange: 400 US cents at 10 won are 40 won."""
    line: Line = (K.BUY, "f", of, amount, None)
    one = posted(len(JOURNAL), line)
    return [*journal(), one._replace(cited={**(one.cited or {}), "rate": rate})]


@pytest.mark.parametrize(
    ("of", "records"),
    [
        (bought(40), None),
        (bought(41), (15, 14)),
        (bought(40, rate=RATE | {"rate": "11"}), (15, 14)),
        (bought(40, rate=None), (15, 14)),
        (bought(40, rate="10"), (15, 14)),
        (bought(40, rate=RATE | {"base": "EUR"}), (15, 14)),
        (bought(40, of="y"), (15,)),
    ],
)
def test_what_was_bought_was_sold_at_the_rate_on_record(
    of: list[Posted], records: tuple[int, ...] | None
) -> None:
    told = [(one.fund, one.detail, one.records) for one in found(of) if one.claim is Claim.EXCHANGED]
    assert told == ([("f", "15", records)] if records else [])


def test_a_transfer_of_a_level_that_is_gone_is_told_with_its_own_name() -> None:
    lost = [*journal(), posted(15, (K.PENDING, "a", "z", 5, None), fund="gone")]
    told = proved(books(journal()), lost)
    assert ("gone", Claim.ONE_CURRENCY, (15,)) in [(one.fund, one.claim, one.records) for one in told]


@pytest.mark.parametrize("kind", [K.ALLOT, K.PENDING])
def test_a_level_that_no_book_knows_stops_no_proof(kind: TransferKind) -> None:
    lost = [*journal(), posted(15, (kind, "a", "z", 5, None), fund="gone")]
    assert proved(books(journal()), lost)


def test_the_smallest_amount_is_one() -> None:
    assert found(and_((K.PENDING, "c", "s", 1, None))) != []
    assert [one.claim for one in found(and_((K.PENDING, "a", "s", 1, None)))] == []


def test_what_is_no_kind_of_transfer_is_told_and_stops_no_proof() -> None:
    told = proved(books(journal()), with_(11, kind="gift"), totals(journal()))
    assert ("f", Claim.ADDS_UP, (11,)) in [(one.fund, one.claim, one.records) for one in told]
    assert {one.fund for one in told} == {"f"}


@pytest.mark.parametrize("cited", [{}, {"key": "6"}, {"fund": None, "reservation": 1, "kind": []}])
def test_an_entry_that_asks_for_nothing_that_can_be_read_is_no_decision(cited: dict[str, Any]) -> None:
    told = [one.records for one in found(with_(6, cited=cited)) if one.claim is Claim.DECIDED]
    assert told == [(6,)]


def one_total(**changes: Any) -> list[Discrepancy]:
    """What is told where the total of the reservation ``r`` is another than it should be."""
    right = totals(journal())
    wrong = [one._replace(**changes) if one.reservation == "r" else one for one in right]
    return proved(books(journal()), journal(), wrong)


def kept_of_r(**changes: int) -> dict[Account, int]:
    right = next(one for one in totals(journal()) if one.reservation == "r")
    return {**right.balances, **{Account(name): minor for name, minor in changes.items()}}


OF_R_ALONE = (6, 7, 8, 9, 10, 11, 12, 13)
NOT_RIGHT = "what is kept of r at a is not what its transfers come to"


@pytest.mark.parametrize(
    "changes", [{"case": "T-2"}, {"record": 12}, {"record": 14}, {"balances": kept_of_r(ordered=1)}]
)
def test_a_total_that_somebody_changed_is_told_with_its_transfers(changes: Any) -> None:
    assert Discrepancy("f", Claim.TOTALS, NOT_RIGHT, OF_R_ALONE) in one_total(**changes)


def test_totals_that_do_not_add_up_to_what_was_moved_are_told_though_nobody_looks_at_each() -> None:
    wrong = {
        one.fund: {**one.balances, Account.AVAILABLE: 7}
        for one in totals(journal())
        if one.reservation == "move"
    }
    told = prove_levels({book.id: book for book in books([])}, [], wrong)
    details = [one.detail for one in told if one.claim is Claim.TOTALS]
    assert "the reservations of a have 7 in available, the journal says 0" in details
    assert "the reservations of b have 7 in available, the journal says 0" in details


def test_a_total_that_is_missing_or_of_nothing_is_told() -> None:
    right = totals(journal())
    missing = proved(books(journal()), journal(), [one for one in right if one.reservation != "r"])
    assert Discrepancy("f", Claim.TOTALS, NOT_RIGHT, OF_R_ALONE) in missing
    more = [*right, Total("z", "a", "T-1", 3, dict.fromkeys(Account, 0))]
    told = [one for one in proved(books(journal()), journal(), more) if one.claim is Claim.TOTALS]
    assert [(one.fund, one.records) for one in told] == [("f", ())]


@pytest.mark.parametrize(("counted", "told"), [(None, True), (5, True), (6, False), (7, False)])
def test_a_transfer_that_its_total_does_not_count_is_told(counted: int | None, told: bool) -> None:
    wrong = [one for one in found(with_(6, counted=counted)) if one.claim is Claim.TOTALS]
    expected = Discrepancy("f", Claim.TOTALS, "what is kept of r does not count 6", (6,))
    assert wrong == ([expected] if told else [])


def test_a_reservation_is_of_the_case_that_made_it_whoever_moves_it_later() -> None:
    """A claim on a payee is an act on the fund: its entry is that of the fund."""
    later = [
        one._replace(case="f", cited_case="f") if one.record in (11, 12, 13) else one for one in journal()
    ]
    assert found(later) == []
