"""What is particular to a partnership: its proposal as it is now. The case itself is in ``case``."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table, Text, false

from models.tables import metadata

partnership = Table(
    "partnership",
    metadata,
    Column("case", String(40), ForeignKey("case.id"), primary_key=True),
    Column("city", String(200)),
    Column("area", String(30)),
    Column("applicant", String(200), nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("national_firm", Boolean, nullable=False, server_default=false()),
    Column("study", String(20), nullable=False),
    Column("requested", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("proposal", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
)
