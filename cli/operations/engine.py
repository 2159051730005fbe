"""Operating the installation: set it up, keep it running, show it off."""

from typing import Annotated

import typer

from cli.context import Context
from cli.output import remark, tell
from models.case.envelope import SELF_DECLARED

_DEMO_BANK = "pay through a bank that moves no money, unless ACCORD_BANK_URL names one that does"

_UI = "show the engine's own pages: for engineers, who can end cases there past every rule"


_ATTESTED = "from now on, and for ever, whoever acts must be signed in (accord token issue)"
_ENCRYPTED = "from now on what the engine keeps is read by nobody without the keys (accord keys show)"
_ASKS = "the registrar who asks for the changes that take two people; left out: only the file asks for them"


def setup(
    context: Context,
    as_: Annotated[str | None, typer.Option("--as", help=_ASKS)] = None,
    attested: Annotated[bool, typer.Option("--attested", help=_ATTESTED)] = False,
    encrypted: Annotated[bool, typer.Option("--encrypted", help=_ENCRYPTED)] = False,
) -> None:
    """Bring schema, programmes, people and namespace up to date. Safe to repeat."""
    actor = context.sender(as_) if as_ else None
    belief = context.belief if actor else SELF_DECLARED
    for line in context.installation.operations.set_up(actor, belief, attested, encrypted):
        tell(line)


def up(
    context: Context,
    demo_bank: Annotated[bool, typer.Option("--demo-bank", help=_DEMO_BANK)] = False,
    ui: Annotated[bool, typer.Option("--ui", help=_UI)] = False,
) -> None:
    """Run engine, database and worker until Ctrl-C. State stays in the home folder."""
    context.installation.operations.up(demo_bank, ui, remark)


def env(context: Context) -> None:
    """Where the engine is, for the `temporal` command line: eval "$(accord env)"."""
    tell(f"export TEMPORAL_ADDRESS={context.installation.operations.address()}")


def demo(context: Context) -> None:
    """Carry the 23 ASEAN projects of the K-City Network through their lives."""
    context.installation.operations.demonstrate()
