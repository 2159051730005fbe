"""What operators ask of the comparison of engine, record and ledger: what differs, and that it be mended."""

from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client

from activities.operations.reconcile import Reconciliation
from activities.people import person
from models.case.envelope import Belief
from models.case.rule import Broken, CaseRule
from models.operations.difference import RECONCILING, Difference
from models.people.guard import OPERATOR
from services.case.acts import Act, Acts, Asked
from services.case.cases import CaseService
from services.operations import engine
from services.operations.mender import Mender
from services.operations.repairing import Repairing
from services.people.principal import Principal


class Mended(NamedTuple):
    """A difference, and what became of it."""

    difference: Difference
    done: str
    """What was done; empty: nothing, and its kind says who has to."""


class Differences:
    """Finds them, and mends what is safe to mend by one person: where nothing of value moves. ``belief`` is
    what is believed of who mends.
    """

    def __init__(self, client: Client, database: Engine, principal: Principal, belief: Belief) -> None:
        self._client = client
        self._database = database
        self._principal = principal
        self._belief = belief
        self._reconciliation = Reconciliation(database, principal.signer)

    async def find(self, number: str | None = None) -> tuple[Difference, ...]:
        """Every difference there is now, or those of one case; what is new is put on record."""
        found = await self._reconciliation.find(self._client, number)
        await self._reconciliation.noted(found)
        return found

    async def named(self, number: str | None = None) -> list[Mended]:
        """The same, with nothing done about it."""
        return [Mended(one, "") for one in await self.find(number)]

    async def repair(self, actor: str, number: str | None = None) -> list[Mended]:
        """Mend what is safe, on record, in the name of ``actor``, an operator. Refused: they are none, on
        record.
        """
        asked = Asked(RECONCILING, RECONCILING, actor, {"message": {"case": number}}, "")
        Acts(self._database, self._belief).carry_out(asked, lambda act: _forbidden(act, actor))
        found = await self.find(number)
        mender = Mender(actor, self._belief.attested)
        cases = CaseService(self._client, self._database, self._principal)
        repairing = Repairing(cases, engine.Engine(self._client), mender)
        return [Mended(one, await repairing.mend(one)) for one in found]


def _forbidden(act: Act, actor: str) -> Broken | None:
    somebody = person.find(act.connection, actor)
    if somebody is None:
        return Broken(CaseRule.UNKNOWN_PERSON, f"({actor})")
    if OPERATOR not in somebody.roles_on(act.at.date()):
        return Broken(CaseRule.ROLE_NOT_HELD, f"It takes: {OPERATOR}.")
    return None
