"""All tables at once, for whoever goes through each of them: ``metadata`` knows what is imported."""

from models.tables import (
    archive,
    calendar,
    case,
    metadata,
    money,
    notice,
    partnership,
    payment,
    people,
    record,
    training,
)

MODULES = (archive, calendar, case, money, notice, partnership, payment, people, record, training)
TABLES = tuple(metadata.sorted_tables)
"""Each after those that it refers to."""
