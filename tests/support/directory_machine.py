"""Any steps with a directory in any order: files swapped, changes confirmed, people ended, delegations given.

What must hold is read off the record after every step, without the rules that led to it.
"""

import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from activities.people import delegation
from activities.people.directory import in_force, waiting
from adapters.database import connect
from models.case.envelope import SELF_DECLARED
from models.case.record import ENGINE
from models.files import InvalidFile
from models.people.asking import Confirmation, Leaving, Withdrawal
from models.people.change import InForce
from models.people.delegation import DIRECTORY, Giving
from models.people.directory import Directory
from models.people.person import Holding, Organisation, Person, Sector
from models.tables.record import record
from services.case.acts import Acts, Asked
from services.case.cases import Refused
from services.people.delegation import Delegations
from services.people.directory import bring
from services.people.registrar import Registrar

NAMES = ("p.a", "p.b", "p.c", "p.d", "p.e")
MONEY, REGISTRAR = "treasury", "registrar"
TWO = {MONEY, REGISTRAR}
"""Roles that take two people here: the fund of the template has the manager ``treasury``."""
TOLD: Counter[str] = Counter()

_ROLES = st.sets(st.sampled_from((MONEY, REGISTRAR, "expert")), max_size=2)
_SUBJECT = st.sampled_from((None, None, None, "idp|x"))
_SOMEBODY = st.tuples(st.sampled_from(NAMES), _ROLES, st.sampled_from(("molit", "firm")), _SUBJECT)
_ACCOUNTS = st.sampled_from(("KR0001", "KR0002", None))
_WHO = st.sampled_from(NAMES)


def listed(who: str, roles: Any, organisation: str, subject: str | None) -> Person:
    """Somebody of a file."""
    fields = {"id": who, "name": f"Ms {who}", "organisation": organisation, "email": f"{who}@accord.example"}
    return Person(roles=tuple(sorted(roles)), subject=subject, **fields)


def directory(account: str | None, people: Any) -> Directory:
    """A file of these people, and of a firm with this account."""
    bodies = (
        Organisation(id="molit", name="MOLIT", country="KR", sector=Sector.PUBLIC),
        Organisation(id="firm", name="Firm", country="KR", sector=Sector.PRIVATE, account=account),
    )
    return Directory(organisation=bodies, person=tuple(listed(*one) for one in people))


class Life(RuleBasedStateMachine):
    """The directory of one installation under any run of steps."""

    template: ClassVar[Path]
    runs = count()

    def __init__(self) -> None:
        super().__init__()
        file = self.template.parent / f"run-{next(self.runs)}.db"
        shutil.copy(self.template, file)
        self.database = connect(f"sqlite:///{file}")
        self.file = file

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.database.dispose()
        for path in self.file.parent.glob(f"{self.file.name}*"):
            path.unlink()

    @initialize(account=_ACCOUNTS)
    def found(self, account: str | None) -> None:
        """Three registrars, one of whom also moves money."""
        some = [("p.a", {REGISTRAR}, "molit", None), ("p.b", {REGISTRAR}, "molit", None)]
        self._bring(directory(account, [*some, ("p.c", TWO, "molit", None)]), None)

    @rule(account=_ACCOUNTS, people=st.lists(_SOMEBODY, unique_by=lambda one: one[0]), by=st.none() | _WHO)
    def swap(self, account: str | None, people: Any, by: str | None) -> None:
        """Somebody sets the installation up from another file."""
        self._bring(directory(account, people), by)

    @rule(who=_WHO, role=st.sampled_from((MONEY, REGISTRAR, "expert")), by=st.none() | _WHO)
    def ask(self, who: str, role: str, by: str | None) -> None:
        """The file as it is in force, with one more role for somebody."""
        self._bring(self._with_role(who, role), by)

    def _with_role(self, who: str, role: str) -> Directory:
        now = self.now()
        people = dict(now.people) or {who: listed(who, (), "molit", None)}
        known = people.get(who) or listed(who, (), "molit", None)
        roles = (*known.roles, Holding(role=role))
        people[who] = known.model_copy(update={"roles": tuple(dict.fromkeys(roles))})
        bodies = tuple(now.organisations.values())
        return Directory(organisation=bodies, person=tuple(people.values()))

    def _bring(self, wanted: Directory, by: str | None) -> None:
        try:
            asked = Asked(DIRECTORY, DIRECTORY, by, {})
            done = Acts(self.database, SELF_DECLARED).carry_out(asked, lambda act: bring(act, wanted))
            TOLD.update(f"at once: {change.kind}" for change in done.done)
        except (InvalidFile, Refused) as error:
            TOLD[f"refused: {type(error).__name__}"] += 1

    @rule(number=st.integers(0, 5), who=_WHO)
    def confirm(self, number: int, who: str) -> None:
        """Somebody says the same as who asked."""
        if asked := self._waiting(number):
            self._try("confirmed", lambda one: one.confirm(Confirmation(number=asked, actor=who)).in_force)

    @rule(number=st.integers(0, 5), who=_WHO)
    def withdraw(self, number: int, who: str) -> None:
        """Somebody wants it no more."""
        if asked := self._waiting(number):
            self._try("withdrawn", lambda one: one.withdraw(Withdrawal(number=asked, actor=who)))

    @rule(gone=_WHO, who=_WHO)
    def end(self, gone: str, who: str) -> None:
        """A registrar ends somebody."""
        self._try("ended", lambda one: one.end(Leaving(person=gone, actor=who, reason="Left.")).in_force)

    @rule(giver=_WHO, taker=_WHO)
    def delegate(self, giver: str, taker: str) -> None:
        """Somebody lets another act as an expert."""
        if giver != taker:
            asked = Giving(actor=giver, taker=taker, roles=("expert",), instrument="Order 1")
            try:
                Delegations(self.database, SELF_DECLARED).give(asked)
                TOLD["delegated"] += 1
            except Refused:
                TOLD["refused: delegation"] += 1

    def _waiting(self, number: int) -> int | None:
        with self.database.connect() as connection:
            found = waiting(connection, datetime.now(UTC))
        return found[number % len(found)].record if found else None

    def _try(self, what: str, act: Any) -> None:
        try:
            TOLD[f"{what}: {bool(act(Registrar(self.database, SELF_DECLARED)))}"] += 1
        except Refused as error:
            TOLD[f"refused: {error.rule}"] += 1

    def now(self) -> InForce:
        """The directory as the tables have it."""
        with self.database.connect() as connection:
            return in_force(connection)

    @invariant()
    def what_is_in_force_was_said_by_two(self) -> None:
        """Every entry, in the order of the record: who got what, by whose word."""
        TOLD["steps"] += 1
        read, now = Reading(), self.now()
        with self.database.connect() as connection:
            wanted = select(record.c.action, record.c.actor, record.c.payload)
            rows = connection.execute(
                wanted.where(record.c.case == "directory", record.c.rule.is_(None)).order_by(record.c.seq)
            ).all()
            for who in now.ended_people:
                assert delegation.of(connection, who) == (), who
        for row in rows:
            read.take(row.action, row.actor, json.loads(row.payload))
        assert {who: set(one.roles) for who, one in now.people.items()} == read.holdings()
        firm = now.organisations.get("firm")
        assert firm is None or firm.account == read.account
        assert not any(one.roles for one in now.ended_people.values())


class Reading:
    """The directory as its entries make it, and whether each was said by those who may."""

    def __init__(self, two: Collection[str] = TWO) -> None:
        self.two = two
        self.who: dict[str, str] = {}
        self.ever: dict[str, str] = {}
        """The subject behind every account, also of those who have left."""
        self.roles: dict[str, set[Holding]] = {}
        self.members: dict[str, str] = {}
        self.account: str | None = None
        self.since: datetime | None = None
        """Since when that is the account; None: since the directory was set up."""
        self.delegations: dict[str, dict[str, Any]] = {}
        """Those in force, by their number."""

    def holdings(self) -> dict[str, set[Holding]]:
        """What everybody holds who is there."""
        return {who: self.roles.get(who, set()) for who in self.who}

    def take(self, action: str, actor: str, payload: dict[str, Any]) -> None:
        """One entry."""
        founded = action == "directory founded"
        day = datetime.fromisoformat(payload["at"]).date()
        for effect in payload["effects"]:
            for gains, whom in self._gained(effect):
                if not founded:
                    self._said_by_two(gains, whom, actor, payload["facts"].get("asked_by"), day)
            self._apply(effect)

    def _gained(self, effect: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
        """What of weight an effect gives, and the subjects that it is for."""
        if effect["effect"] == "holds":
            who = effect["person"]
            held = self.roles.get(who, set())
            wanted = (Holding.model_validate(one) for one in effect["roles"])
            for role in {one.role for one in wanted if not any(_within(one, before) for before in held)}:
                if role in self.two:
                    yield role, {self.who[who]}
        if effect["effect"] == "pays-to" and effect["account"] != self.account:
            members = {self.who[one] for one, of in self.members.items() if of == effect["organisation"]}
            yield "account", members

    def _said_by_two(self, gains: str, whom: set[str], actor: str, asked_by: str | None, day: date) -> None:
        held = [(who, one) for who in self.who for one in self.roles.get(who, ()) if one.role == REGISTRAR]
        registrars = {self.who[who] for who, one in held if one.until is None or day <= one.until}
        if gains == REGISTRAR and not registrars:
            return  # the first ones are those of the file
        if gains == REGISTRAR and asked_by == ENGINE:
            assert registrars == {self.who[actor]} - whom, "the file and the only registrar"
            return
        assert asked_by, f"{gains} for {whom} by {actor} alone"
        two = {self.who[actor], self.who[asked_by]}
        assert len(two) == 2 and two <= registrars, f"{gains} by {two}, registrars are {registrars}"
        assert not two & whom, f"{gains} for {whom} by {two}"

    def _apply(self, effect: dict[str, Any]) -> None:
        match effect["effect"]:
            case "registers":
                self.who[effect["id"]] = self.ever[effect["id"]] = effect["subject"] or effect["id"]
                self.members[effect["id"]] = effect["organisation"]
            case "holds":
                self.roles[effect["person"]] = {Holding.model_validate(one) for one in effect["roles"]}
            case "leaves":
                for known in (self.who, self.roles, self.members):
                    known.pop(effect["person"], None)
                self._end_delegations(effect["person"])
            case "pays-to":
                self.account = effect["account"]
                self.since = datetime.fromisoformat(effect["since"]) if effect["since"] else None
            case "delegates":
                self.delegations[effect["delegation"]["id"]] = effect["delegation"]
            case "withdraws-delegation":
                self.delegations.pop(effect["delegation"], None)

    def _end_delegations(self, who: str) -> None:
        """Those that somebody who leaves gave or took."""
        ended = [name for name, one in self.delegations.items() if who in (one["giver"], one["taker"])]
        for name in ended:
            del self.delegations[name]


def _within(new: Holding, old: Holding) -> bool:
    """Whether a term of a role gives nothing that the old one did not."""
    return new.role == old.role and (old.until is None or (new.until is not None and new.until <= old.until))
