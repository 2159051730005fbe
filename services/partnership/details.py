"""What is particular to a partnership, for lists of cases of every kind."""

import json

from sqlalchemy import Connection

from activities.partnership import partnership
from models.amount import Amount
from models.partnership.partnership import KIND
from services.case.details import Details, DetailsOfKind

_EXACT = ("city", "area", "study", "proposer")
_PARTLY = ("applicant",)


def _read(connection: Connection, number: str) -> Details:
    found = partnership.find(connection, number)
    if found is None:
        return Details()
    facts = {
        "city": found["city"],
        "area": found["area"],
        "applicant": found["applicant"],
        "proposer": found["proposer"],
        "study": found["study"],
        "proposal": json.loads(found["proposal"]),
    }
    return Details(Amount(minor=found["requested"], currency=found["currency"]), facts)


PARTNERSHIP = DetailsOfKind(KIND, _read, _EXACT, _PARTLY)
