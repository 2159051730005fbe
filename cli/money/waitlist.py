"""Who waits for money."""

from activities.money import waitlist as queue
from cli.context import Context
from cli.output import Output, OutputOption
from cli.paging import AfterOption, LimitOption, Shown, print_page

COLUMNS = ("case", "fund", "amount", "currency", "rank", "state", "record")


KEY = "reservation"
"""Too wide for a table; a page is found by it."""


def waitlist(
    context: Context,
    limit: LimitOption = None,
    after: AfterOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Who waits for money, in the order in which they are served."""
    columns = COLUMNS if output is Output.TABLE else (*COLUMNS, KEY)
    print_page(context, queue.listing, KEY, limit, after, Shown(columns, output))
