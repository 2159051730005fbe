"""A database with one of everything in it, all of it on record; and its owner, who can change any of it."""

import base64
import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from activities.case import document, record, registry
from activities.money.fund import register as register_fund
from activities.money.fund import source
from activities.payment.statement import keep_file
from adapters.documents import load
from models.amount import Amount
from models.base import digest
from models.case.approval import Decision
from models.case.case import Standing
from models.case.conflict_of_interest import Conflict, Declaration
from models.case.effects import Effect
from models.case.envelope import SELF_DECLARED
from models.case.notice import Draft
from models.case.record import Batch, Entry, Sent, Source
from models.money.fund import Fund, Sleeve
from models.money.limits import Limits
from models.money.statement import Statement, StatementFile, StatementLine
from models.money.transfer import Transfer, TransferKind
from models.money.treasury import FundAct, FundOrder
from models.partnership.partnership import Stage, Status
from models.partnership.programme import Programme
from models.payment.action import LINE
from models.payment.effects import Finds, Keeps, Matches
from models.payment.payment import PaymentState, PaymentUpdate, statement_line
from models.people.delegation import DIRECTORY, Approval, Giving
from models.people.effects import Holds, Organises, PaysTo, Registers
from models.people.person import Holding, Sector
from models.tables.payment import dispatch
from services.money.treasury import Treasury
from services.people.delegation import Delegations
from tests.support.entries import NOW, entry, write
from tests.support.house import proposal
from tests.support.inbox import opening

K = TransferKind
ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(per_country=10**9, per_project=10**6, without_national_firm_percent=50)
PEOPLE = {
    "coord.seo": "coordinator",
    "reg.eom": "registrar",
    "expert.lim": "expert",
    "sec.han": "secretariat",
    "treasury.cho": "treasury",
    "treasury.min": "treasury",
}


def kept(database: Engine) -> Engine:
    """A case that was paid, one that waits; votes, a delegation, a declaration, orders on the fund."""
    with database.begin() as connection:
        _directory(connection)
        part = Sleeve(id="part", name="Part", cap=1000, limits=LIMITS)
        terms = Fund(id="all", name="All", currency="KRW", cap=1000, sleeves=(part,), limits=LIMITS)
        register_fund(connection, terms, NOW)
        content = base64.b64encode(b"a contract").decode()
        sha256 = hashlib.sha256(b"a contract").hexdigest()
        document.store_document(connection, sha256, "contract.pdf", content, NOW)
    _paid(database, "T-1")
    _reviewed(database, "T-1")
    _stated(database, "T-1:study.interim")
    write(database, entry("T-2:proposed", proposal=proposal("T-2", national_firm=True)), case="T-2")
    write(database, moving(K.PENDING, "T-2:r", "T-2:r", 900), case="T-2")
    said = Declaration(case="T-1", actor="expert.lim", conflict=Conflict.SOFT, note="I know them.")
    write(database, entry("T-1:declared", declares=said, actor="expert.lim"))
    giving = Giving(actor="sec.han", taker="expert.lim", roles=("secretariat",), instrument="Order 7")
    delegations = Delegations(database, SELF_DECLARED)
    delegations.give(giving)
    for taker in ("expert.lim", "coord.seo"):
        lending = Giving(actor="treasury.cho", taker=taker, roles=("treasury",), instrument="Order 8")
        lent = delegations.give(lending).delegation.id
    delegations.confirm(Approval(delegation=lent, actor="reg.eom"))
    orders = Treasury(database, SELF_DECLARED)
    orders.order(
        FundOrder(act=FundAct.FREEZE, level="part", actor="treasury.cho", reason="The bank is asked.")
    )
    orders.order(FundOrder(act=FundAct.THAW, level="part", actor="treasury.cho", reason="It answered."))
    return unlocked(database)


def _directory(connection: Connection) -> None:
    effects: list[Effect] = [
        Organises(id="molit", name="Ministry", country="KR", sector=Sector.PUBLIC),
        Organises(id="k-eng", name="K Engineering", country="KR", sector=Sector.PRIVATE),
        PaysTo(organisation="k-eng", account="KR0001", since=None),
    ]
    for who, role in PEOPLE.items():
        mail = f"{who}@accord.example"
        effects.append(Registers(id=who, name=f"Ms {who}", organisation="molit", email=mail, subject=None))
        effects.append(Holds(person=who, roles=(Holding(role=role),)))
    founded = Entry(
        key=f"{DIRECTORY}:founded",
        stage=DIRECTORY,
        action="directory founded",
        at=NOW,
        effects=tuple(effects),
    )
    source = Source(case=DIRECTORY, workflow_id=DIRECTORY, run_id="", rules="")
    record.write(connection, Batch(source=source, entries=(founded,)))
    terms = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)
    registry.register(connection, terms, NOW)


def moving(kind: TransferKind, key: str, of: str, minor: int | None, **more: Any) -> Entry:
    """An entry that moves money of a reservation of ``part``."""
    amount = Amount(minor=minor, currency="KRW") if minor else None
    wish = Transfer(key=key, kind=kind, fund="part", reservation=of, amount=amount, **more)
    return entry(f"{key}!", transfer=wish)


def _paid(database: Engine, case: str) -> None:
    """1,000 were asked for; 400 are reserved, 300 of them committed, 200 ordered, 150 paid."""
    of, order = f"{case}:r", f"{case}:o"
    listed = PaymentUpdate(
        key=f"{case}:study.interim",
        gate=f"{case}:study.interim-request:1",
        fund="part",
        reservation=of,
        payee="k-eng",
        amount=Amount(minor=200, currency="KRW"),
    )
    paid = PaymentUpdate(key=listed.key, state=PaymentState.PAID, reference="BANK-1")
    write(
        database,
        entry(f"{case}:proposed", proposal=proposal(case)),
        moving(K.PENDING, of, of, 400),
        moving(K.POST, f"{case}:p", of, 300),
        moving(K.ORDER, order, of, 200),
        entry(f"{case}:listed", payment=listed),
        entry(f"{listed.key}:1:1:sending"),
        moving(K.PAY, f"{case}:y", of, 150, resolves=order),
        entry(f"{case}:paid", payment=paid),
        case=case,
    )
    row = {
        "instruction": f"{listed.key}:1",
        "attempt": 1,
        "payment": listed.key,
        "at": NOW,
        "state": "sending",
    }
    with database.begin() as connection:
        connection.execute(insert(dispatch), row)


def _stated(database: Engine, payment: str) -> None:
    """The bank has shown the payment in a statement of three lines, whose file is kept."""
    content = b"a statement"
    fields = {"back": True, "booked": date(2026, 11, 20)}
    lines = (
        StatementLine(**fields | {"back": False}, id="L-1", end_to_end_id=f"{payment}:1", amount=_won(150)),
        StatementLine(**fields, id="L-2", amount=_won(7)),
        StatementLine(**fields, id="L-3", amount=_won(8)),
    )
    figures = {"currency": "KRW", "opening": 1000, "closing": 865}
    given = Statement(
        sha256=hashlib.sha256(content).hexdigest(), id="S-1", account="OURS", lines=lines, **figures
    )
    line, results = statement_line(given.sha256, 1), ("matched", "other", "other")
    entries = (
        entry(f"all:statement:{given.sha256}").with_effects(Keeps(statement=given)),
        entry(line).model_copy(update={"action": LINE, "facts": given.figures(1)}),
        entry("all:statement:compared").with_effects(Finds(statement=given.sha256, results=results)),
    )
    matched = entry(f"{payment}:shown").with_effects(Matches(statement=given.sha256, row=1, payment=payment))
    with database.begin() as connection:
        record.write(connection, Batch(source=source("all"), entries=entries))
        keep_file(connection, StatementFile("statement.xml", content, given), NOW)
    write(database, matched, case=payment.partition(":")[0])


def _won(minor: int) -> Amount:
    return Amount(minor=minor, currency="KRW")


def _reviewed(database: Engine, case: str) -> None:
    """A gate with two votes, closed; and one that is open."""
    gate = opening(f"{case}:review:1")
    gate = gate.model_copy(update={"content_hash": digest(gate.subject)})
    more = opening(f"{case}:funding:1")
    more = more.model_copy(update={"content_hash": digest(more.subject)})
    votes = [_vote(gate.id, gate.content_hash, who) for who in ("expert.lim", "sec.han")]
    told = Draft(subject="Approved", body="It goes on.", persons=("coord.seo",))
    write(
        database,
        entry(f"{case}:review:1:opened", opens=gate),
        *votes,
        entry(f"{case}:review:1:closed", closes={gate.id: "approve"}, notices=(told,)),
        entry(f"{case}:funding", after=Standing(stage=Stage.FUNDING, status=Status.OPEN)),
        entry(f"{case}:funding:1:opened", opens=more),
        case=case,
    )


def _vote(gate: str, content_hash: str, who: str) -> Entry:
    said = Decision.model_validate(
        {"gate": gate, "actor": who, "verdict": "approve", "content_hash": content_hash, "comment": "Yes."}
    )
    sent = Sent(name="decide", seal=digest(["decide", said.content(), 0]), message=said.content())
    fields = {"action": "vote approve", "actor": who, "act": "review", "attested": False}
    return entry(f"{gate}:vote:{who}", sent=sent, content_hash=content_hash, **fields)


def unlocked(database: Engine) -> Engine:
    """With the locks of the tables taken off, as their owner can."""
    with database.begin() as connection:
        if database.dialect.name == "postgresql":
            for table in connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ).all():
                connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL'))
        else:
            for name in connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                connection.execute(text(f'DROP TRIGGER "{name}"'))
    return database
