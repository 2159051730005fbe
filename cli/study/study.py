"""The study: award the contract, hand in deliverables."""

from pathlib import Path
from typing import Annotated

import typer

from cli import arguments
from cli.context import As, Context
from models.study.study import Award, Delivery, Finding, Tender, TenderFailure, Termination


def award(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:study.award:1")],
    contractor: Annotated[str, typer.Option(help="an organisation of the directory, by id or exact name")],
    tender: Annotated[str, typer.Option(help="reference of the tender")],
    as_: As = None,
) -> None:
    """Award the study to the contractor that won the tender."""
    message = Award(gate=gate, actor=context.sender(as_), contractor=contractor, tender=tender)
    context.send("award", message)


def tender(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:study.tender:1")],
    reference: Annotated[str, typer.Option(help="its number, which the award names")],
    country: Annotated[str, typer.Option(help="where it is published")],
    criteria: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    consent: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="the applicant's")],
    as_: As = None,
) -> None:
    """Publish the tender of a study, with criteria that the applicant has agreed to; both are kept."""
    fields = {"gate": gate, "reference": reference, "country": arguments.country(country) or country}
    fields |= {"criteria": context.keep(criteria), "consent": context.keep(consent)}
    context.send("publish", Tender(actor=context.sender(as_), **fields))


def fail_tender(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:study.award:1")],
    reason: Annotated[str, typer.Option()],
    as_: As = None,
) -> None:
    """Say that no bid can be awarded: it is held once again, then the task force decides."""
    context.send("fail_tender", TenderFailure(gate=gate, actor=context.sender(as_), reason=reason))


def terminate(
    context: Context,
    gate: Annotated[str, typer.Argument(help="the gate at which the study is")],
    reason: Annotated[str, typer.Option()],
    as_: As = None,
) -> None:
    """End the contract for a study; two people must say so. Accepted work is paid, the rest released."""
    context.send("terminate", Termination(gate=gate, actor=context.sender(as_), reason=reason))


def deliver(
    context: Context,
    gate: Annotated[str, typer.Argument(help="e.g. KCN-2020-01:study.final-delivery:1")],
    file: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    finding: Annotated[Finding | None, typer.Option(help="for the final deliverable")] = None,
    condition: Annotated[list[str] | None, typer.Option(help="repeat for several conditions")] = None,
    as_: As = None,
) -> None:
    """Hand in a deliverable; its SHA-256 goes on record, the document is kept."""
    actor = context.sender(as_)
    message = Delivery(
        gate=gate,
        actor=actor,
        document=context.keep(file),
        finding=finding,
        conditions=tuple(condition or ()),
    )
    context.send("deliver", message)
