"""Who waits for money."""

from activities.money import waitlist as queue
from cli.context import Context
from cli.output import Output, OutputOption, print_rows

COLUMNS = ("case", "fund", "amount", "currency", "rank", "state", "record")


def waitlist(context: Context, output: OutputOption = Output.TABLE) -> None:
    """Who waits for money, in the order in which they are served."""
    print_rows(context.read(queue.listing), COLUMNS, output)
