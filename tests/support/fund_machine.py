"""Any steps of money in any order, on several funds at once, beside a model that only counts.

Every step is taken twice, as a retry would; after each the books are proved, and equal what the model counts.
"""

from collections import Counter
from itertools import count
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine, select, update

from activities.case import audit
from activities.money import fund as funding
from activities.money import level, portfolio, proof
from models.amount import Amount
from models.case.case import Standing
from models.case.rule import Rule
from models.money.fund import Fund, Investor, Sleeve, SubFund
from models.money.limits import WITHOUT_FIRM, Limits, group_of
from models.money.rate import Rate
from models.money.rule import MoneyRule
from models.money.transfer import HELD, Account, Transfer, TransferKind
from models.money.waitlist import WaitState
from models.partnership.partnership import Stage, Status
from models.tables.case import case as cases
from models.tables.money import case_total, group_total, reservation_total, transfer, waitlist
from tests.support.entries import NOW, entry, write
from tests.support.house import proposal

K = TransferKind
A = Account
COUNTRIES = ("VN", "TH")
RESOLVING = [kind for kind in K if kind.resolves]


class Held(NamedTuple):
    """A reservation that was made: its case, its level, and the country of its project."""

    case: str
    level: str
    country: str


def funds(name: str) -> tuple[Fund, Fund]:
    """A fund of funds that raises its money, and a budget in another currency."""
    alpha, beta = (Investor(id=who, name=who, pledge=pledge) for who, pledge in (("a", 700), ("b", 500)))
    asean = Sleeve(id=f"{name}-asean", name="ASEAN", cap=300)
    smart = SubFund(id=f"{name}-smart", name="Smart", cap=500, sleeves=(asean,))
    plant = SubFund(
        id=f"{name}-plant", name="Plant", cap=400, investors=(beta.model_copy(update={"pledge": 90}),)
    )
    limits = Limits(per_country=10**6, without_national_firm_percent=100)
    own = Sleeve(id=f"{name}-own", name="Own", cap=600, limits=limits)
    won: dict[str, Any] = {"currency": "KRW", "investors": (alpha, beta), "sub_funds": (smart, plant)}
    dollars = (
        Sleeve(id=f"{name}-usd", name="USD", cap=350),
        Sleeve(id=f"{name}-usd2", name="USD", cap=50),
    )
    budget = Fund(id=f"{name}-budget", name="Budget", cap=400, currency="USD", sleeves=dollars)
    return Fund(id=name, name="Fund of funds", cap=1500, sleeves=(own,), limits=limits, **won), budget


class Ledger(RuleBasedStateMachine):
    """The ledger under any run of steps."""

    database: ClassVar[Engine]
    runs = count()
    steps_taken: ClassVar[int] = 0
    met: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.name = f"m{next(self.runs)}"
        self.terms = funds(self.name)
        with self.database.begin() as connection:
            self.before = audit.newest(connection)
            for terms in self.terms:
                funding.register(connection, terms, NOW)
        self.currency = {p.part.id: t.currency for t in self.terms for p in t.levels()}
        self.parents = {p.part.id: p.parent for t in self.terms for p in t.levels()}
        self.caps = {p.part.id: p.part.cap for t in self.terms for p in t.levels()}
        self.books = {of: dict.fromkeys(A, 0) for of in self.caps}
        self.of: dict[str, dict[A, int]] = {}
        self.frozen: set[str] = set()
        self.queue: list[tuple[int, int, str, str, int]] = []
        self.offered: set[str] = set()
        """What was in the queue and was reserved: another proposal would give it back."""
        self.where: dict[str, Held] = {}
        self.open: dict[str, tuple[TransferKind, str, int]] = {}
        """What can be resolved or corrected: key → kind, reservation, amount."""
        self.steps = 0
        self.pledges = {
            f"{p.part.id}:{i.id}": p.part.id for t in self.terms for p in t.levels() for i in p.part.investors
        }
        for terms in self.terms:
            for part, _ in terms.levels():
                for one in part.investors:
                    self._book(K.PLEDGE, part.id, f"{part.id}:{one.id}", one.pledge)
                if not part.raises:
                    self._book(K.ALLOT, part.id, f"{part.id}:allotment", part.cap)

        for kind, minor in ((K.CALL, 700), (K.PAY_IN, 600), (K.DRAW, 600)):
            self.step(kind, self.name, f"{self.name}:a", minor, None)
            self._book(kind, self.name, f"{self.name}:a", minor)

    # -- the model ----------------------------------------------------------------------------

    def lineage(self, of: str) -> list[str]:
        """A level and all above it."""
        parent = self.parents[of]
        return [of, *(self.lineage(parent) if parent else [])]

    def _book(self, kind: TransferKind, at: str, reservation: str, minor: int) -> None:
        own = self.of.setdefault(reservation, dict.fromkeys(A, 0))
        moved = [self.books[of] for of in ([at] if kind.own else self.lineage(at))]
        self.caps[at] += kind.caps * minor
        for account in (*moved, own):
            for name, sign in kind.legs.effects().items():
                account[name] += sign * minor

    def fits(self, at: str, minor: int) -> bool:
        """Whether there is so much at every level."""
        return all(self.books[of][A.AVAILABLE] >= minor for of in self.lineage(at))

    def held(self, at: str, *countries: str) -> int:
        """What projects of these countries hold at a level and its parts."""
        return sum(
            self.of.get(key, {}).get(account, 0)
            for key, one in self.where.items()
            if one.country in countries and at in self.lineage(one.level)
            for account in HELD
        )

    def shuts_out(self, at: str, minor: int, country: str) -> bool:
        """Whether projects without a firm of the founding country would have more than a whole level."""
        limited = {self.name, f"{self.name}-own"} & set(self.lineage(at))
        return country != "VN" and any(self.held(of, "TH") + minor > self.caps[of] for of in limited)

    def ahead(self, at: str, place: tuple[int, int]) -> bool:
        """Whether somebody before ``place`` waits for money of a level of ``at``."""
        for rank, turn, _, level_, minor in self.queue:
            short = {of for of in self.lineage(level_) if self.books[of][A.AVAILABLE] < minor}
            if (rank, turn) < place and short & set(self.lineage(at)):
                return True
        return False

    def serve(self) -> None:
        """Give what is there to whoever is next, one at a time."""
        for waiting in sorted(self.queue):
            rank, turn, key, at, minor = waiting
            stopped = self.frozen & set(self.lineage(at))
            if self.fits(at, minor) and not stopped and not self.ahead(at, (rank, turn)):
                self.queue.remove(waiting)
                if self.shuts_out(at, minor, self.where[key].country):
                    self.met.add("dropped")
                    continue
                self.offered.add(key)
                self._book(K.PENDING, at, key, minor)
                self.open[key] = (K.PENDING, key, minor)
                self.met.add("offered")

    # -- steps --------------------------------------------------------------------------------

    def step(
        self,
        kind: TransferKind,
        at: str,
        of: str | None,
        minor: int | None,
        expected: Rule | None,
        **more: Any,
    ) -> str | None:
        """Take a step twice; its key if the money moved."""
        key = f"{self.name}:{self.steps}"
        self.steps += 1
        type(self).steps_taken += 1
        amount = Amount(minor=minor, currency=more.pop("currency", self.currency[at])) if minor else None
        wish = Transfer(key=key, kind=kind, fund=at, reservation=of or key, amount=amount, **more)
        case = self.where[of or key].case if (of or key) in self.where else key
        effects = entry(f"entry {key}", transfer=wish)
        (receipt,) = write(self.database, effects, case=case)
        assert receipt.rule == expected, (kind, receipt.rule, expected)
        self.met.add(f"{kind}: {expected}")
        again = write(self.database, effects, case=case)
        assert again == (receipt,)
        return key if expected is None else None

    @rule(
        at=st.sampled_from(["asean", "own", "plant", "usd", "usd2"]),
        minor=st.integers(1, 400),
        rank=st.none() | st.integers(1, 3),
        country=st.sampled_from(COUNTRIES),
    )
    def reserve(self, at: str, minor: int, rank: int | None, country: str) -> None:
        level_ = f"{self.name}-{at}"
        place = (2**62 if rank is None else rank, 2**62)
        short: Rule | None = None
        if self.shuts_out(level_, minor, country):
            short = MoneyRule.PORTFOLIO
        elif self.frozen & set(self.lineage(level_)):
            short = MoneyRule.FUND_FROZEN
        elif not self.fits(level_, minor) or self.ahead(level_, place):
            short = MoneyRule.FUNDS_SHORT
        key = f"{self.name}:{self.steps}"
        case = f"{self.name}-{self.steps}".upper()
        self.where[key] = Held(case, level_, country)
        about = proposal(case, country=country, national_firm=country == "VN")
        write(self.database, entry(f"{key} proposed", proposal=about), case=case)
        if self.step(K.PENDING, level_, None, minor, short, rank=rank):
            self._book(K.PENDING, level_, key, minor)
            self.open[key] = (K.PENDING, key, minor)
        elif short != MoneyRule.PORTFOLIO:
            self.queue.append((place[0], self.steps, key, level_, minor))

    @precondition(lambda self: self.open)
    @rule(
        which=st.integers(0, 99),
        pick=st.integers(0, 5),
        other=st.sampled_from(RESOLVING),
        minor=st.none() | st.integers(1, 400),
    )
    def resolve(self, which: int, pick: int, other: TransferKind, minor: int | None) -> None:
        late = [key for key, (then, *_) in self.open.items() if then is not K.PENDING]
        choice = late if late and which % 3 else list(self.open)  # what comes last in a chain comes seldom
        target = choice[which % len(choice)]
        fitting = [kind for kind in RESOLVING if kind.resolves is self.open[target][0]]
        kind = other if pick == 0 or not fitting else fitting[pick % len(fitting)]
        self._resolve(kind, target, minor)

    def _resolve(self, kind: TransferKind, target: str, minor: int | None = None) -> None:
        then, reservation, amount = self.open[target]
        minor = minor if kind in (K.POST, K.PAY) else None
        rule_: Rule | None = MoneyRule.PENDING_RESOLVED if then is not kind.resolves else None
        has = self.of[reservation]
        given_back = kind is K.BOUNCE and amount > has[A.DISBURSED] - has[A.RETURNED]
        if rule_ is None and (given_back or (minor and minor > amount)):
            rule_ = MoneyRule.COMMITMENT_EXCEEDED
        at = self.where[reservation].level
        if key := self.step(kind, at, reservation, minor, rule_, resolves=target):
            del self.open[target]
            self._book(kind, at, reservation, minor or amount)
            if minor and minor < amount:
                self._book(K.VOID if kind is K.POST else K.CANCEL, at, reservation, amount - minor)
            if kind is K.PAY:
                self.open[key] = (K.PAY, reservation, minor or amount)
            self.serve()

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 99), back=st.booleans())
    def go_on_with_what_was_begun(self, which: int, back: bool) -> None:
        """What comes late in the life of a payment comes seldom by chance: here it is the next step."""
        order = (K.PAY, K.ORDER, K.PENDING) if back else (K.ORDER, K.PENDING, K.PAY)
        begun = sorted(self.open.items(), key=lambda item: order.index(item[1][0]))
        target, (then, reservation, _) = begun[which % min(2, len(begun))]
        self._resolve({K.PENDING: K.POST, K.ORDER: K.PAY, K.PAY: K.BOUNCE}[then], target)
        left = self.of[reservation][A.COMMITTED]
        if then is K.PENDING and left:
            at = self.where[reservation].level
            if key := self.step(K.ORDER, at, reservation, max(1, left // 2), None):
                self._book(K.ORDER, at, reservation, max(1, left // 2))
                self.open[key] = (K.ORDER, reservation, max(1, left // 2))

    @precondition(lambda self: self.where)
    @rule(
        kind=st.sampled_from([K.DECOMMIT, K.ORDER, K.ORDER, K.CLAIM, K.SETTLE, K.RETURN]),
        which=st.integers(0, 99),
        minor=st.none() | st.integers(1, 300),
    )
    def spend(self, kind: TransferKind, which: int, minor: int | None) -> None:
        spendable = [of for of in self.where if self.of.get(of, {}).get(A.COMMITTED)] if which % 3 else []
        reservation = (spendable or list(self.where))[which % len(spendable or self.where)]
        has = self.of.get(reservation, dict.fromkeys(A, 0))
        out = has[A.DISBURSED] - has[A.RETURNED]
        left = {K.DECOMMIT: has[A.COMMITTED], K.ORDER: has[A.COMMITTED], K.SETTLE: has[A.RECEIVABLE]}
        left |= {K.CLAIM: max(out - has[A.RECEIVABLE], 0), K.RETURN: out}
        much = MoneyRule.COMMITMENT_EXCEEDED if minor and minor > left[kind] else None
        at = self.where[reservation].level
        moved = minor or left[kind]
        if (key := self.step(kind, at, reservation, minor, much)) and moved:
            self._book(kind, at, reservation, moved)
            if kind is K.ORDER:
                self.open[key] = (K.ORDER, reservation, moved)
            self.serve()

    @rule(
        kind=st.sampled_from([K.CALL, K.PAY_IN, K.DRAW]), which=st.integers(0, 9), minor=st.integers(1, 500)
    )
    def raise_money(self, kind: TransferKind, which: int, minor: int) -> None:
        account, at = list(self.pledges.items())[which % len(self.pledges)]
        has = self.of[account]
        left = has[A.PLEDGED] if kind is K.CALL else has[A.CALLED]
        over = kind is K.PAY_IN and any(
            self.books[of][A.PAID_IN] + minor > self.caps[of] for of in self.lineage(at)
        )
        much = MoneyRule.OVER_CAP if over else MoneyRule.COMMITMENT_EXCEEDED if minor > left else None
        if self.step(kind, at, account, minor, much):
            self._book(kind, at, account, minor)
            self.serve()

    @rule(at=st.sampled_from(["asean", "smart", "own", "budget"]), thaw=st.sampled_from([True, True, False]))
    def freeze_or_thaw(self, at: str, thaw: bool) -> None:
        level_ = f"{self.name}-{at}"
        self.steps += 1
        with self.database.begin() as connection:
            level.freeze(connection, level_, None if thaw else "a test")
        self.frozen = self.frozen - {level_} if thaw else self.frozen | {level_}
        if thaw:
            write(self.database, entry(f"thaw {self.name}:{self.steps}", thaws=level_), case=self.name)
            self.serve()

    @rule(minor=st.integers(10, 400))
    def exchange(self, minor: int) -> None:
        """Dollars of the budget for won of the fund: 1 USD = 10 KRW here, so 100 cents are 10 won."""
        sold, bought, of = f"{self.name}-usd", self.name, f"exchange:{self.name}:{self.steps}"
        short = MoneyRule.FUNDS_SHORT if not self.fits(sold, minor) else None
        if self.step(K.SELL, sold, of, minor, short):
            self._book(K.SELL, sold, of, minor)
            rate = Rate(base="USD", quote="KRW", rate="10", day="2026-11-24", source="a test")
            won = rate.convert(Amount(minor=minor, currency="USD")).minor
            full = self.caps[bought] - self.books[bought][A.PAID_IN] - self.books[bought][A.EXCHANGED_IN]
            over = MoneyRule.OVER_CAP if won > full else None
            if self.step(K.BUY, bought, of, won, over, rate=rate):
                self._book(K.BUY, bought, of, won)
                self.serve()

    @rule(
        pair=st.sampled_from([("smart", "own"), ("own", "smart"), ("usd", "usd2"), ("usd2", "usd")]),
        minor=st.integers(1, 250),
    )
    def reallocate(self, pair: tuple[str, str], minor: int) -> None:
        """From one part of a whole to another; the caps follow. A part must still hold its own parts."""
        giving, given = (f"{self.name}-{name}" for name in pair)
        of = f"reallocate:{self.name}:{self.steps}"
        parts = sum(self.caps[part] for part, parent in self.parents.items() if parent == giving)
        rule_ = MoneyRule.FUNDS_SHORT if self.books[giving][A.AVAILABLE] < minor else None
        if rule_ is None and parts > self.caps[giving] - minor:
            rule_ = MoneyRule.OVER_CAP
        if self.step(K.MOVE_OUT, giving, of, minor, rule_):
            self._book(K.MOVE_OUT, giving, of, minor)
            self.step(K.MOVE_IN, given, of, minor, None)
            self._book(K.MOVE_IN, given, of, minor)
            self.serve()

    @rule(
        at=st.sampled_from(["budget", "usd", "usd2", "own", "smart"]),
        kind=st.sampled_from([K.SUPPLEMENT, K.CUT]),
        minor=st.integers(1, 250),
    )
    def amend(self, at: str, kind: TransferKind, minor: int) -> None:
        """A supplementary budget: a cap grows where there is room above, and shrinks where it is not used."""
        level_ = f"{self.name}-{at}"
        parent, of = self.parents[level_], f"{level_}:allotment"
        beside = sum(self.caps[part] for part, whole in self.parents.items() if whole == parent)
        parts = sum(self.caps[part] for part, whole in self.parents.items() if whole == level_)
        full = kind is K.SUPPLEMENT and parent and beside + minor > self.caps[parent]
        rule_ = MoneyRule.OVER_CAP if full else None
        if kind is K.CUT and self.books[level_][A.AVAILABLE] < minor:
            rule_ = MoneyRule.FUNDS_SHORT
        elif kind is K.CUT and parts > self.caps[level_] - minor:
            rule_ = MoneyRule.OVER_CAP
        if self.step(kind, level_, of, minor, rule_):
            self._book(kind, level_, of, minor)
            self.serve()

    @precondition(lambda self: self.where)
    @rule(which=st.integers(0, 99), country=st.sampled_from(COUNTRIES))
    def move_a_project(self, which: int, country: str) -> None:
        """A project goes to another country, whatever it holds; it stays in the queue, for the same money."""
        key = list(self.where)[which % len(self.where)]
        if key in self.offered or any(waiting[2] == key for waiting in self.queue):
            return  # another proposal asks for something else: the case would leave the queue
        self.where[key] = self.where[key]._replace(country=country)
        case = self.where[key].case
        about = proposal(case, country=country, national_firm=country == "VN")
        self.steps += 1
        write(self.database, entry(f"{key} moved {self.steps}", proposal=about), case=case)
        with self.database.begin() as connection:  # no revision does it: the host country is that of the case
            connection.execute(update(cases).where(cases.c.id == case).values(country=country))
            portfolio.count(connection, case, {})

    @precondition(lambda self: self.queue)
    @rule(which=st.integers(0, 9))
    def leave_the_queue(self, which: int) -> None:
        _, _, key, *_ = sorted(self.queue)[which % len(self.queue)]
        self.queue = [waiting for waiting in self.queue if waiting[2] != key]
        over = Standing(stage=Stage.FUNDING, status=Status.WITHDRAWN)
        write(self.database, entry(f"closed {key}", after=over), case=self.where[key].case)
        self.serve()

    @rule(minor=st.integers(1, 50))
    def another_currency_never_moves(self, minor: int) -> None:
        self.step(K.PENDING, f"{self.name}-usd", None, minor, MoneyRule.WRONG_CURRENCY, currency="KRW")

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def running_totals_are_what_the_model_counts(self) -> None:
        """Of every reservation; and of what cases, countries, and those without a firm hold with rules."""
        mine = reservation_total.c.reservation.in_(self.of)
        with self.database.connect() as connection:
            rows = connection.execute(select(reservation_total).where(mine)).mappings().all()
            mine = case_total.c.case.in_([of.case for of in self.where.values()])
            cases = connection.execute(select(case_total).where(mine)).all()
            groups = connection.execute(select(group_total).where(group_total.c.fund.like(f"{self.name}%")))
            grouped = {(row.fund, row.name): row.held for row in groups if row.held}
        kept: dict[str, Counter[A]] = {}
        for row in rows:  # the halves of an exchange have one reservation at two levels
            kept.setdefault(row["reservation"], Counter()).update({account: row[account] for account in A})
        assert {of: dict(held) for of, held in kept.items()} == self.of
        held = {
            (limited, of.case): sum(self.of.get(key, {}).get(account, 0) for account in HELD)
            for key, of in self.where.items()
            for limited in {self.name, f"{self.name}-own"} & set(self.lineage(of.level))
        }
        assert {(row.fund, row.case): row.held for row in cases if row.held} == {
            of: minor for of, minor in held.items() if minor
        }
        countries = {of.case: of.country for of in self.where.values()}
        expected: Counter[tuple[str, str]] = Counter()
        for (limited, case), minor in held.items():
            country = countries[case]
            expected[limited, group_of(country)] += minor
            if country != "VN":
                expected[limited, WITHOUT_FIRM] += minor
        assert grouped == {of: minor for of, minor in expected.items() if minor}

    @invariant()
    def the_books_are_right(self) -> None:
        """They are what the model counts, they are proved, and nobody is in the queue who should not be."""
        with self.database.connect() as connection:
            for terms in self.terms:
                assert proof.check(connection, terms.id, after=self.before) == []
            stored = {
                row["id"]: row for row in level.balances(connection) if row["root"].startswith(self.name)
            }
            waiting = select(waitlist.c.reservation).where(
                waitlist.c.state == WaitState.WAITING, waitlist.c.fund.like(f"{self.name}-%")
            )
            inside = set(connection.scalars(waiting))
            resolved = connection.scalars(
                select(transfer.c.resolves).where(transfer.c.resolves.is_not(None))
            ).all()
        for of, balances in self.books.items():
            assert level.accounts(stored[of]) == balances, of
            sources = balances[A.PAID_IN] + balances[A.RETURNED] + balances[A.EXCHANGED_IN]
            uses = (A.RESERVED, A.COMMITTED, A.ORDERED, A.DISBURSED, A.EXCHANGED_OUT)
            assert sources - balances[A.AVAILABLE] == sum(balances[a] for a in uses)
            assert min(balances.values()) >= 0
        assert inside == {key for _, _, key, _, _ in self.queue}
        assert len(resolved) == len(set(resolved))
