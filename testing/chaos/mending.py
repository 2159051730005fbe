"""What operators do when calm has returned: whatever was ended past Accord is closed, by two of them where
something of value moves.
"""

import contextlib
from collections.abc import Iterable

from sqlalchemy import select

from models.case.envelope import Belief
from models.operations.difference import DifferenceKind
from models.operations.operation import OperationAct, OperationOrder
from models.tables.case import case
from runtime import keys
from services.case.cases import Refused
from services.operations.engine import Engine
from services.operations.operators import Operators
from services.operations.reconciling import Differences, Mended
from testing.chaos.world import World

OPERATORS = ("ops.hwang", "ops.seok")
SIGNED_IN = Belief(attested=True)
_ROUNDS = 5
"""A part that is closed may leave a case that is to be closed next."""


async def mend(world: World) -> None:
    """Look, and do what the difference says, until nothing is left that was ended past Accord."""
    for _ in range(_ROUNDS):
        found = await _repaired(world)
        left = [one.difference for one in found if not one.done]
        ended = [one.workflow_id for one in left if one.kind is DifferenceKind.ENDED]
        for number in _numbers(world, ended):
            await _terminated(world, number)
        if not ended:
            return


async def _repaired(world: World) -> list[Mended]:
    """What one operator can mend, is."""
    one = OPERATORS[0]
    principal = keys.principal(world.settings, one)
    return await Differences(await world.client(), world.database, principal, SIGNED_IN).repair(one)


async def _terminated(world: World, number: str) -> None:
    """Two operators say so. One that is closed meanwhile is refused."""
    operators = Operators(world.database, SIGNED_IN, Engine(await world.client()))
    with contextlib.suppress(Refused):
        for actor in OPERATORS:
            words = {"act": OperationAct.TERMINATE, "case": number, "reason": "Chaos has ended it."}
            await operators.ask(OperationOrder(actor=actor, **words))


def _numbers(world: World, workflows: Iterable[str]) -> list[str]:
    """The cases, and parts of cases, that these workflows carry."""
    with world.database.connect().execution_options(readonly=True) as connection:
        wanted = select(case.c.id).where(case.c.workflow_id.in_(list(workflows)), case.c.closed_at.is_(None))
        return list(connection.scalars(wanted.order_by(case.c.id)))
