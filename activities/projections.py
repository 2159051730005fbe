"""All projections of Accord: what the database of an installation is put together with."""

from activities.case import archive, calendar, cases, gate, notice, registry, rights
from activities.case.projection import Projections
from activities.money import projection as money
from activities.partnership import partnership
from activities.payment import payment, statement
from activities.people import projection as people
from activities.people import token
from activities.training import cohort

PROJECTIONS = Projections(
    (
        *cases.PROJECTIONS,
        *gate.PROJECTIONS,
        *calendar.PROJECTIONS,
        *rights.PROJECTIONS,
        *notice.PROJECTIONS,
        *registry.PROJECTIONS,
        *people.PROJECTIONS,
        *token.PROJECTIONS,
        *money.PROJECTIONS,
        *partnership.PROJECTIONS,
        *payment.PROJECTIONS,
        *statement.PROJECTIONS,
        *archive.PROJECTIONS,
        *cohort.PROJECTIONS,
    )
)
