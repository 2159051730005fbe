"""The instruments that a case with panels plays, put together once."""

from typing import Any, NamedTuple

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.case.gate import OPEN_GATES
    from workflows.case.calendar import CalendarPart
    from workflows.case.case import CaseFile
    from workflows.case.challenge import Challenges
    from workflows.case.clock import Clocks
    from workflows.case.confirmations import Confirmations
    from workflows.case.conflict_of_interest import Declarations
    from workflows.case.gates import Gates
    from workflows.case.messages import Messages
    from workflows.case.override import Overrides
    from workflows.case.panels import Panels
    from workflows.case.reopening import Reopening
    from workflows.case.seat_assignment import SeatAssignmentPart


class Instruments(NamedTuple):
    """What a procedure works with."""

    messages: Messages
    gates: Gates
    panels: Panels
    confirmations: Confirmations


def instruments(case: CaseFile[Any]) -> Instruments:
    """Gates with clocks and seats, panels that can be overridden, challenged and reopened, declarations."""
    messages = Messages(case)
    gates = Gates(case, messages)
    confirmations = Confirmations(case)
    clocks = Clocks(gates, confirmations)
    CalendarPart(clocks)
    panels = Panels(gates, SeatAssignmentPart(gates))
    Overrides(panels, confirmations)
    Challenges(panels, confirmations, Reopening(panels, clocks).falls)
    Declarations(case, messages)
    workflow.set_query_handler(OPEN_GATES, lambda: sorted(gates.open_now))
    return Instruments(messages, gates, panels, confirmations)
