"""A case as it could go: votes, delegations, declarations, revisions and days, in any order at all.

The machine knows people as the directory does, works out their rights as it does, and asks the rules of
approval. After every step it looks for a promise that was broken, in ways of its own.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.base import digest
from models.case.approval import Decision, Gate, Vote
from models.case.conflict_of_interest import Conflict
from models.case.duty import Act, Duty, breach
from models.case.judge import judge
from models.case.panel import Body, Choice, Outcome, Panel, Share
from models.case.rights import Authority, Capacity, Rights
from models.case.rule import Broken, CaseRule
from models.case.tally import Ballot, tally
from models.people.delegation import Delegation
from models.people.person import Holding, Person, Post, Term

TOLD: Counter[str] = Counter()
"""What happened in all runs since this was last cleared; ``steps`` counts the steps."""

FIRST = date(2027, 3, 1)
CALLED_IN = "director"
BENEFICIARY = "city"
COOLING_OFF = 5
ROLES = ("expert", "ministry", "treasury")
PEOPLE = {
    "an": ("s-an", "expert"),
    "an2": ("s-an", "ministry"),
    "bo": ("s-bo", "ministry"),
    "bo2": ("s-bo", "treasury"),
    "chi": (None, "expert"),
    "dan": (None, "ministry"),
    "eun": (None, "treasury"),
    "fay": (None, "expert"),
    "gil": (None, "treasury"),
    "hoa": (None, CALLED_IN),
}
"""Accounts: the subject behind it, and the role that it has at any rate, if not at any time."""

ACCOUNTS = tuple(PEOPLE)
HANDED_IN = ("draft", "deliver")
DECIDED = ("review", "approve", "evaluate", "clear", "pay", "launch")

accounts = st.sampled_from(ACCOUNTS)
days = st.integers(0, 30).map(lambda number: FIRST + timedelta(days=number))
duties = st.lists(st.sampled_from([*map(Act, DECIDED), *Act]), min_size=2, max_size=2, unique=True).map(
    lambda two: Duty(one=two[0], other=two[1])
)
verdicts = st.sampled_from([*[Choice.APPROVE] * 4, *Choice])

posts = st.builds(Post, organisation=st.sampled_from(["molit", BENEFICIARY]), until=st.none() | days).map(
    lambda post: (post,)
)


@st.composite
def terms(draw: st.DrawFn) -> dict[str, date | None]:
    """A stretch of days, mostly open at one end or both."""
    since, until = draw(st.none() | days), draw(st.none() | st.none() | days)
    return {"since": min(since, until) if since and until else since, "until": until}


@st.composite
def people(draw: st.DrawFn, account: str) -> Person:
    """An account of somebody who may have others, with roles that may be held for a time only."""
    subject, role = PEOPLE[account]
    roles = [role, *draw(st.lists(st.sampled_from(ROLES), max_size=2))]
    return Person(
        id=account,
        name=account,
        organisation=draw(st.sampled_from(["molit", "molit", "molit", "water", BENEFICIARY])),
        email=f"{account}@example.org",
        roles=tuple(Holding(role=role, **draw(st.just({}) | terms())) for role in roles),
        subject=subject,
        former=draw(st.just(()) | st.just(()) | st.just(()) | posts),
    )


@st.composite
def delegations(draw: st.DrawFn) -> Delegation:
    """Somebody lets somebody else act for them, most often without a limit."""
    giver, taker = draw(st.lists(accounts, min_size=2, max_size=2, unique=True))
    return Delegation(
        id="D-0",
        giver=giver,
        taker=taker,
        roles=draw(st.just((*ROLES, CALLED_IN)) | st.lists(st.sampled_from(ROLES), min_size=1).map(tuple)),
        ceiling=draw(st.sampled_from([None, None, 99, 100])),
        instrument="Order 7",
        **draw(st.just({}) | terms()),
    )


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """One body, or two side by side or in a chain."""
    several = []
    for name in ("first", "second")[: draw(st.integers(1, 2))]:
        seats = tuple(draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=4)))
        alone = [role for role in dict.fromkeys(seats) if seats.count(role) == 1]
        body = Body(
            name=name,
            seats=seats,
            quorum=draw(st.sampled_from(Share) | st.integers(1, len(seats))),
            organisation=draw(st.sampled_from([None, None, None, "molit"])),
            veto=draw(st.sampled_from([(), (), (seats[0],)])),
            chair=draw(st.sampled_from([None, *alone])),
        )
        several.append(body)
    return Panel(bodies=tuple(several), chain=draw(st.booleans()))


@st.composite
def sittings(draw: st.DrawFn) -> Gate:
    """A gate of any kind, for a case whose content and people are still to be filled in."""
    return Gate(
        id="none",
        panel=draw(panels()),
        content_hash="0" * 64,
        act=Act(draw(st.sampled_from(DECIDED))),
        amount=draw(st.sampled_from([None, 100])),
        declared=draw(st.sampled_from([False, False, True])),
        attested=draw(st.sampled_from([False, False, True])),
    )


class Deed(NamedTuple):
    """What somebody did in the case, and for whom, as it is on record."""

    actor: str
    on_behalf_of: str | None
    act: Act


class Case(RuleBasedStateMachine):
    """One case after the other, each from gate to gate, with the same people."""

    @initialize(
        people=st.tuples(*(people(account) for account in ACCOUNTS)),
        duties=st.lists(duties, max_size=4),
        given=st.lists(delegations(), max_size=4),
        proposer=accounts,
        sitting=sittings(),
    )
    def propose(
        self,
        people: tuple[Person, ...],
        duties: list[Duty],
        given: list[Delegation],
        proposer: str,
        sitting: Gate,
    ) -> None:
        """Somebody hands in a proposal, and the first panel sits."""
        self._step("proposed")
        self.people = {person.id: person for person in people}
        self.duties = tuple(duties)
        self.day = FIRST
        self.delegations: list[Delegation] = []
        self.cases = self.orders = 0
        for delegation in given:
            self._delegate(delegation)
        self._begin(proposer, sitting)

    # Steps that other people than the panel take

    @rule(data=st.data(), what=st.sampled_from(["delegate", "delegate", "declare", "wait", "revoke"]))
    def meanwhile(self, data: st.DataObject, what: str) -> None:
        """Something happens that is no vote, but may decide who has one."""
        self._step(what)
        match what:
            case "delegate":
                self._delegate(data.draw(delegations()))
            case "declare":
                who = data.draw(accounts)
                self.declared[who] = data.draw(st.sampled_from([Conflict.NONE, *Conflict]))
            case "wait":
                self.day += timedelta(days=data.draw(st.integers(1, 3)))
            case "revoke" if self.delegations:
                self.delegations.remove(data.draw(st.sampled_from(self.delegations)))

    @precondition(lambda self: not self._in_session())
    @rule(account=accounts, act=st.sampled_from([Act.DRAFT, Act.AWARD, Act.DELIVER]))
    def hand_in(self, account: str, act: Act) -> None:
        """Somebody does a piece of work between two gates, if no duty forbids it."""
        self._step("handed in")
        if breach(self.duties, self._done(account), act) is None:
            self.deeds.append(Deed(account, None, act))

    # Steps of a panel

    @precondition(lambda self: self.gate.id not in self.expired)
    @rule(
        data=st.data(),
        actor=accounts,
        verdict=st.sampled_from(Choice),
        comment=st.sampled_from(["Seen.", ""]),
        role=st.sampled_from([None, *ROLES, CALLED_IN]),
        stale=st.sampled_from([False, False, True]),
        signed_in=st.booleans(),
    )
    def vote_anyhow(self, data: st.DataObject, actor: str, **more: Any) -> None:
        """Somebody sends a decision, in their own name or for somebody who let them or did not."""
        self._step("sent anyhow")
        givers = [given.giver for given in self.delegations if given.taker == actor]
        self._send(data, actor, data.draw(st.sampled_from([None, *ACCOUNTS, *givers])), **more)

    @precondition(lambda self: self._in_session())
    @rule(data=st.data(), role=st.sampled_from([None, None, *ROLES]))
    def approve(self, data: st.DataObject, role: str | None) -> None:
        """Somebody with a seat approves."""
        self._step("sent to approve")
        self._send(data, data.draw(self._able()), role=role)

    @precondition(lambda self: self._in_session())
    @rule(data=st.data(), verdict=verdicts)
    def answer(self, data: st.DataObject, verdict: Choice) -> None:
        """Somebody with a seat says what they think."""
        self._step("sent to answer")
        self._send(data, data.draw(self._able()), verdict=verdict)

    @precondition(lambda self: self._in_session())
    @rule(data=st.data(), said=st.lists(verdicts, min_size=2, max_size=6))
    def meet(self, data: st.DataObject, said: list[Choice]) -> None:
        """Those with a seat meet, and one after the other says what they think."""
        self._step("met")
        for verdict in said:
            if self._in_session():
                self._send(data, data.draw(self._able()), verdict=verdict)

    @precondition(lambda self: self._in_session() and self.delegations)
    @rule(data=st.data(), verdict=verdicts)
    def act_for(self, data: st.DataObject, verdict: Choice) -> None:
        """Somebody uses a delegation, in force or not."""
        self._step("sent by delegation")
        able = [given for given in self.delegations if self._may(given.taker, given.giver)]
        given = data.draw(st.sampled_from(able or self.delegations))
        self._send(data, given.taker, given.giver, verdict=verdict)

    @precondition(lambda self: self._in_session() and not self.widened)
    @rule()
    def escalate(self) -> None:
        """The deadline passes, and another role is called in."""
        self._step("escalated")
        widened = self.gate.panel.widened(CALLED_IN)
        before = [figures.needed for figures in self.gate.counts]
        self.widened = True
        self._sit(self.gate.model_copy(update={"panel": widened}))
        assert self.gate.outcome is None
        assert [figures.needed for figures in self.gate.counts] == before

    @precondition(lambda self: self._in_session() and self.widened)
    @rule(consequence=st.sampled_from([Outcome.LAPSED, Outcome.RETURNED]))
    def expire(self, consequence: Outcome) -> None:
        """The last deadline passes: its consequence is the outcome, whatever the votes would have been."""
        self._step("expired")
        self.expired.add(self.gate.id)
        self.published[self.gate.id] = consequence

    @precondition(lambda self: self._stands() is Outcome.RETURNED)
    @rule(account=accounts)
    def revise(self, account: str) -> None:
        """The next version is handed in, if no duty forbids it: the votes on the last one are void."""
        self._step("revised")
        if breach(self.duties, self._done(account), Act.DRAFT) is None:
            self.deeds.append(Deed(account, None, Act.DRAFT))
            self.handed_in.add(account)
            self.version += 1
            self._convene(self.sitting)
            assert self.gate.votes == ()
            assert self.gate.outcome is None

    @precondition(lambda self: self._stands() not in (None, Outcome.RETURNED))
    @rule(proposer=accounts, sitting=sittings())
    def go_on(self, proposer: str, sitting: Gate) -> None:
        """What was approved goes to the next panel; after anything else comes another case."""
        if self._stands() is Outcome.APPROVED:
            self._step("next gate")
            self._convene(sitting)
        else:
            self._step("next case")
            self._begin(proposer, sitting)

    # What is promised

    @invariant()
    def no_duty_is_broken(self) -> None:
        """Nobody has done both of what takes two, under any accounts, in person or through others."""
        apart = {frozenset({mine, theirs}) for mine in HANDED_IN for theirs in DECIDED}
        apart |= {frozenset({str(duty.one), str(duty.other)}) for duty in self.duties}
        done: dict[str, set[str]] = {}
        for deed in self.deeds:
            for account in filter(None, (deed.actor, deed.on_behalf_of)):
                done.setdefault(self._subject(account), set()).add(str(deed.act))
        for who, both in done.items():
            assert not any(pair <= both for pair in apart), f"{who} did {sorted(both)}"

    @invariant()
    def nobody_counts_twice(self) -> None:
        """No subject has spoken twice at a gate, and no seat has been taken twice."""
        for gate in self.gates.values():
            spoken = [{self._subject(account) for account in _accounts(vote)} for vote in gate.votes]
            assert sum(map(len, spoken)) == len(set().union(*spoken))
            seats = Counter((body.name, role) for body in gate.panel.bodies for role in body.seats)
            assert not Counter((vote.body, vote.role) for vote in gate.votes) - seats

    @invariant()
    def denominators_add_up(self) -> None:
        """Every seat of every body is in exactly one of its figures."""
        for gate in self.gates.values():
            for body, each in zip(gate.panel.bodies, gate.counts, strict=True):
                said = each.approvals + each.rejections + each.returns + each.abstentions
                assert each.seats == len(body.seats) == each.recused + said + each.outstanding
                assert each.outstanding == each.seats - sum(vote.body == body.name for vote in gate.votes)
                assert each.needed >= 1

    @invariant()
    def outcome_never_changes(self) -> None:
        """What was published stays as it was, whatever has happened since."""
        for name, gate in self.gates.items():
            assert name in self.expired or self.published.get(name) is gate.outcome

    @invariant()
    def outcome_does_not_depend_on_the_order(self) -> None:
        """Ballots counted from the first or from the last come to the same outcome and pass no other."""
        gate = self.gate
        for order in (gate.ballots, gate.ballots[::-1]):
            passed = [tally(gate.panel, order[:number]) for number in range(len(order) + 1)]
            assert set(passed) <= {None, gate.outcome}
            assert passed[-1] is gate.outcome

    # How the machine goes about it

    def _step(self, what: str) -> None:
        TOLD["steps"] += 1
        TOLD[what] += 1

    def _begin(self, proposer: str, sitting: Gate) -> None:
        self.cases, self.version, self.rounds = self.cases + 1, 1, 0
        self.deeds = [Deed(proposer, None, Act.DRAFT)]
        self.handed_in = {proposer}
        self.declared = dict.fromkeys(ACCOUNTS[4:], Conflict.NONE)
        self.gates: dict[str, Gate] = {}
        self.published: dict[str, Outcome] = {}
        self.expired: set[str] = set()
        self._convene(sitting)

    def _convene(self, sitting: Gate) -> None:
        """Open a gate like ``sitting`` over the present content."""
        self.rounds, self.sitting, self.widened = self.rounds + 1, sitting, False
        fields = {"id": f"C-{self.cases}:{sitting.act}:{self.rounds}", "content_hash": self._content()}
        people = {"duties": self.duties, "barred": tuple(sorted(self.handed_in))}
        self._sit(sitting.model_copy(update=fields | people))

    def _sit(self, gate: Gate) -> None:
        """The gate is now like this; its outcome is published as soon as there is one."""
        self.gate = self.gates[gate.id] = gate
        if gate.outcome is not None and gate.id not in self.published:
            TOLD[f"outcome: {gate.outcome}"] += 1
            self.published[gate.id] = gate.outcome
            assert all(tally(gate.panel, (*gate.ballots, more)) is gate.outcome for more in _more(gate))

    def _send(
        self,
        data: st.DataObject,
        actor: str,
        on_behalf_of: str | None = None,
        stale: bool = False,
        signed_in: bool = True,
        **said: Any,
    ) -> None:
        """Send a decision, and look at what becomes of it."""
        gate = self.gate
        fields = {"gate": gate.id, "verdict": Choice.APPROVE, "comment": "Seen."} | said
        fields |= {"actor": actor, "on_behalf_of": on_behalf_of, "content_hash": self._content(before=stale)}
        sent = Decision.model_validate(fields)
        judged = judge(gate, sent, self._rights(actor, on_behalf_of, signed_in))
        if isinstance(judged, Broken):
            TOLD[f"refused: {judged.rule}"] += 1
            assert (judged.rule == CaseRule.STAGE_OVER) == (gate.outcome is not None)
        elif judged.role != CALLED_IN or sent.verdict is not Choice.RECUSE:  # who is called in decides
            self._qualifies(judged, signed_in)
            self._count(judged)
            order = data.draw(st.permutations(self.gate.ballots))
            assert tally(self.gate.panel, order) is self.gate.outcome

    def _able(self) -> st.SearchStrategy[str]:
        """Whoever may approve now in their own name, or anybody where nobody may."""
        return st.sampled_from([account for account in ACCOUNTS if self._may(account)] or ACCOUNTS)

    def _may(self, actor: str, on_behalf_of: str | None = None) -> bool:
        sent = Decision(
            gate=self.gate.id,
            verdict=Choice.APPROVE,
            actor=actor,
            content_hash=self.gate.content_hash,
            on_behalf_of=on_behalf_of,
        )
        return isinstance(judge(self.gate, sent, self._rights(actor, on_behalf_of, True)), Vote)

    def _count(self, vote: Vote) -> None:
        TOLD["counted" if vote.delegation is None else "counted by delegation"] += 1
        sent = vote.decision
        if sent.verdict is not Choice.RECUSE:
            self.deeds.append(Deed(sent.actor, sent.on_behalf_of, self.gate.act))
        self._sit(self.gate.with_vote(vote))

    def _delegate(self, given: Delegation) -> None:
        self.orders += 1
        self.delegations.append(given.model_copy(update={"id": f"D-{self.orders}"}))

    def _content(self, before: int = 0) -> str:
        return digest({"case": self.cases, "version": self.version - before})

    def _in_session(self) -> bool:
        return self.gate.id not in self.published

    def _stands(self) -> Outcome | None:
        return self.published.get(self.gate.id)

    # What the directory and the record say

    def _subject(self, account: str) -> str:
        return self.people[account].subject or account

    def _same(self, account: str) -> list[str]:
        return [other for other in ACCOUNTS if self._subject(other) == self._subject(account)]

    def _done(self, account: str) -> frozenset[Act]:
        same = self._same(account)
        return frozenset(deed.act for deed in self.deeds if deed.actor in same or deed.on_behalf_of in same)

    def _conflict(self, account: str) -> Conflict | None:
        said = [self.declared[same] for same in self._same(account) if same in self.declared]
        own = self.people[account].organisation == BENEFICIARY
        return Conflict.HARD if own or Conflict.HARD in said else said[-1] if said else None

    def _cooling(self, account: str) -> bool:
        left = [post.until for post in self.people[account].former if post.organisation == BENEFICIARY]
        return any(self.day <= (day or self.day) + timedelta(days=COOLING_OFF) for day in left)

    def _capacity(self, account: str) -> Capacity:
        person = self.people[account]
        return Capacity(
            person=account,
            who=person.who,
            organisation=person.organisation,
            roles=person.roles_on(self.day),
            done=self._done(account),
            conflict=self._conflict(account),
            cooling=self._cooling(account),
        )

    def _rights(self, actor: str, on_behalf_of: str | None, signed_in: bool) -> Rights:
        given = [each for each in self.delegations if (each.giver, each.taker) == (on_behalf_of, actor)]
        found = next((each for each in given if each.covers(self.day)), None)
        return Rights(
            actor=self._capacity(actor),
            giver=self._capacity(found.giver) if found else None,
            delegation=_authority(found) if found else None,
            attested=signed_in,
        )

    # What a vote that counts must be

    def _qualifies(self, vote: Vote, signed_in: bool) -> None:
        """Look up again, from what is known of the people, whether this vote may count."""
        sent, gate = vote.decision, self.gate
        holder = self.people[sent.on_behalf_of or sent.actor]
        assert gate.outcome is None
        assert sent.content_hash == self._content()
        assert sent.comment or sent.verdict is Choice.APPROVE
        assert signed_in or not gate.attested
        assert any(held.role == vote.role and self._today(held) for held in holder.roles)
        assert sent.role in (None, vote.role)
        if sent.on_behalf_of:
            assert any(self._lets(given, vote) for given in self.delegations)
        for account in _accounts(vote):
            assert account not in self.handed_in
            assert sent.verdict is Choice.RECUSE or self._independent(account)
        self._may_speak(vote, holder)

    def _may_speak(self, vote: Vote, holder: Person) -> None:
        names = [body.name for body in self.gate.panel.bodies]
        body = self.gate.panel.bodies[names.index(vote.body)]
        assert body.organisation in (None, holder.organisation)
        for earlier in self.gate.panel.bodies[: names.index(vote.body)] if self.gate.panel.chain else ():
            alone = self.gate.panel.model_copy(update={"bodies": (earlier,)})
            assert tally(alone, self.gate.ballots) is Outcome.APPROVED

    def _lets(self, given: Delegation, vote: Vote) -> bool:
        sent, amount = vote.decision, self.gate.amount or 0
        theirs = (given.giver, given.taker, given.id) == (sent.on_behalf_of, sent.actor, vote.delegation)
        enough = given.ceiling is None or amount <= given.ceiling
        return theirs and enough and vote.role in given.roles and self._today(given)

    def _today(self, term: Term) -> bool:
        return (term.since or self.day) <= self.day <= (term.until or self.day)

    def _independent(self, account: str) -> bool:
        said = [self.declared.get(same) for same in self._same(account)]
        person = self.people[account]
        left = [post.until or self.day for post in person.former if post.organisation == BENEFICIARY]
        return (
            Conflict.HARD not in said
            and person.organisation != BENEFICIARY
            and not any((self.day - day).days <= COOLING_OFF for day in left)
            and not (self.gate.declared and set(said) == {None})
        )


def _accounts(vote: Vote) -> list[str]:
    """Who sent the vote, and whom it is for."""
    return [vote.decision.actor] + ([vote.decision.on_behalf_of] if vote.decision.on_behalf_of else [])


def _more(gate: Gate) -> Iterator[Ballot]:
    """Every ballot that could still be put beside those given, if anybody took it."""
    for body in gate.panel.bodies:
        free = Counter(body.seats) - Counter(vote.role for vote in gate.votes if vote.body == body.name)
        yield from (Ballot(body=body.name, role=role, verdict=said) for role in free for said in Choice)


def _authority(given: Delegation) -> Authority:
    """What a delegation lets its taker do."""
    return Authority(**given.model_dump(include=set(Authority.model_fields)))
