"""What two operators do to a case under test."""

from activities.money import proof
from activities.money.record_proof import check_record
from models.case.envelope import Belief
from models.operations.operation import OperationAct, OperationOrder
from models.people.asking import Confirmation
from services.operations.engine import Engine
from services.operations.operators import Operators, Said
from tests.support.house import House

ONE, OTHER = "ops.hwang", "ops.seok"
RESET, TERMINATE, CANCEL = OperationAct.RESET, OperationAct.TERMINATE, OperationAct.CANCEL


def operators(house: House, belief: Belief | None = None) -> Operators:
    """Those of an installation; by default, who says something only gives a name."""
    return Operators(house.database, belief or Belief(), Engine(house.client))


def order(act: OperationAct, case: str, actor: str = ONE, event: int | None = None) -> OperationOrder:
    """What an operator asks for."""
    return OperationOrder(act=act, case=case, actor=actor, reason="It is stuck.", event=event)


async def operated(house: House, act: OperationAct, case: str, event: int | None = None) -> Said:
    """One operator asks, the other confirms."""
    asked = await operators(house).ask(order(act, case, event=event))
    assert not asked.done
    done = await operators(house).confirm(Confirmation(number=asked.seq, actor=OTHER))
    assert done.done
    return done


def all_is_right(house: House) -> None:
    """What `accord fund check --all` looks at: nothing is found."""
    assert house.read(proof.check) == []
    assert house.read(lambda connection: [one.detail for one in check_record(connection)]) == []
