"""T4, at the engine's door: what takes two operators is not done by one, by nobody, or for themselves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from temporalio.client import WorkflowExecutionStatus

from activities.case import audit
from adapters.database import connect
from models.case.envelope import SELF_DECLARED, Belief, Mode
from models.case.rule import CaseRule, Rule
from models.operations.operation import OPERATIONS, OperationAct, OperationOrder
from models.operations.rule import OperationsRule
from models.people.asking import Confirmation, Withdrawal
from models.people.delegation import Giving
from models.people.person import Post
from runtime.settings import Settings
from runtime.setup import set_up
from services.case.cases import Refused
from services.operations.engine import Engine
from services.operations.operators import Operators
from services.people.delegation import Delegations
from tests.support.command import inside
from tests.support.furnished import register, somebody
from tests.support.house import Case, House
from tests.support.installation import installation
from tests.support.operating import (
    CANCEL,
    ONE,
    OTHER,
    RESET,
    TERMINATE,
    operators,
    order,
)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """An installation with operators who should not be: each of them has to do with some cases."""
    async with installation(tmp_path_factory.mktemp("attacked")) as house:
        register(
            house.database,
            somebody("ops.again", "operator", subject=ONE),
            somebody("ops.proposes", "operator", subject="coord.seo"),
            somebody("ops.votes", "operator", subject="expert.lim"),
            somebody("ops.applies", "operator", organisation="hue"),
            somebody("ops.is-paid", "operator", organisation="k-engineering"),
            somebody("ops.applied", "operator", former=(Post(organisation="hue"),)),
            somebody("ops.leaves", "operator"),
        )
        yield house


async def stands(case: Case) -> bool:
    """Whether its workflow goes on as if nothing had been tried."""
    return (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def refused(house: House, number: int, actor: str) -> Rule:
    """The rule by which somebody's confirmation is refused, on record."""
    with pytest.raises(Refused) as caught:
        await operators(house).confirm(Confirmation(number=number, actor=actor))
    assert caught.value.seq, "a refusal is on record"
    return caught.value.rule


async def not_asked(house: House, case: str, actor: str, who: Operators | None = None) -> Rule:
    """The rule by which somebody's wish is refused, on record."""
    with pytest.raises(Refused) as caught:
        await (who or operators(house)).ask(order(TERMINATE, case, actor))
    assert caught.value.seq, "a refusal is on record"
    return caught.value.rule


@pytest.mark.parametrize("act", [RESET, TERMINATE, CANCEL])
async def test_one_operator_alone_under_any_account_is_not_two(stage: House, act: OperationAct) -> None:
    case = await stage.propose()
    await case.gate("review")
    asked = await operators(stage).ask(order(act, case.id))
    assert await refused(stage, asked.seq, ONE) == CaseRule.TWO_PEOPLE
    assert await refused(stage, asked.seq, "ops.again") == CaseRule.TWO_PEOPLE
    with pytest.raises(Refused) as same_words:
        await operators(stage).ask(order(act, case.id, "ops.again"))
    assert same_words.value.rule == CaseRule.TWO_PEOPLE
    assert await stands(case)
    assert [row["rule"] for row in case.history(refused=True)] == [CaseRule.TWO_PEOPLE] * 3


@pytest.mark.parametrize(
    ("actor", "rule"),
    [
        ("sec.han", CaseRule.ROLE_NOT_HELD),
        ("nobody.at-all", CaseRule.UNKNOWN_PERSON),
        ("ops.proposes", OperationsRule.TOOK_PART),
        ("ops.votes", OperationsRule.TOOK_PART),
        ("ops.applies", CaseRule.CONFLICTED),
        ("ops.is-paid", CaseRule.CONFLICTED),
        ("ops.applied", CaseRule.COOLING_OFF),
    ],
)
async def test_whoever_has_to_do_with_a_case_neither_asks_nor_confirms(
    stage: House, actor: str, rule: str
) -> None:
    programme = stage.programme("cooling", cooling_off_days=365)
    case = await stage.propose(programme=programme.id)
    stop = "study.interim-delivery" if actor == "ops.is-paid" else "funding"
    await case.reach(stop)
    if actor == "ops.is-paid":
        await case.gate("study.inception-request")
    assert await not_asked(stage, case.id, actor) == rule
    asked = await operators(stage).ask(order(TERMINATE, case.id))
    assert await refused(stage, asked.seq, actor) == rule
    with pytest.raises(Refused) as rejected:
        operators(stage).reject(Withdrawal(number=asked.seq, actor=actor, reason="No."))
    assert rejected.value.rule == rule
    assert await stands(case)


async def test_a_role_is_not_lent_and_ends_when_it_ends(stage: House) -> None:
    case = await stage.propose()
    await case.gate("review")
    lent = Giving(actor=OTHER, taker="sec.bae", roles=("operator",), instrument="Order 1")
    Delegations(stage.database, SELF_DECLARED).give(lent)
    assert await not_asked(stage, case.id, "sec.bae") == CaseRule.ROLE_NOT_HELD
    asked = await operators(stage).ask(order(TERMINATE, case.id, "ops.leaves"))
    register(stage.database, somebody("ops.leaves"))
    assert await refused(stage, asked.seq, OTHER) == CaseRule.ROLE_NOT_HELD, "who asked may not any more"
    assert await stands(case)


async def test_where_people_must_be_signed_in_a_name_is_not_enough(stage: House) -> None:
    case = await stage.propose()
    await case.gate("review")
    asked = await operators(stage).ask(order(TERMINATE, case.id))
    typed = operators(stage, Belief(refused=CaseRule.NOT_ATTESTED))
    assert await not_asked(stage, case.id, OTHER, typed) == CaseRule.NOT_ATTESTED
    for said in (
        typed.confirm(Confirmation(number=asked.seq, actor=OTHER)),
        typed.ask(order(CANCEL, case.id, ONE)),
    ):
        with pytest.raises(Refused) as unsigned:
            await said
        assert unsigned.value.rule == CaseRule.NOT_ATTESTED
    words = ("admin", "confirm", str(asked.seq), "--as", OTHER)
    done = await asyncio.to_thread(inside, stage.settings.home, *words, ACCORD_MODE=Mode.ATTESTED)
    assert (done.code, CaseRule.NOT_ATTESTED in done.err) == (5, True)
    assert await stands(case)


async def test_a_confirmation_counts_once_and_for_what_it_was_given(stage: House) -> None:
    case, other = await stage.propose(), await stage.propose()
    for one in (case, other):
        await one.gate("review")
    asked = await operators(stage).ask(order(RESET, case.id))
    said = Confirmation(number=asked.seq, actor=OTHER)
    run = (await case.handle.describe()).run_id
    assert (await operators(stage).confirm(said)).done
    now = (await case.handle.describe()).run_id
    assert await refused(stage, asked.seq, OTHER) == OperationsRule.UNKNOWN_OPERATION
    assert (await case.handle.describe()).run_id == now != run
    (first,) = [row["seq"] for row in other.history()][:1]
    assert await refused(stage, first, OTHER) == OperationsRule.UNKNOWN_OPERATION, "it asks for nothing"
    terminating = await operators(stage).ask(order(TERMINATE, other.id))
    cancelling = await operators(stage).ask(order(CANCEL, other.id, OTHER))
    assert not cancelling.done, "a termination that was asked for is no cancellation"
    operators(stage).reject(Withdrawal(number=terminating.seq, actor=OTHER, reason="No."))
    assert await refused(stage, terminating.seq, OTHER) == OperationsRule.UNKNOWN_OPERATION
    assert await stands(other)
    rows = stage.read(lambda c: audit.history(c, audit.Question(OPERATIONS, refused=True)))
    assert [row["actor"] for row in rows] == [OTHER] * 3, "what names no operation is on record, too"


async def test_a_case_of_another_installation_on_the_same_engine_is_not_reached(
    stage: House, tmp_path: Path
) -> None:
    case = await stage.propose()
    await case.gate("review")
    settings = Settings(home=tmp_path)
    database = connect(settings.database)
    set_up(database, settings)
    theirs = Operators(database, Belief(), Engine(stage.client))
    assert await not_asked(stage, case.id, ONE, theirs) == CaseRule.UNKNOWN_CASE
    database.dispose()
    assert await stands(case)


@pytest.mark.parametrize(
    "reason",
    ["\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x9b31m", "\u202egnp", "", "x" * 4001],
)
async def test_a_reason_that_a_terminal_would_obey_is_no_reason(stage: House, reason: str) -> None:
    with pytest.raises(ValidationError):
        OperationOrder(act=CANCEL, case="T-1", actor=ONE, reason=reason)
    words = ("admin", "cancel", "T-1", "--reason", reason, "--as", ONE)
    done = await asyncio.to_thread(inside, stage.settings.home, *words)
    assert done.code == 7
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.out + done.err)
