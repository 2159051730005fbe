"""Any steps with directory and payments: roles, accounts, delegations, leavers, votes, in any order.

The machine reads off the record who holds what, and keeps for itself what was done: it asks none of the
rules that it tests. What is promised is looked for wherever somebody was let do something, and at the bank.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from activities.people.directory import in_force, waiting
from adapters.database import connect
from models.amount import Amount
from models.case.approval import Vote
from models.case.envelope import SELF_DECLARED
from models.case.panel import Choice
from models.case.record import Entry
from models.case.rule import Broken
from models.files import InvalidFile
from models.money.treasury import FundAct, FundOrder
from models.partnership.programme import Programme
from models.payment.action import PaymentAction
from models.payment.payment import BankLine, Hold, Release
from models.people.asking import Confirmation, Leaving, Withdrawal
from models.people.change import ChangeKind
from models.people.delegation import DIRECTORY, Approval, Giving, Revocation
from models.people.directory import Directory
from models.people.person import Holding, Organisation, Person
from models.tables.people import holding, organisation
from models.tables.people import person as people
from models.tables.record import record
from services.case.acts import Acts, Asked
from services.case.cases import Refused
from services.money.treasury import Treasury
from services.people.delegation import Delegations
from services.people.directory import bring
from services.people.registrar import Registrar
from tests.support.directory_machine import Reading, directory
from tests.support.payment_desk import DUE, FUND, PAYEE, Clock, Desk, Procedure, Submitted, fingerprint

TOLD: Counter[str] = Counter()
"""What happened in all runs since this was last cleared; ``steps`` counts the steps."""

NAMES = tuple(f"p.{letter}" for letter in "abcdefgh")
OFFICER, CONTROLLER, RECONCILER, TREASURY = "paying_officer", "controller", "reconciler", "treasury"
ASKING, REGISTRAR = "contractor", "registrar"
ROLES = (OFFICER, CONTROLLER, RECONCILER, TREASURY, ASKING, REGISTRAR)
TWO = frozenset(ROLES) - {ASKING}
"""Roles that take two people: all that move money, and who confirms that."""
STAFF = {
    "p.a": {REGISTRAR, OFFICER},
    "p.b": {REGISTRAR, TREASURY},
    "p.c": {OFFICER, TREASURY},
    "p.d": {CONTROLLER, REGISTRAR},
    "p.e": {ASKING},
    "p.f": {RECONCILER},
    "p.g": {RECONCILER, CONTROLLER},
    "p.h": {ASKING},
}
COOLING = timedelta(days=7)
_VERDICT = st.sampled_from((*(Choice.APPROVE,) * 8, *Choice))
_TYPED = st.sampled_from(
    (
        *({},) * 4,
        {"amount": Amount(minor=900_000_000, currency="KRW")},
        {"payee": "molit"},
        {"key": "T-1:study.inception:2"},
        {"order": "T-1:reserve"},
        {"attempt": 2},
    )
)
"""What somebody types into an instruction."""

_WHO = st.sampled_from(NAMES)
_ROLE = st.sampled_from(ROLES)
_OFTEN = st.sampled_from((True, True, True, False))
_SELDOM = st.sampled_from((*(False,) * 7, True))
_MEANWHILE = st.sampled_from(
    ("wait", "wait", "wait", "role ends", "leaves", "is ended", "freeze", "revoke", "staff", "staff")
)
_ACCOUNT = st.sampled_from(("KR0001", "KR0002", "KR0003", "KR0004", None))
_WITHIN = st.sampled_from((None, None, None, 0, 2))
"""For how many days more a role is held, or somebody acts for somebody; None: without an end."""


class Deed(NamedTuple):
    """Something that was accepted: which act, by whom, and for whom."""

    act: str
    accounts: tuple[str, ...]


class Paying:
    """What the machine knows of one payment."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.deeds: list[Deed] = []
        self.seen: str | None = None
        """The account that the approvers saw."""
        self.asked = self.sent = self.over = False
        self.held: tuple[str, ...] | None = None
        self.return_asked: tuple[str, ...] | None = None
        self.line: BankLine | None = None
        """The newest message that says that the money came back."""


class Life(RuleBasedStateMachine):
    """One installation under any run of steps."""

    template: ClassVar[Path]
    programme: ClassVar[Programme]
    clock: ClassVar[Clock]
    runs = count()

    def __init__(self) -> None:
        super().__init__()
        self.file = self.template.parent / f"run-{next(self.runs)}.db"
        shutil.copy(self.template, self.file)
        self.database = connect(f"sqlite:///{self.file}")
        self.clock.by = timedelta()
        self.desk = Desk(self.database, self.programme, self.clock)
        self.known, self.read_to = Reading(TWO), 0
        self.payments: list[Paying] = []
        self.failed = 0
        self.frozen = False
        self.thaw_asked: tuple[str, ...] | None = None
        self.given: list[str] = []

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.database.dispose()
        for path in self.file.parent.glob(f"{self.file.name}*"):
            path.unlink()

    # -- the directory ------------------------------------------------------------------------

    @initialize(
        account=st.sampled_from(("KR0001", "KR0001", "KR0001", None)),
        more=st.dictionaries(_WHO, _ROLE, max_size=3),
        twice=st.none() | st.tuples(_WHO, _WHO),
    )
    def found(self, account: str | None, more: dict[str, str], twice: tuple[str, str] | None) -> None:
        """A directory is set up; some hold more than one role, somebody may have two accounts."""
        roles = {who: held | ({more[who]} if who in more else set()) for who, held in STAFF.items()}
        of = {who: "firm" if roles[who] == {ASKING} else "molit" for who in NAMES}
        same = dict.fromkeys(twice or (), "idp|x")
        self._bring(directory(account, [(who, roles[who], of[who], same.get(who)) for who in NAMES]), None)

    @rule(who=_WHO, role=_ROLE, by=st.none() | _WHO, within=_WITHIN)
    def ask_for_a_role(self, who: str, role: str, by: str | None, within: int | None) -> None:
        """The file has one more role for somebody."""
        until = None if within is None else self.clock.today() + timedelta(days=within)
        self._change(who, by, lambda roles: (*roles, Holding(role=role, until=until)))

    @rule(who=_WHO, subject=st.sampled_from((None, "idp|x", "p.c")), by=st.none() | _WHO)
    def say_who_it_is(self, who: str, subject: str | None, by: str | None) -> None:
        """The file says that an account is somebody else's."""
        listed, bodies = self._as_it_is()
        if who in listed:
            listed[who] = listed[who].model_copy(update={"subject": subject})
            self._bring(Directory(organisation=bodies, person=tuple(listed.values())), by)

    @rule(data=st.data(), number=_ACCOUNT, able=_OFTEN)
    def pay_elsewhere(self, data: st.DataObject, number: str | None, able: bool) -> None:
        """The file has another account of the firm; sometimes two registrars see to it at once."""
        listed, bodies = self._as_it_is()
        changed = tuple(
            one.model_copy(update={"account": number}) if one.id == PAYEE else one for one in bodies
        )
        asks, confirms = (data.draw(self._somebody(REGISTRAR)) for _ in range(2))
        self._bring(Directory(organisation=changed, person=tuple(listed.values())), asks if able else None)
        if able:
            self._confirm(0, confirms, withdraws=False, kind=ChangeKind.ACCOUNT_CHANGED)

    @rule(who=_WHO, role=_ROLE, by=_WHO, days=st.integers(1, 8), what=_MEANWHILE)
    def meanwhile(self, who: str, role: str, by: str, days: int, what: str) -> None:
        """Something that makes what was possible impossible, or lets time pass."""
        match what:
            case "wait":
                self.clock.by += timedelta(days=days)
                TOLD["waited"] += 1
            case "role ends":
                self._change(who, None, lambda roles: tuple(one for one in roles if one.role != role))
            case "leaves":
                listed, bodies = self._as_it_is()
                listed.pop(who, None)
                self._bring(Directory(organisation=bodies, person=tuple(listed.values())), None)
            case "is ended":
                leaving = Leaving(person=who, actor=by, reason="Left.")
                self._try("ended", lambda: Registrar(self.database, SELF_DECLARED).end(leaving).in_force)
            case "freeze":
                self._order(who, FundAct.FREEZE)
            case "revoke" if self.given:
                asked = Revocation(delegation=self.given[days % len(self.given)], actor=who)
                self._try("revoked", lambda: Delegations(self.database, SELF_DECLARED).revoke(asked))
            case "staff":
                self._restaff(None)

    def _restaff(self, by: str | None) -> None:
        """The file has everybody again who is not there, and whoever holds nothing as they were at first."""
        listed, bodies = self._as_it_is()
        first = {
            one.id: one for one in directory(None, [(who, STAFF[who], "molit", None) for who in NAMES]).people
        }
        for who, one in first.items():
            known = listed.setdefault(who, one)
            listed[who] = known if known.roles else known.model_copy(update={"roles": one.roles})
        self._bring(Directory(organisation=bodies, person=tuple(listed.values())), by)

    def _as_it_is(self) -> tuple[dict[str, Person], tuple[Organisation, ...]]:
        with self.database.connect() as connection:
            now = in_force(connection)
        return dict(now.people), tuple(now.organisations.values())

    def _change(self, who: str, by: str | None, new: Any) -> None:
        listed, bodies = self._as_it_is()
        if who in listed:
            roles = tuple(dict.fromkeys(new(listed[who].roles)))
            listed[who] = listed[who].model_copy(update={"roles": roles})
            self._bring(Directory(organisation=bodies, person=tuple(listed.values())), by)

    def _bring(self, wanted: Directory, by: str | None) -> None:
        try:
            asked = Asked(DIRECTORY, DIRECTORY, by, {})
            done = Acts(self.database, SELF_DECLARED).carry_out(asked, lambda act: bring(act, wanted))
            TOLD.update(f"at once: {change.kind}" for change in done.done)
        except (InvalidFile, Refused) as error:
            TOLD[f"file refused: {type(error).__name__}"] += 1

    @rule(
        number=st.integers(0, 5),
        data=st.data(),
        able=_OFTEN,
        withdraws=st.sampled_from((False,) * 7 + (True,)),
    )
    def confirm(self, number: int, data: st.DataObject, able: bool, withdraws: bool) -> None:
        """Somebody says the same as who asked; or has it wait no more."""
        self._confirm(number, data.draw(self._somebody(REGISTRAR) if able else _WHO), withdraws)

    def _confirm(self, number: int, who: str, withdraws: bool, kind: ChangeKind | None = None) -> None:
        with self.database.connect() as connection:
            there = waiting(connection, self.clock.now())
        found = [one for one in there if kind in (None, one.change.kind)]
        if not found:
            return
        asked, registrar = found[number % len(found)].record, Registrar(self.database, SELF_DECLARED)
        if withdraws:
            self._try("withdrawn", lambda: registrar.withdraw(Withdrawal(number=asked, actor=who)))
        else:
            self._try("confirmed", lambda: registrar.confirm(Confirmation(number=asked, actor=who)).in_force)

    @rule(giver=_WHO, taker=_WHO, role=_ROLE, within=_WITHIN)
    def delegate(self, giver: str, taker: str, role: str, within: int | None) -> None:
        """Somebody lets another act for them."""
        self._delegate(giver, taker, role, within)

    @rule(data=st.data(), within=_WITHIN)
    def delegate_what_is_held(self, data: st.DataObject, within: int | None) -> None:
        """The same, by somebody who holds it."""
        held = [(who, role) for who in self.known.who for role in sorted(self._held(who))]
        if held:
            giver, role = data.draw(st.sampled_from(sorted(held)))
            self._delegate(giver, data.draw(_WHO), role, within)

    def _delegate(self, giver: str, taker: str, role: str, within: int | None) -> None:
        if giver == taker:
            return
        until = None if within is None else self.clock.today() + timedelta(days=within)
        asked = Giving(actor=giver, taker=taker, roles=(role,), instrument="Order 1", until=until)
        done = self._try("delegated", lambda: Delegations(self.database, SELF_DECLARED).give(asked))
        if done:
            self.given.append(done.delegation.id)

    @precondition(lambda self: self.given)
    @rule(number=st.integers(0, 5), data=st.data(), able=_OFTEN)
    def lend(self, number: int, data: st.DataObject, able: bool) -> None:
        """Somebody puts a delegation in force that waits for a registrar."""
        who = data.draw(self._somebody(REGISTRAR) if able else _WHO)
        asked = Approval(delegation=self.given[-1 - number % len(self.given)], actor=who)
        done = self._try("lent", lambda: Delegations(self.database, SELF_DECLARED).confirm(asked))
        if done:
            mine = [one for one in self.known.who if self.known.who[one] == self.known.who[who]]
            assert any(REGISTRAR in self._held(one) for one in mine), f"{who} lends what others hold"
            lent = done.delegation
            assert not self._subjects((who,)) & self._subjects((lent.giver, lent.taker)), f"{who} benefits"

    def _try(self, what: str, act: Any) -> Any:
        try:
            done = act()
        except Refused as error:
            TOLD[f"{what}, refused: {error.rule}"] += 1
            return None
        TOLD[what] += 1
        return done

    # -- time, and the fund -------------------------------------------------------------------

    @rule(data=st.data(), who=_WHO, act=st.sampled_from((FundAct.FREEZE, FundAct.THAW)), lent=st.booleans())
    def order(self, data: st.DataObject, who: str, act: FundAct, lent: bool) -> None:
        """Somebody stops the fund, or wants it to go on; often by what another let them do once."""
        takers = {one["taker"] for one in self.known.delegations.values() if TREASURY in one["roles"]}
        self._order(data.draw(st.sampled_from(sorted(takers))) if lent and takers else who, act)

    @precondition(lambda self: self.frozen)
    @rule(data=st.data())
    def thaw(self, data: st.DataObject) -> None:
        """Somebody who acts on the fund wants it to go on."""
        self._order(data.draw(self._somebody(TREASURY)), FundAct.THAW)

    def _order(self, who: str, act: FundAct) -> None:
        order = FundOrder(act=act, level=FUND, actor=who, reason="So.")
        done = self._try(act, lambda: Treasury(self.database, SELF_DECLARED).order(order))
        if done is None:
            return
        mine = [one for one in self.known.who if self.known.who[one] == self.known.who[who]]
        assert any(TREASURY in self._brings(one) for one in mine), f"{who} acts on the fund"
        if act is FundAct.FREEZE:
            self.frozen = True
        elif done.carried_out:
            assert self.thaw_asked and self._subjects(self.thaw_asked) != self._subjects((who,)), who
            self.frozen, self.thaw_asked = False, None
            TOLD["thawed by two"] += 1
        else:
            self.thaw_asked = (who,)

    # -- payments -----------------------------------------------------------------------------

    @precondition(lambda self: len(self._open()) < 2)
    @rule()
    def begin(self) -> None:
        """A tranche is due."""
        procedure = self.desk.begin(f"T-{len(self.payments) + self.failed + 1}")
        if procedure:
            self.payments.append(Paying(procedure))
        self.failed += procedure is None
        TOLD[f"due: {procedure is not None}"] += 1

    @precondition(lambda self: self._open())
    @rule(data=st.data(), able=_OFTEN)
    def request(self, data: st.DataObject, able: bool) -> None:
        """Somebody asks for a payment."""
        one = data.draw(st.sampled_from(self._open()))
        if not one.asked:
            self._request(one, data.draw(self._somebody(ASKING) if able else _WHO))

    def _request(self, one: Paying, who: str) -> None:
        if self._was("request", self.desk.request(one.procedure, who)):
            assert ASKING in self._held(who), f"{who} asks for a payment"
            self._apart(one, (who,), "approve", "reconcile")
            one.deeds.append(Deed("request", (who,)))
            one.asked, one.seen = True, self.known.account and fingerprint(self.known.account)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), approvals=st.integers(1, 2))
    def proceed(self, data: st.DataObject, approvals: int) -> None:
        """A payment goes on as it should: it is asked for, approved by those who may, sent."""
        one = data.draw(st.sampled_from(self._open()))
        if not one.asked:
            self._request(one, data.draw(self._somebody(ASKING)))
        elif one in self._ready():
            self._pay(one, {})
        else:
            for role in (OFFICER, CONTROLLER)[:approvals]:
                self._vote(one, data.draw(self._somebody(role)), None, role, Choice.APPROVE)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), who=_WHO, giver=st.none() | _WHO, role=st.none() | _ROLE, verdict=_VERDICT)
    def vote_anyhow(
        self, data: st.DataObject, who: str, giver: str | None, role: str | None, verdict: Choice
    ) -> None:
        """Somebody votes, whoever it is."""
        self._vote(data.draw(st.sampled_from(self._open())), who, giver, role, verdict)

    @precondition(lambda self: self._in_session())
    @rule(data=st.data(), role=st.sampled_from((OFFICER, CONTROLLER)), lent=st.booleans())
    def approve(self, data: st.DataObject, role: str, lent: bool) -> None:
        """Somebody who may approves, or somebody for them."""
        one = data.draw(st.sampled_from(self._in_session()))
        for_others = sorted(
            (who, giver) for who in self.known.who for giver, of in self._lent(who) if of == role
        )
        if lent and for_others:
            who, giver = data.draw(st.sampled_from(for_others))
            self._vote(one, who, giver, role, Choice.APPROVE)
        else:
            self._vote(one, data.draw(self._somebody(role)), None, role, Choice.APPROVE)

    def _vote(self, one: Paying, who: str, giver: str | None, role: str | None, verdict: Choice) -> None:
        giver = None if giver == who else giver
        vote = self.desk.vote(one.procedure, who, verdict, giver, role)
        if not self._was(f"vote {verdict}" + (" for another" if giver else ""), vote):
            return
        assert isinstance(vote, Vote)
        both = tuple(filter(None, (who, giver)))
        if giver:
            assert (giver, vote.role) in set(self._lent(who)), f"{who} votes for {giver} as {vote.role}"
        else:
            assert vote.role in self._held(who), f"{who} votes as {vote.role}"
        self._apart(one, both, "request", "reconcile", *Choice)
        one.deeds.append(Deed(str(verdict), both))

    @precondition(lambda self: self._in_session())
    @rule(data=st.data(), who=_WHO, lets_go=st.booleans())
    def hold(self, data: st.DataObject, who: str, lets_go: bool) -> None:
        """Somebody stops a payment, or lets it go."""
        one = data.draw(st.sampled_from(self._in_session()))
        message: Hold | Release = (Release if lets_go else Hold)(
            gate=one.procedure.gate("payment"), actor=who, reason="So."
        )
        name = "release" if lets_go else "hold"
        if not self._was(name, self.desk.send(one.procedure, name, message)):
            return
        assert {OFFICER, CONTROLLER} & self._held(who), f"{who}: {name}"
        if lets_go:
            assert one.held and self._subjects(one.held) != self._subjects((who,)), f"{who} held it"
        one.held = None if lets_go else (who,)

    @precondition(lambda self: self._open())
    @rule(data=st.data(), typed=_TYPED)
    def pay(self, data: st.DataObject, typed: dict[str, Any]) -> None:
        """Somebody has a payment sent, at any time, as it is or as they would like it."""
        one = data.draw(st.sampled_from([*self._open(), *self._ready()]))
        self._pay(one, typed)

    def _pay(self, one: Paying, typed: dict[str, Any]) -> None:
        before = len(self.desk.bank.submitted)
        said = self.desk.pay(one.procedure, **typed)
        TOLD[f"pay: {said.rule or said.says}"] += 1
        for sent in self.desk.bank.submitted[before:]:
            self._is_right(one, sent)
            one.sent = True

    def _is_right(self, one: Paying, sent: Submitted) -> None:
        """What has reached the bank: as two approved it, to an account that was confirmed and had cooled."""
        known = self.known
        assert not one.sent, "it is sent once"
        assert (sent.key, sent.amount) == (f"{one.procedure.key}:1", DUE)
        assert sent.account == known.account, "it goes to the account that is in force"
        assert fingerprint(sent.account) == one.seen, "it is the one that the approvers saw"
        assert known.since is None or known.since + COOLING <= sent.at, "it has cooled"
        approvals = [deed.accounts for deed in one.deeds if deed.act == Choice.APPROVE]
        assert len(approvals) >= 2
        assert not self.frozen
        assert one.held is None

    @precondition(lambda self: self._sent())
    @rule(data=st.data(), who=_WHO, able=_OFTEN, again=st.booleans())
    def sent_back(self, data: st.DataObject, who: str, able: bool, again: bool) -> None:
        """Somebody says that the money came back, by a statement; or says the same as who said it before."""
        one = data.draw(st.sampled_from(self._sent()))
        who = data.draw(self._somebody(RECONCILER)) if able else who
        line = one.line if again and one.line else self.desk.back(one.procedure, who)
        if isinstance(line, Broken):
            TOLD[f"statement, refused: {line.rule}"] += 1
            return
        one.line = line
        done = self.desk.send(one.procedure, "match", line.model_copy(update={"actor": who}))
        if not self._was("match", done):
            return
        assert isinstance(done, Entry)
        assert RECONCILER in self._held(who), f"{who} reconciles"
        self._apart(one, (who,), "request", *Choice)
        if done.action == PaymentAction.RETURN_ASKED_FOR:
            one.return_asked = (who,)
        else:
            assert one.return_asked and self._subjects(one.return_asked) != self._subjects((who,)), who
            one.over = True
            TOLD["returned by two"] += 1
        one.deeds.append(Deed("reconcile", (who,)))

    # -- what the machine knows ---------------------------------------------------------------

    def _open(self) -> list[Paying]:
        return [one for one in self.payments[-3:] if not one.sent and not one.over]

    def _in_session(self) -> list[Paying]:
        return [one for one in self._open() if one.asked]

    def _ready(self) -> list[Paying]:
        done = [(one, sum(deed.act == Choice.APPROVE for deed in one.deeds)) for one in self._open()]
        return [one for one, approvals in done if approvals > 1]

    def _sent(self) -> list[Paying]:
        return [one for one in self.payments if one.sent and not one.over]

    def _somebody(self, role: str) -> st.SearchStrategy[str]:
        """Whoever holds a role; anybody where nobody does."""
        return st.sampled_from(sorted(who for who in self.known.who if role in self._held(who)) or NAMES)

    def _held(self, who: str) -> set[str]:
        """The roles that somebody holds today."""
        held = self.known.roles.get(who, set()) if who in self.known.who else set()
        return {one.role for one in held if _covers(one.since, one.until, self.clock.today())}

    def _lent(self, who: str) -> Iterator[tuple[str, str]]:
        """For whom somebody may act today, and as what: what the giver holds today."""
        for given in self.known.delegations.values():
            if given["taker"] != who or who not in self.known.who:
                continue
            until = given["until"] and date.fromisoformat(given["until"])
            if _covers(None, until, self.clock.today()):
                held = self._held(given["giver"])
                yield from ((given["giver"], role) for role in given["roles"] if role in held)

    def _brings(self, who: str) -> set[str]:
        return self._held(who) | {role for _, role in self._lent(who)}

    def _subjects(self, accounts: Iterable[str]) -> set[str]:
        """Whoever is behind these accounts, as the directory has it now."""
        return {self.known.ever[account] for account in accounts}

    def _apart(self, one: Paying, accounts: Iterable[str], *acts: str) -> None:
        """Nobody behind these accounts did one of these acts."""
        before = [account for deed in one.deeds if deed.act in acts for account in deed.accounts]
        both = self._subjects(accounts) & self._subjects(before)
        assert not both, f"{both} did {one.deeds} before"

    def _was(self, what: str, done: object) -> bool:
        """Whether something was accepted."""
        refused = isinstance(done, Broken)
        TOLD[f"{what}, refused: {done.rule}" if isinstance(done, Broken) else what] += 1
        return not refused

    @invariant()
    def what_is_in_force_was_said_by_two(self) -> None:
        """Every entry about people, in the order of the record: who got what, by whose word."""
        TOLD["steps"] += 1
        wanted = select(record.c.seq, record.c.action, record.c.actor, record.c.payload).where(
            record.c.case == "directory", record.c.rule.is_(None), record.c.seq > self.read_to
        )
        with self.database.connect().execution_options(readonly=True) as connection:
            rows = connection.execute(wanted.order_by(record.c.seq)).all()
            for row in rows:
                self.read_to = row.seq
                self.known.take(row.action, row.actor, json.loads(row.payload))
            if rows:
                self._agrees_with_the_tables(connection)

    def _agrees_with_the_tables(self, connection: Connection) -> None:
        there = {who: set[Any]() for who in connection.scalars(_THERE)}
        for row in connection.execute(_HELD):
            there[row.person].add((row.role, row.since, row.until))
        held = {
            who: {(one.role, one.since, one.until) for one in roles}
            for who, roles in self.known.holdings().items()
        }
        assert held == there
        assert connection.scalar(_ACCOUNT_OF_THE_FIRM) == self.known.account


_THERE = select(people.c.id).where(people.c.ended_at.is_(None))
_HELD = select(holding).where(holding.c.ended_at.is_(None))
_ACCOUNT_OF_THE_FIRM = select(organisation.c.account).where(organisation.c.id == PAYEE)


def _covers(since: date | None, until: date | None, day: date) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)
