"""Notices: what was sent, what waits, what is dead."""

from activities.case import notice
from cli.context import Context
from cli.output import Output, OutputOption, print_rows
from models.case.notice import NoticeStatus

COLUMNS = ("created_at", "case", "person", "subject", "status", "attempts", "detail")


def notices(
    context: Context, status: NoticeStatus | None = None, output: OutputOption = Output.TABLE
) -> None:
    """The outbox and how delivery went; dead ones were refused for good by the recipient's server."""
    rows = context.read(lambda connection: notice.listing(connection, status))
    print_rows(rows, COLUMNS, output)
