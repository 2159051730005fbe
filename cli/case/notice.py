"""Notices: what was sent, what waits, what is dead."""

import typer

from activities.case import notice
from cli.context import Office
from cli.output import Output, OutputOption, show
from models.case.notice import NoticeStatus

COLUMNS = ("created_at", "case", "person", "subject", "status", "attempts", "detail")


def register(app: typer.Typer, office: Office) -> None:
    """Add the commands of this noun."""

    @app.command()
    def notices(status: NoticeStatus | None = None, output: OutputOption = Output.TABLE) -> None:
        """The outbox and how delivery went; dead ones were refused for good by the recipient's server."""
        show(office.read(lambda connection: notice.listing(connection, status)), COLUMNS, output)
