"""The commands for money, as people type them: what they answer, and what they refuse."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from activities.money import checkpoint
from activities.money.fund import register
from activities.money.nightly_proof import Proofs
from cli.errors import Exit
from models.money.fund import Fund, Sleeve
from models.payment.payment import PaymentState
from models.tables.money import fund as funds
from models.tables.people import holding
from runtime.temporal.embedded import Embedded
from testing.fakebank import FakeBank
from tests.support.command import Done, accord, inside
from tests.support.house import House
from tests.support.paying import due
from tests.support.scenarios import _behind


async def told(house: House, *words: str, who: str = "") -> Done:
    """What a command answers."""
    return await accord(house.settings.home, *words, **({"ACCORD_ACTOR": who} if who else {}))


async def test_a_payment_from_request_to_statement(house: House, tmp_path: Path) -> None:
    case = await due(house)
    await case.gate("study.inception-request")
    key = f"{case.id}:study.inception"
    invoice = tmp_path / "invoice.pdf"
    invoice.write_bytes(b"300,000 won, please")

    words = ("--invoice", str(invoice), "--number", "2026-7", "--amount", "250000")
    assert (await told(house, "payment", "request", key, *words, who="consult.jang")).code == 0
    await case.gate("study.inception-payment")
    assert (await told(house, "payment", "approve", key, who="consult.jang")).code == 5
    held = await told(house, "payment", "hold", key, "--reason", "A look at the invoice.", who="pay.ryu")
    assert held.code == 0
    assert (await told(house, "payment", "release", key, "--reason", "Fine.", who="pay.ryu")).code == 5
    assert (await told(house, "payment", "release", key, "--reason", "Fine.", who="pay.oh")).code == 0
    for who in ("pay.oh", "pay.ryu"):
        approved = await told(house, "payment", "approve", key, who=who)
        assert (approved.code, "ends in 0001 (SHA-256 " in approved.out) == (0, True)
    await case.payment("inception", PaymentState.PAID)

    listed = inside(house.settings.home, "payment", "list", "--case", case.id, "-o", "json").data()
    assert [(row["key"], row["state"], row["amount"]) for row in listed] == [(key, "paid", 250_000)]
    ledger = inside(house.settings.home, "fund", "ledger", case.id, "-o", "json").data()
    assert [row["kind"] for row in ledger] == ["pending", "post", "order", "pay", "cancel"]
    unknown = inside(house.settings.home, "fund", "ledger", "nowhere")
    assert (unknown.code, "unknown-fund" in unknown.err) == (3, True)
    assert inside(house.settings.home, "fund", "check").code == 0

    statement = tmp_path / "statement.xml"
    mine = [payment for payment in house.bank.payments if payment.end_to_end_id.startswith(case.id)]
    statement.write_text(FakeBank(payments=mine).statement(datetime.now(UTC).date()))
    done = await told(house, "fund", "reconcile", "k-city", str(statement), who="books.noh")
    assert (done.code, "is reconciled" in done.out) == (0, True), done.err
    await case.payment("inception", PaymentState.RECONCILED)


async def test_what_is_committed_and_due_is_what_is_still_to_come(house: House) -> None:
    case = await due(house)
    await case.gate("study.inception-request")
    rows = inside(house.settings.home, "fund", "forecast", "k-city", "-o", "json").data()
    mine = {row["what"]: row["amount"] for row in rows if row["case"] == case.id}
    assert mine == {f"{case.id}:study.inception": 300_000, "committed": 700_001}


def test_a_part_of_a_fund_is_forecast_and_proved_with_the_whole(house: House) -> None:
    home = house.settings.home
    whole = inside(home, "fund", "forecast", "k-city", "-o", "json").data()
    assert inside(home, "fund", "forecast", "asean-studies", "-o", "json").data() == whole != []
    larger = update(funds).where(funds.c.id == "pis-plant")
    with house.database.begin() as connection:
        connection.execute(larger.values(cap=funds.c.cap + 10**12))
    try:
        assert inside(home, "fund", "check", "pis-asean-proposals").code == 10
    finally:
        with house.database.begin() as connection:
            connection.execute(larger.values(cap=funds.c.cap - 10**12))
    assert inside(home, "fund", "check", "pis-asean-proposals").code == 0


def test_the_books_are_proved_on_from_the_proof_at_night_or_from_the_first(house: House) -> None:
    home, right = house.settings.home, "The books are right: every balance is what its journal says, every "
    assert Proofs(house.database).prove_all().frozen == ()
    usual = inside(home, "fund", "check")
    assert usual.code == 0
    with house.database.connect() as connection:
        last = checkpoint.reached(connection)
    assert usual.out.startswith(f"{right}transfer after record {last} decided. The proof at night has passed")
    assert usual.out.endswith("; accord fund check --all looks at them again.\n")
    assert inside(home, "fund", "check", "-o", "json").data() == []


def test_all_of_it_is_proved_by_the_record(own: tuple[House, Embedded]) -> None:
    home = own[0].settings.home
    right = inside(home, "fund", "check", "--all")
    assert (right.code, right.out.endswith("decided. Every table is what the record makes it.\n")) == (
        0,
        True,
    )
    with own[0].database.begin() as connection:
        connection.execute(update(holding).values(role="treasury"))
    wrong = inside(home, "fund", "check", "--all", "-o", "json")
    assert wrong.code == Exit.VERIFICATION
    assert any("role is 'treasury', by record 1" in row["detail"] for row in wrong.data())


def test_both_sides_of_the_trial_balance_are_equal(house: House) -> None:
    rows = inside(house.settings.home, "fund", "trial-balance", "-o", "json").data()
    for fund in {row["fund"] for row in rows}:
        mine = [row for row in rows if row["fund"] == fund]
        assert sum(row["debits"] for row in mine) == sum(row["credits"] for row in mine)
        for row in mine:
            net = row["debits"] - row["credits"]
            assert row["balance"] == (net if row["side"] == "debit" else -net), row


REFUSED: dict[str, tuple[str, int, str]] = {
    "no such payment": ("payment approve T-0:study.final", 3, "no such payment"),
    "no such fund": ("fund forecast nowhere", 3, "no such fund"),
    "no such level": ("fund freeze nowhere --reason x", 3, "no such fund"),
    "not a manager": ("fund freeze k-city --reason x --as expert.lim", 5, "It takes one of: treasury"),
    "no money act": ("fund move steal pis-2019 --of private --amount 1 --reason x", 2, "steal"),
    "a fraction of a won": ("fund move call pis-2019 --of private --amount 1.5 --reason x", 7, "finer than"),
    "less than nothing": ("fund move call pis-2019 --of private --amount=-1 --reason x", 7, "not a positive"),
    "beyond all bounds": (f"fund move call pis-2019 --of private --amount {10**18} --reason x", 7, "amount"),
    "no statement": ("fund reconcile k-city {nothing} --as books.noh", 7, "columns of a statement"),
    "a bomb": ("fund reconcile k-city {bomb} --as books.noh", 7, "DOCTYPE|Maximum|amplification"),
    "another payment state": ("payment list --state lost", 2, "lost"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_and_says_so(house: House, tmp_path: Path, name: str) -> None:
    words, code, why = REFUSED[name]
    files: dict[str, Any] = {"nothing": tmp_path / "nothing.csv", "bomb": tmp_path / "bomb.xml"}
    files["nothing"].write_bytes(b"")
    lol = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
    files["bomb"].write_bytes(
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">' + lol + b"]><d>&l8;</d>"
    )
    actor = [] if "--as" in words else ["--as", "treasury.cho"]
    typed = words.format(**files).split()
    done = inside(house.settings.home, *typed, *([] if "list" in words or "forecast" in words else actor))
    assert done.code == code, (done.out, done.err)
    assert any(one in done.err for one in why.split("|")), done.err


async def test_two_managers_thaw_what_one_froze_and_everybody_sees_why(house: House) -> None:
    home, level = house.settings.home, "pis-plant"
    frozen = await told(house, "fund", "freeze", level, "--reason", "Asked the bank.", who="treasury.cho")
    assert frozen.code == 0
    shown = {row["id"]: row["frozen"] for row in inside(home, "fund", "show", "-o", "json").data()}
    assert shown[level] == "Asked the bank."
    thaw = ("fund", "thaw", level, "--reason", "Yes.")
    assert "a second person must say the same" in (await told(house, *thaw, who="treasury.cho")).out
    assert (await told(house, *thaw, who="treasury.cho")).code == 5
    assert "done" in (await told(house, *thaw, who="treasury.min")).out
    assert inside(home, "history", level, "--refused", "-o", "json").data()[-1]["rule"] == "two-people"


async def test_a_part_gives_another_what_it_has_left(house: House) -> None:
    parts = tuple(Sleeve(id=f"give-{name}", name=name, cap=1000) for name in ("one", "two"))
    terms = Fund(id="give", name="Give", currency="USD", cap=2000, sleeves=parts)
    with house.database.begin() as connection:
        register(connection, terms, datetime.now(UTC))
    words = (
        "fund",
        "move",
        "reallocate",
        "give-one",
        "--of",
        "give-two",
        "--amount",
        "2.50",
        "--reason",
        "Less.",
    )
    assert "a second person must say the same" in (await told(house, *words, who="treasury.cho")).out
    assert "done" in (await told(house, *words, who="treasury.min")).out
    shown = {
        row["id"]: row["cap"] for row in inside(house.settings.home, "fund", "show", "-o", "json").data()
    }
    assert (shown["give-one"], shown["give-two"], shown["give"]) == (750, 1250, 2000)
    again = (*words[:-3], "7.51", "--reason", "All.")
    await told(house, *again, who="treasury.cho")
    refused = await told(house, *again, who="treasury.min")
    assert (refused.code, "funds-short" in refused.err) == (7, True), refused.err


async def test_an_offer_is_declined_with_a_reason(house: House) -> None:

    first, second = await _behind(house, "declining")
    await first.withdraw()
    gate = (await second.gate("funding.offer"))["id"]
    assert (await told(house, "offer", gate, "decline", who="coord.seo")).code == 7
    done = await told(house, "offer", gate, "decline", "--reason", "Too late.", who="coord.seo")
    assert done.code == 0, done.err
    await second.withdraw()
