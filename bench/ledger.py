"""A generated ledger: a fund with portfolio rules, so many transfers, and all that is kept of them."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, update

from activities.money.fund import register
from models.base import canonical
from models.money.fund import Fund, Sleeve
from models.money.limits import Limits
from models.money.transfer import Account, TransferKind
from models.tables.money import case_total, fund, group_total, reservation_total, transfer
from models.tables.record import counter, record

EACH = 1000
"""What every case has reserved, in minor units."""
_CAP = 10**14
AT = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 2000
_K = TransferKind
_LIFE = (
    (_K.PENDING, "r", None, EACH),
    (_K.POST, "p", "r", EACH),
    (_K.ORDER, "o", None, 400),
    (_K.PAY, "y", "o", 400),
    (_K.ORDER, "o2", None, 300),
)
"""The transfers of a case: kind, key, what it resolves, amount."""
_HAS = {Account.AVAILABLE: -EACH, Account.COMMITTED: 300, Account.ORDERED: 300, Account.DISBURSED: 400}
_GROUPS = ["country VN", "without a national firm"]


def fill(database: Engine, transfers: int) -> None:
    """Put at least so many transfers into an empty ledger; the fund is ``grown``, its part ``grown-part``."""
    limits = Limits(per_country=10**14, per_project=10**9, without_national_firm_percent=100)
    part = Sleeve(id="grown-part", name="Part", cap=_CAP, limits=limits)
    terms = Fund(id="grown", name="Grown", currency="KRW", cap=_CAP, sleeves=(part,), limits=limits)
    cases = -(-transfers // len(_LIFE))
    with database.begin() as connection:
        register(connection, terms, AT)
        first = connection.scalar(counter.select().with_only_columns(counter.c.value)) or 0
        _put(connection, record, (row[0] for row in _moved(cases, first)))
        _put(connection, transfer, (row[1] for row in _moved(cases, first)))
        _put(connection, reservation_total, (_total(n, first) for n in range(cases)))
        levels = ("grown", "grown-part")
        held = ({"case": f"G-{n}", "groups": json.dumps(_GROUPS), "held": EACH} for n in range(cases))
        _put(connection, case_total, ({"fund": level} | row for row in held for level in levels))
        groups = [{"name": name, "held": EACH * cases} for name in _GROUPS]
        _put(connection, group_total, ({"fund": level} | row for row in groups for level in levels))
        connection.execute(update(counter).values(value=first + cases * len(_LIFE)))
        moved = {account: fund.c[account] + minor * cases for account, minor in _HAS.items()}
        connection.execute(update(fund).where(fund.c.root == "grown").values(moved))


def _put(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    while some := list(islice(remaining, _BATCH)):
        connection.execute(insert(table), some)


def _moved(cases: int, first: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every entry of the record with its transfer."""
    for number in range(cases * len(_LIFE)):
        case = f"G-{number // len(_LIFE)}"
        kind, key, resolves, minor = _LIFE[number % len(_LIFE)]
        target = f"{case}:{resolves}" if resolves else None
        of = {"key": f"{case}:{key}", "kind": kind, "fund": "grown-part", "reservation": f"{case}:r"}
        yield (
            _entry(first + number + 1, case, of | {"amount": {"minor": minor, "currency": "KRW"}}),
            of
            | {"case": case, "resolves": target, "debit": kind.legs.debit, "credit": kind.legs.credit}
            | {"amount": minor, "currency": "KRW", "record": first + number + 1, "at": AT},
        )


def _entry(seq: int, case: str, wish: dict[str, Any]) -> dict[str, Any]:
    payload = canonical({"action": "generated", "transfer": wish, "facts": {}}).decode()
    row = {"seq": seq, "key": f"entry {wish['key']}", "case": case, "workflow_id": f"partnership/{case}"}
    row |= {"run_id": "run", "rules": "0" * 64, "stage": "funding", "round": 1, "action": "generated"}
    return row | {"actor": "engine", "at": AT, "reason": "", "payload": payload, "answer": "{}"}


def _total(number: int, first: int) -> dict[str, Any]:
    of = {"reservation": f"G-{number}:r", "fund": "grown-part", "case": f"G-{number}"}
    newest = {"record": first + (number + 1) * len(_LIFE)}
    return {**of, **newest, **{str(account): _HAS.get(account, 0) for account in Account}}
