"""Any steps of several cohorts of one small fund, in any order, on record, beside a model that counts.

After each step the tables have what the model has: who stands where, and what every cohort holds of the fund.
What the rules of seats promise is written down here a second time, in other words than the rules have.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine

from activities.money import fund as funding
from activities.money import level
from activities.training import cohort as tables
from models.amount import Amount
from models.case.case import Standing
from models.case.effects import Begins, Effect, Stands
from models.case.envelope import SELF_DECLARED
from models.case.rule import Rule
from models.money.effects import Moves, StopsWaiting
from models.money.fund import Fund, Sleeve
from models.money.rule import MoneyRule
from models.money.transfer import Account, Transfer, TransferKind
from models.training import seats
from models.training.cohort import KIND, Plan, Stage
from models.training.effects import Enrols, Merges, Plans
from models.training.enrolment import BEFORE_THE_COURSE, IN_A_SEAT, TAKES_PART, Enrolment, EnrolmentState
from services.training.nominee_file import Nominee
from services.training.register import Register
from tests.support.entries import NOW, entry, write
from tests.support.fake_case import CASE
from tests.support.training import TODAY, official, plan, quotas

S = EnrolmentState
K = TransferKind
CAP = 300
AT_ONCE = 4
WHICH = st.integers(0, 99)
COUNTRIES = st.sampled_from(["VN", "TH", "MM"])
TOLD: Counter[str] = Counter()
"""What happened in all runs."""


@dataclass
class Model:
    """A cohort as it should be."""

    plan: Plan
    people: dict[str, Enrolment] = field(default_factory=dict)
    funded: bool = False
    """Its reservation was committed."""
    settled: bool = False
    over: bool = False
    cut_off: bool = False
    held: Counter[Account] = field(default_factory=Counter)

    def some(self, *states: S) -> list[Enrolment]:
        """Who stands there."""
        return [one for one in self.people.values() if one.state in states]


class Cohorts(RuleBasedStateMachine):
    """Nominations, rankings, seats, visas, substitutes, cut-offs, mergers, cancellations, money."""

    database: ClassVar[Engine]
    runs = count()

    def __init__(self) -> None:
        super().__init__()
        self.name = f"c{next(self.runs)}"
        self.numbers = count(1)
        self.cohorts: dict[str, Model] = {}
        self.touched: set[str] = set()
        """Those with a change since the tables were looked at."""
        sleeve = Sleeve(id=f"{self.name}-asean", name="ASEAN", cap=CAP)
        terms = Fund(id=self.name, name="Training", cap=CAP, currency="KRW", sleeves=(sleeve,))
        with self.database.begin() as connection:
            funding.register(connection, terms, NOW)

    # -- writing ------------------------------------------------------------------------------

    def write(self, case: str, *effects: Effect) -> str | None:
        """Put an entry on record, twice, as a retry would; the rule by which it is refused, or None."""
        one = entry(f"{case}:{next(self.numbers)}").with_effects(*effects)
        (receipt,) = write(self.database, one, case=case)
        assert write(self.database, one, case=case) == (receipt,)
        self.touched |= {case} & set(self.cohorts)
        TOLD["steps"] += 1
        TOLD[f"refused: {receipt.rule}" if receipt.rule else "written"] += 1
        return receipt.rule

    def transfer(self, kind: K, of: str, minor: int | None, **more: Any) -> Transfer:
        """A movement at the level that cohorts are paid from."""
        fields = {"key": f"{self.name}:{next(self.numbers)}", "fund": f"{self.name}-asean"} | more
        amount = Amount(minor=minor, currency="KRW") if minor else None
        return Transfer(kind=kind, reservation=of, amount=amount, **fields)

    def put(self, number: str, *some: Enrolment) -> None:
        """Have these people stand so."""
        if some:
            assert self.write(number, *(Enrols(enrolment=one) for one in some)) is None
            self.cohorts[number].people |= {one.nominee: one for one in some}

    def become(self, number: str, state: S, *some: Enrolment, **more: Any) -> None:
        """Let these people stand elsewhere."""
        assert all(one.may_become(state) for one in some)
        self.put(number, *(one.model_copy(update={"state": state, **more}) for one in some))

    # -- choosing -----------------------------------------------------------------------------

    def at(self, which: int, want: Any = lambda one: True) -> tuple[str, Model] | None:
        """One of the cohorts that are not over and fit, or None."""
        fit = [(number, one) for number, one in self.cohorts.items() if not one.over and want(one)]
        return fit[which % len(fit)] if fit else None

    def person(self, which: int, who: int, *states: S) -> tuple[str, Enrolment] | None:
        """Somebody who stands there, or None."""
        found = self.at(which, lambda one: one.some(*states))
        return (found[0], (some := found[1].some(*states))[who % len(some)]) if found else None

    def registered(self, number: str, country: str) -> Enrolment:
        """An official in the register, nominated with all documents."""
        known = official(country, f"{self.name} {next(self.numbers)}")
        register = Register(self.database, "nominator.vn", SELF_DECLARED)
        message = register.nominate(number, Nominee(known, {}))
        fields = {"nominee": message.nominee, "country": country, "dossier": message.dossier}
        return Enrolment(authority="nominator.vn", state=S.COMPLETE, **fields)

    # -- money --------------------------------------------------------------------------------

    @precondition(lambda self: sum(not one.over for one in self.cohorts.values()) < AT_ONCE)
    @rule(
        vn=st.integers(0, 3),
        th=st.integers(0, 3),
        pool=st.integers(1, 3),
        minor=st.integers(1, 160),
        countries=st.lists(COUNTRIES, max_size=6),
    )
    def is_planned(self, vn: int, th: int, pool: int, minor: int, countries: list[str]) -> None:
        """A plan is published and its budget reserved, if it is there; mostly it is funded, too."""
        number = f"{self.name}-{next(self.numbers)}".upper()
        starts = TODAY + timedelta(days=30 * len(self.cohorts) + 30)
        planned = plan(
            number,
            quotas=quotas(VN=vn, TH=th),
            pool=pool,
            minimum=1 + minor % min(2, vn + th + pool),
            starts=starts,
            ends=starts + timedelta(days=10),
        )
        case = CASE.model_copy(update={"id": number, "kind": KIND.name, "programme": self.name})
        begins = Begins(case=case, standing=Standing(stage=Stage.CONFIRMED))
        assert self.write(number, begins, Plans(plan=planned)) is None
        used = sum(sum(one.held.values()) for one in self.cohorts.values())
        short: Rule | None = MoneyRule.FUNDS_SHORT if used + minor > CAP else None
        key = f"{number}:reserve"
        pending = self.transfer(K.PENDING, key, minor, key=key)
        assert self.write(number, Moves(transfer=pending)) == short
        self.cohorts[number] = model = Model(planned)
        if short:
            assert self.write(number, StopsWaiting()) is None
            model.over = True
        else:
            model.held[Account.RESERVED] = minor
            if countries:
                self.fund(number)
                self.put(number, *(self.registered(number, country) for country in countries))

    def fund(self, number: str) -> None:
        """The panel says yes."""
        model, key = self.cohorts[number], f"{number}:reserve"
        assert self.write(number, Moves(transfer=self.transfer(K.POST, key, None, resolves=key))) is None
        model.held = Counter({Account.COMMITTED: model.held[Account.RESERVED]})
        model.funded = True

    @rule(which=WHICH)
    def is_funded(self, which: int) -> None:
        """The panel says yes later."""
        if found := self.at(which, lambda one: not one.funded):
            self.fund(found[0])

    @rule(which=WHICH, minor=st.integers(1, 160))
    def costs_are_settled(self, which: int, minor: int) -> None:
        """What was spent is due and paid: never more than is committed."""
        found = self.at(which, lambda one: one.funded and not one.settled)
        if found is None:
            return
        number, model = found
        of = f"{number}:reserve"
        order = self.transfer(K.ORDER, of, minor)
        over = MoneyRule.COMMITMENT_EXCEEDED if minor > model.held[Account.COMMITTED] else None
        assert self.write(number, Moves(transfer=order)) == over
        if over is None:
            paid = self.transfer(K.PAY, of, None, resolves=order.key)
            assert self.write(number, Moves(transfer=paid)) is None
            model.held += Counter({Account.COMMITTED: -minor, Account.DISBURSED: minor})
            model.held = +model.held
            model.settled = True

    def close(self, number: str) -> None:
        """Give back what is not spent; it is over."""
        model = self.cohorts[number]
        of, kind = f"{number}:reserve", K.DECOMMIT if model.funded else K.VOID
        back = self.transfer(kind, of, None, resolves=None if model.funded else of)
        over = Stands(after=Standing(stage=Stage.CONFIRMED, status="cancelled"), closes=True)
        assert self.write(number, Moves(transfer=back), over) is None
        model.held = Counter({Account.DISBURSED: model.held[Account.DISBURSED]})
        model.held = +model.held
        model.over = True

    # -- people -------------------------------------------------------------------------------

    @rule(which=WHICH, countries=st.lists(COUNTRIES, min_size=1, max_size=4))
    def are_nominated(self, which: int, countries: list[str]) -> None:
        """Countries nominate people."""
        if found := self.at(which, lambda one: one.funded and len(one.people) < 12):
            self.put(found[0], *(self.registered(found[0], country) for country in countries))

    @rule(which=WHICH, data=st.data())
    def are_screened(self, which: int, data: st.DataObject) -> None:
        """All who are new are ranked behind the others, some are unsuitable."""
        found = self.at(which, lambda one: one.some(S.COMPLETE))
        if found is None:
            return
        number, model = found
        new = data.draw(st.permutations(model.some(S.COMPLETE)))
        unsuitable = data.draw(st.integers(0, 1))
        ids = [one.nominee for one in new]
        assert seats.ranking_problem(ids[unsuitable:], ids[:unsuitable], set(ids)) is None
        self.become(number, S.REJECTED, *new[:unsuitable])
        last = max((one.rank or 0 for one in model.people.values()), default=0)
        for rank, one in enumerate(new[unsuitable:], last + 1):
            self.become(number, S.WAITLISTED, one, rank=rank)

    @rule(which=WHICH)
    def seats_are_given(self, which: int) -> None:
        """Every seat that is free goes to whoever is next."""
        if found := self.at(which, lambda one: not one.cut_off and one.some(S.WAITLISTED)):
            number, model = found
            turn = seats.next_in_turn(model.plan, tuple(model.people.values()))
            for one in turn:
                self.check_turn(model, one)
                self.become(number, S.ACCEPTED, one)
            assert bool(model.some(S.WAITLISTED)) <= (seats.free(model.plan, model.people.values()) <= 0)

    def check_turn(self, model: Model, one: Enrolment) -> None:
        """Nobody ahead of them in the ranking had the better right."""
        held = Counter(other.country for other in model.people.values() if other.seated)
        own = {quota.country: quota.seats for quota in model.plan.quotas}
        first = held[one.country] < own.get(one.country, 0)
        for other in model.some(S.WAITLISTED):
            better = held[other.country] < own.get(other.country, 0)
            if (other.rank or 0) < (one.rank or 0):
                assert first and not better
            assert first or not better
        assert held.total() < model.plan.seats
        TOLD["own seat" if first else "free seat"] += 1

    @rule(which=WHICH, who=WHICH, to=st.sampled_from([S.CONFIRMED, S.CONFIRMED, S.DECLINED, S.LAPSED]))
    def answers(self, which: int, who: int, to: S) -> None:
        """Somebody takes the seat, declines it, or is silent."""
        if found := self.person(which, who, S.ACCEPTED):
            self.become(found[0], to, found[1])

    @rule(which=WHICH, who=WHICH)
    def is_withdrawn(self, which: int, who: int) -> None:
        """A country withdraws somebody."""
        if found := self.person(which, who, *BEFORE_THE_COURSE):
            self.become(found[0], S.WITHDRAWN, found[1])

    @rule(which=WHICH, who=WHICH, to=st.sampled_from([S.TRAVELLING, S.VISA_REFUSED]))
    def visa_is_decided(self, which: int, who: int, to: S) -> None:
        """A visa is granted or refused."""
        if found := self.person(which, who, S.CONFIRMED):
            self.become(found[0], to, found[1])

    @rule(which=WHICH, who=WHICH)
    def is_replaced(self, which: int, who: int) -> None:
        """A substitute of the same country takes the seat, before the cut-off."""
        leaves = (*TAKES_PART, S.VISA_REFUSED)
        found = self.person(which, who, *leaves)
        if found and not (model := self.cohorts[found[0]]).cut_off:
            number, leaving = found
            before = sum(one.seated for one in model.people.values())
            new = self.registered(number, leaving.country).model_copy(update={"state": S.CONFIRMED})
            self.become(number, S.REPLACED, leaving)
            self.put(number, new)
            assert sum(one.seated for one in model.people.values()) == before

    # -- the cohort ---------------------------------------------------------------------------

    @rule(which=WHICH)
    def is_cut_off(self, which: int) -> None:
        """The list changes no more: a refused visa is a lapsed seat. Enough will come, or not."""
        if found := self.at(which, lambda one: not one.cut_off and one.some(*IN_A_SEAT)):
            number, model = found
            model.cut_off = True
            self.become(number, S.LAPSED, *model.some(S.VISA_REFUSED))
            coming = len(model.some(S.CONFIRMED)) + len(model.some(S.TRAVELLING))
            assert seats.confirmed(model.people.values()) == coming
            TOLD["enough" if coming >= model.plan.minimum else "too few"] += 1

    @rule(which=WHICH)
    def is_postponed(self, which: int) -> None:
        """Seats are given again until the new cut-off."""
        if found := self.at(which, lambda one: one.cut_off):
            found[1].cut_off = False

    @rule(which=WHICH, into=WHICH)
    def is_merged(self, which: int, into: int) -> None:
        """Whoever is still to come waits in the other cohort, behind those who wait there."""
        found, target = self.at(which), self.at(into, lambda one: not one.cut_off)
        if found is None or target is None or found[0] == target[0]:
            return
        (number, model), (other, taking) = found, target
        assert self.write(number, Merges(into=other)) is None
        leaving = sorted(
            model.some(*BEFORE_THE_COURSE), key=lambda one: (one.rank is None, one.rank or 0, one.nominee)
        )
        last = max((one.rank or 0 for one in taking.people.values()), default=0)
        self.touched |= {number, other}
        for rank, one in enumerate(leaving, last + 1):
            model.people[one.nominee] = one.model_copy(update={"state": S.MOVED, "changes": one.changes + 1})
            behind = {"state": S.WAITLISTED, "rank": rank, "round": 0, "changes": 0}
            taking.people[one.nominee] = one.model_copy(update=behind)
        self.close(number)
        TOLD["moved"] += len(leaving)

    @rule(which=WHICH)
    def is_cancelled(self, which: int) -> None:
        """It is not held."""
        if found := self.at(which):
            number, model = found
            self.become(number, S.CANCELLED, *model.some(*BEFORE_THE_COURSE))
            self.close(number)

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def the_tables_have_what_the_model_has(self) -> None:
        """Of every cohort: who stands where; of the fund: what is held, and never more than the cap."""
        held = sum((one.held for one in self.cohorts.values()), Counter[Account]())
        with self.database.connect() as connection:
            for number in self.touched:
                there = {one.nominee: one for one in tables.enrolments(connection, number)}
                assert there == self.cohorts[number].people
            levels = level.tree(connection, self.name).lineage(f"{self.name}-asean")
        assert len(levels) == 2
        for row in levels:
            assert row.available == CAP - held.total() >= 0
            assert {account: getattr(row, account) for account in held} == held
        self.touched.clear()

    @invariant()
    def seats_never_exceed_the_plan(self) -> None:
        """In no cohort, and nobody has two."""
        seated: Counter[str] = Counter()
        for model in self.cohorts.values():
            assert len(model.some(*IN_A_SEAT)) <= model.plan.seats
            seated.update(one.nominee for one in model.some(*IN_A_SEAT))
        assert not seated or max(seated.values()) == 1
