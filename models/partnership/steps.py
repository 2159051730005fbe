"""The steps of a partnership in their order, as far as people are needed for them."""

from collections.abc import Iterator

from models.case.duty import Act
from models.case.staffing import Step
from models.case.terms import GateTerms, TaskTerms
from models.partnership.programme import Programme


def steps(programme: Programme) -> tuple[Step, ...]:
    """Every step of a case of this programme that a role is asked for, with its key in the file."""
    return tuple(_steps(programme))


def _steps(programme: Programme) -> Iterator[Step]:
    study, payment, agreement = programme.study, programme.payment, programme.agreement
    revisions = programme.review.rounds + programme.funding.rounds
    yield Step("coordinators", Act.DRAFT, programme.coordinators, rounds=revisions)
    yield _decided("review", Act.REVIEW, programme.review)
    yield _decided("funding", Act.APPROVE, programme.funding)
    if study.tender:
        yield _done("study.tender.publication", Act.AWARD, study.tender.publication, study.tender.rounds)
        yield _decided("study.tender.task_force", Act.APPROVE, study.tender.task_force)
    yield _done("study.award", Act.AWARD, study.award)
    yield _done("study.delivery", Act.DELIVER, study.delivery, study.delivery.rounds * len(study.steps))
    yield _decided("study.acceptance", Act.EVALUATE, study.acceptance, len(study.steps))
    if payment:
        yield _done("payment.request", Act.REQUEST, payment.request, payment.request.rounds)
        yield _decided("payment.approval", Act.PAY, payment.approval)
        if payment.reconcilers:
            yield Step("payment.reconcilers", Act.RECONCILE, payment.reconcilers)
    yield _done("conditions", Act.DELIVER, programme.conditions)
    yield _done("agreement.drafting", Act.DRAFT, agreement.drafting, agreement.rounds)
    yield _decided("agreement.clearance", Act.CLEAR, agreement.clearance, agreement.rounds)
    yield _decided("launch", Act.LAUNCH, programme.launch)


def _decided(key: str, act: Act, terms: GateTerms, times: int = 1) -> Step:
    panels = (terms.panel, *(tier.panel for tier in terms.tiers))
    called_in = terms.deadline.escalate_to
    return Step(key, act, (), panels, called_in, terms.rounds * times)


def _done(key: str, act: Act, terms: TaskTerms, rounds: int | None = None) -> Step:
    return Step(key, act, terms.roles, (), terms.deadline.escalate_to, rounds or terms.rounds)
