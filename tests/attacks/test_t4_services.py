"""T4: whoever makes a service by hand gets no further than at the command line: who only says who they are
does nothing where people must be signed in; in a trial it is on record that they only said it.
"""

import ast
import importlib
import inspect
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from sqlalchemy import Engine, select
from temporalio.client import Client

from activities.case import mode
from activities.case.audit import Question, history
from adapters.ciphers import Ciphers
from adapters.database import connect
from adapters.keys import Ring
from cli.errors import Exit
from models.case.calendar import CalendarDay, CalendarOrder
from models.case.case import Standing
from models.case.effects import Begins
from models.case.envelope import SELF_DECLARED, Belief, Mode
from models.case.rule import Broken, CaseRule
from models.money.statement import StatementFile
from models.money.treasury import FundAct, FundOrder
from models.operations.operation import OperationAct, OperationOrder
from models.people.asking import Confirmation, Leaving, Withdrawal
from models.people.delegation import Approval, Giving, Revocation
from models.people.token import TokenOrder, TokenRevocation
from models.tables.record import counter
from models.training.effects import Plans
from runtime.keys import principal
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from services.case.acts import Act, Acts, Asked
from services.case.calendar import Calendar
from services.case.cases import CaseService, Refused
from services.case.events import Events
from services.money.amending import Amending
from services.money.treasury import Treasury
from services.operations.carrying_out import CarryingOut
from services.operations.engine import Engine as TheEngine
from services.operations.operators import Operators
from services.operations.reconciling import Differences
from services.payment.reconciliation import Reconciler
from services.payment.statements import Statements
from services.people.delegation import Delegations
from services.people.keys import Keys
from services.people.registrar import Registrar
from services.people.tokens import Tokens
from services.training.nominee_file import Nominee
from services.training.register import Register
from tests.support.command import inside
from tests.support.entries import entry, write
from tests.support.fake_case import CASE
from tests.support.training import official, plan

pytestmark = pytest.mark.database

ONE, MANAGER, RECONCILER = "reg.eom", "treasury.cho", "books.noh"
OPERATOR = "ops.hwang"
SIGNED_IN = Belief(attested=True)
NOWHERE = cast(Client, None)
"""No engine: whoever is not believed gets to none, nor does who may not act."""


class Way(NamedTuple):
    """What an act needs: the database, what is believed of the actor, a folder of its own."""

    database: Engine
    belief: Belief
    folder: Path


class Unread(Exception):
    """A file was read: its sender may hand one in."""


def unread() -> StatementFile:
    raise Unread


def calendar_order() -> CalendarOrder:
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    said = CalendarDay(country="KR", day=day, working=False, name="A holiday")
    return CalendarOrder(day=said, actor=ONE, reason="So.")


GIVING = Giving(actor="expert.lim", taker="sec.han", roles=("expert",), instrument="Order 1")
FREEZE = FundOrder(act=FundAct.FREEZE, level="k-city", actor=MANAGER, reason="So.")


def keys(way: Way) -> Keys:
    folder = way.folder / "keys"
    return Keys(way.database, Ring(folder, way.folder / "signing"), Ciphers(folder), way.belief)


def register(way: Way) -> Register:
    return Register(way.database, "nominator.vn", way.belief)


def operators(way: Way) -> Operators:
    return Operators(way.database, way.belief, TheEngine(NOWHERE))


def differences(way: Way) -> Differences:
    speaks = principal(Settings(home=way.folder), None)
    return Differences(NOWHERE, way.database, speaks, way.belief)


def reconciler(way: Way) -> Reconciler:
    return Reconciler(way.database, CaseService(None, way.database), RECONCILER, way.belief)


ACTS: dict[str, Callable[[Way], Any]] = {
    "Treasury.order": lambda way: Treasury(way.database, way.belief).order(FREEZE),
    "Amending.confirm": lambda way: Amending(way.database, way.belief).confirm(
        "k-city", Confirmation(number=1, actor=MANAGER)
    ),
    "Calendar.declare": lambda way: Calendar(way.database, way.belief).declare(calendar_order()),
    "Delegations.give": lambda way: Delegations(way.database, way.belief).give(GIVING),
    "Delegations.confirm": lambda way: Delegations(way.database, way.belief).confirm(
        Approval(delegation="D-1", actor=ONE)
    ),
    "Delegations.revoke": lambda way: Delegations(way.database, way.belief).revoke(
        Revocation(delegation="D-1", actor="expert.lim")
    ),
    "Registrar.confirm": lambda way: Registrar(way.database, way.belief).confirm(
        Confirmation(number=1, actor=ONE)
    ),
    "Registrar.withdraw": lambda way: Registrar(way.database, way.belief).withdraw(
        Withdrawal(number=1, actor=ONE)
    ),
    "Registrar.end": lambda way: Registrar(way.database, way.belief).end(
        Leaving(person="expert.lim", actor=ONE, reason="Left.")
    ),
    "Tokens.issue": lambda way: Tokens(way.database, way.belief).issue(
        TokenOrder(person="minister.kr", days=30, actor=ONE)
    ),
    "Tokens.revoke": lambda way: Tokens(way.database, way.belief).revoke(
        TokenRevocation(person="minister.kr", actor=ONE, reason="Lost.")
    ),
    "Keys.rotate": lambda way: keys(way).rotate(ONE, "Yearly."),
    "Keys.encrypt": lambda way: keys(way).encrypt(ONE, "Yearly."),
    "Keys.withdraw": lambda way: keys(way).withdraw("0" * 16, ONE, "Leaked."),
    "Statements.keep": lambda way: Statements(way.database, RECONCILER, way.belief).keep("k-city", unread),
    "Reconciler.reconcile": lambda way: reconciler(way).reconcile("k-city", unread),
    "Register.nominate": lambda way: register(way).nominate("C-1", Nominee(official(), {})),
    "Register.substitute": lambda way: register(way).substitute("C-1", "vn-0000000001", "Ill.", None),
    "Operators.ask": lambda way: operators(way).ask(
        OperationOrder(act=OperationAct.CANCEL, case="C-9", actor=OPERATOR, reason="So.")
    ),
    "Operators.confirm": lambda way: operators(way).confirm(Confirmation(number=1, actor=OPERATOR)),
    "Operators.reject": lambda way: operators(way).reject(Withdrawal(number=1, actor=OPERATOR)),
    "Differences.repair": lambda way: differences(way).repair(ONE),
    "set_up": lambda way: set_up(way.database, Settings(home=way.folder), ONE, way.belief),
}
"""Every act of a service that somebody is behind, by service and method."""


@pytest.fixture(scope="module")
def attested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """An installation in which whoever acts must be signed in, and what an attacker brings: nothing."""
    home = tmp_path_factory.mktemp("attested")
    settings = Settings(home=home, mode=Mode.ATTESTED)
    database = connect(settings.database)
    set_up(database, settings)
    case = CASE.model_copy(update={"id": "C-1", "kind": "cohort"})
    begins = Begins(case=case, standing=Standing(stage="planned"))
    begun = entry("C-1:begun").with_effects(begins, Plans(plan=plan("C-1")))
    assert write(database, begun, case="C-1")[0].rule is None
    yield Way(database, SELF_DECLARED, home)
    database.dispose()


def newest(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.scalar(select(counter.c.value).where(counter.c.name == "record")) or 0)


async def done(act: Callable[[Way], Any], way: Way) -> Any:
    found = act(way)
    return await found if isinstance(found, Coroutine) else found


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("belief", [SELF_DECLARED, Belief(attested=None)])
async def test_a_service_made_by_hand_refuses_who_only_says_who_they_are(
    attested: Way, name: str, belief: Belief
) -> None:
    before = newest(attested.database)
    with pytest.raises(Refused) as caught:
        await done(ACTS[name], attested._replace(belief=belief))
    assert caught.value.rule == CaseRule.NOT_ATTESTED
    assert newest(attested.database) == before + 1 == caught.value.seq, "nothing else is on record"
    with attested.database.connect() as connection:
        row = history(connection, Question(refused=True))[-1]
    assert (row["seq"], row["rule"], row["attested"]) == (before + 1, CaseRule.NOT_ATTESTED, belief.attested)


@pytest.mark.parametrize("name", ACTS)
async def test_who_is_signed_in_gets_past_that(attested: Way, name: str) -> None:
    """And is refused, if at all, for another reason."""
    rule = None
    try:
        await done(ACTS[name], attested._replace(belief=SIGNED_IN))
    except Refused as refused:
        rule = refused.rule
    except Unread:
        pass
    assert rule != CaseRule.NOT_ATTESTED


def test_in_a_trial_the_entry_says_that_the_name_was_self_declared(database: Engine, tmp_path: Path) -> None:
    set_up(database, Settings(home=tmp_path))
    for belief in (SELF_DECLARED, SIGNED_IN):
        seq = Treasury(database, belief).order(FREEZE).seq
        with database.connect() as connection:
            (row,) = [row for row in history(connection, Question(case="k-city")) if row["seq"] == seq]
        assert row["attested"] is belief.attested


def test_what_the_settings_refuse_is_refused_before_it_is_on_record(database: Engine, tmp_path: Path) -> None:
    set_up(database, Settings(home=tmp_path))
    with database.connect() as connection:
        assert mode.in_force(connection) is Mode.TRIAL
    told = SELF_DECLARED._replace(refused=CaseRule.NOT_ATTESTED)
    with pytest.raises(Refused):
        Treasury(database, told).order(FREEZE)


def test_the_command_line_leaves_it_to_the_service_so_it_is_on_record(attested: Way) -> None:
    before = newest(attested.database)
    told = inside(attested.folder, "fund", "freeze", "k-city", "--reason", "So.", "--as", MANAGER)
    assert (told.code, newest(attested.database)) == (Exit.NOT_ALLOWED, before + 1)
    assert f"reference: record {before + 1}" in told.err


# -- nothing is forgotten ---------------------------------------------------------------------


def services() -> Iterator[type]:
    """Every class of services/ that is made with a database: it can change what is there."""
    for path in sorted((ROOT / "services").rglob("*.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for _, found in inspect.getmembers(module, inspect.isclass):
            ours = found.__module__ == module.__name__ and "__init__" in vars(found)
            if ours and "database" in inspect.signature(found).parameters:
                yield found


BY_ENVELOPE = {CaseService, CarryingOut}
"""Messages are believed by the envelope that comes with each (test_t5_envelopes.py); what two have said is
carried out whoever finishes it.
"""
READ = {"Differences.find", "Differences.named", "Events.of"}
"""Nobody is behind these: they change nothing."""


def test_no_service_is_made_without_what_is_believed_of_who_acts() -> None:
    found = set(services()) - BY_ENVELOPE - {Events}
    assert {one.__name__ for one in found} >= {name.partition(".")[0] for name in ACTS if "." in name}
    for one in found:
        belief = inspect.signature(one).parameters.get("belief")
        assert belief and belief.default is inspect.Parameter.empty, one


def test_every_act_of_a_service_is_tried_here() -> None:
    there = {
        f"{one.__name__}.{name}"
        for one in set(services()) - BY_ENVELOPE - {Acts}
        for name, _ in inspect.getmembers(one, inspect.isfunction)
        if not name.startswith("_")
    }
    assert there - READ == {name for name in ACTS if "." in name}


WRITERS = {
    "services/case/acts.py",
    *("services/case/refusal.py", "services/case/cases.py"),  # what a case turned away: refused anyway
    "cli/context.py",  # documents, each under its digest
    *("services/operations/carrying_out.py", "services/operations/closing.py"),  # what two have said
    "services/operations/repairing.py",  # after an act has let its operator in
}
"""Acts, and what is beside them, and why."""


def writing(source: str) -> list[str]:
    """What this source calls that begins a transaction or writes the record."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [ast.unparse(call) for call in calls if isinstance(call, ast.Attribute)]
    return [name for name in names if name.endswith((".begin", "record.write"))]


def test_services_write_through_acts_alone() -> None:
    files = (path for room in ("services", "cli") for path in (ROOT / room).rglob("*.py"))
    found = {str(path.relative_to(ROOT)): writing(path.read_text()) for path in files}
    assert {path for path, calls in found.items() if calls} <= WRITERS
    assert writing("with self._database.begin() as c:\n    record.write(c, b)"), "it would be found"


# -- one transaction, or a refusal --------------------------------------------------------------


def half_done(act: Act, fails: Callable[[], Any]) -> Any:
    act.write(act.entry(f"k-city:test:{act.number}", "half done"))
    return fails()


def test_what_is_refused_half_way_leaves_the_refusal_and_nothing_else(attested: Way) -> None:
    acts, before = Acts(attested.database, SIGNED_IN), newest(attested.database)
    asked = Asked("k-city", "books", MANAGER, {"message": {"asked": "a test"}})
    with pytest.raises(Refused) as caught:
        acts.carry_out(asked, lambda act: half_done(act, lambda: Broken(CaseRule.TWO_PEOPLE, "(so)")))
    assert newest(attested.database) == before + 1 == caught.value.seq
    with attested.database.connect() as connection:
        row = history(connection, Question(case="k-city"))[-1]
    assert (row["action"], row["rule"], row["actor"]) == ("refused", CaseRule.TWO_PEOPLE, MANAGER)
    assert row["attested"] is True


def test_what_breaks_half_way_leaves_nothing(attested: Way) -> None:
    acts, before = Acts(attested.database, SIGNED_IN), newest(attested.database)
    with pytest.raises(ZeroDivisionError):
        acts.carry_out(Asked("k-city", "books", MANAGER, {}), lambda act: half_done(act, lambda: 1 // 0))
    assert newest(attested.database) == before
