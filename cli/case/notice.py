"""Notices: what was sent, what waits, what is dead."""

from activities.case import notice
from cli.context import Context
from cli.output import Output, OutputOption
from cli.paging import AfterOption, LimitOption, Shown, print_page
from models.case.notice import NoticeStatus

COLUMNS = ("created_at", "case", "person", "subject", "status", "attempts", "detail")
KEY = "key"
"""Too wide for a table; a page is found by it."""


def notices(
    context: Context,
    status: NoticeStatus | None = None,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """The outbox and how delivery went; dead ones were refused for good by the recipient's server."""
    columns = COLUMNS if output is Output.TABLE else (*COLUMNS, KEY)
    print_page(
        context,
        lambda connection, most, key: notice.listing(connection, status, most, key),
        KEY,
        limit,
        after,
        Shown(columns, output),
    )
