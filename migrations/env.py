"""Alembic's door: runs the migrations on the connection that the application hands over."""

from alembic import context

from models.tables import archive, calendar, case, metadata, notice, partnership, record, training
from models.tables import money as fund
from models.tables import people as person

_ = (
    archive,
    calendar,
    case,
    fund,
    notice,
    partnership,
    person,
    record,
    training,
)  # imported so that their tables are known

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
