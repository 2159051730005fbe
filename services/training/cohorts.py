"""The way in to cohorts: a plan is checked, and its case started; who may look at which officials."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TypedDict

from pydantic import ValidationError
from sqlalchemy import Connection

from activities.case import cases as all_cases
from activities.case import registry
from activities.case.deadline import holidays_problem
from activities.people import person
from activities.training import cohort, nominee
from models.case.case import Case
from models.case.deadline import day_in
from models.case.rule import CaseRule
from models.codes import country_problem, currency_problem
from models.files import InvalidFile, explain
from models.money.rule import MoneyRule
from models.text import markdown
from models.training.cohort import KIND, CohortStart, Plan
from models.training.enrolment import Enrolment
from models.training.rule import TrainingRule
from models.training.terms import TrainingProgramme
from services.case.cases import CaseService, Refused
from services.training import attributes


class OfficialRow(TypedDict):
    """An official in a cohort, as they are shown to whom they concern."""

    nominee: str
    name: str
    latin: str
    country: str
    state: str
    rank: int | None
    round: int
    remote: bool
    certificate: str | None
    reason: str


class CohortService:
    """Takes plans."""

    def __init__(self, cases: CaseService) -> None:
        self._cases = cases

    def _reading(self) -> Connection:
        return self._cases.database.connect().execution_options(readonly=True)

    def check(self, plan: Plan) -> registry.Kept:
        """The programme that ``plan`` may be started under. Refused: why it may not."""
        if wrong := _unknown_codes(plan):
            raise Refused(CaseRule.UNKNOWN_CODE, "; ".join(wrong))
        kept, terms = self._programme(plan.programme)
        today = day_in(terms.zone, datetime.now(UTC))
        self._check_planner(plan, terms, today)
        if problem := terms.refuses(plan) or _dates(plan, today) or self._unknown_organisation(plan):
            raise Refused(TrainingRule.PLAN, problem)
        if plan.budget.currency != terms.fund.currency:
            raise Refused(MoneyRule.WRONG_CURRENCY, f"({terms.fund.id} is in {terms.fund.currency})")
        return kept

    def _programme(self, programme_id: str) -> tuple[registry.Kept, TrainingProgramme]:
        with self._reading() as connection:
            kept = registry.versions(connection, programme_id)
        if not kept:
            raise Refused(
                CaseRule.ANOTHER_CASE, f"There is no programme {programme_id!r}; run `accord setup`."
            )
        try:
            return kept[0], TrainingProgramme.model_validate_json(kept[0].content)
        except ValidationError as error:
            what = f"{programme_id!r} is no programme of training, and cohorts are planned under one."
            raise Refused(CaseRule.ANOTHER_CASE, what) from error

    def _check_planner(self, plan: Plan, terms: TrainingProgramme, today: date) -> None:
        with self._reading() as connection:
            planner = person.find(connection, plan.planner)
        if planner is None:
            raise Refused(CaseRule.UNKNOWN_PERSON, f"({plan.planner})")
        if not set(planner.roles_on(today)) & set(terms.coordinators):
            raise Refused(CaseRule.ROLE_NOT_HELD, f"Planning takes one of: {', '.join(terms.coordinators)}.")

    def _unknown_organisation(self, plan: Plan) -> str | None:
        """What is wrong with the organisations that a plan names, or None."""
        with self._reading() as connection:
            for quota in plan.quotas:
                authority = person.find_organisation(connection, quota.authority)
                if authority is None:
                    return f"quotas: the directory has no organisation {quota.authority!r}."
                if authority.country != quota.country:
                    return f"quotas: {authority.id} is of {authority.country}, not of {quota.country}."
            if person.find_organisation(connection, plan.institute) is None:
                return f"institute: the directory has no organisation {plan.institute!r}."
        return None

    def _parties(self, plan: Plan) -> tuple[str, ...]:
        with self._reading() as connection:
            found = (person.find_organisation(connection, quota.authority) for quota in plan.quotas)
            return tuple(authority.name for authority in found if authority)

    async def start(self, plan: Plan) -> bool:
        """Start a cohort. False: there is a case of this number already, and nothing was started."""
        kept = self.check(plan)
        if self._cases.exists(plan.case):
            return False
        founder = TrainingProgramme.model_validate_json(kept.content).founder
        case = plan.case_under(kept.id, kept.version, kept.hash, founder, self._parties(plan))
        return await self.begin_case(case, plan, plan.planner)

    async def begin_case(self, case: Case, plan: Plan, by: str) -> bool:
        """Start the workflow of a cohort, in the name of ``by``. False: it runs already."""
        return await self._cases.start(
            KIND.name,
            CohortStart(case=case, plan=plan),
            by,
            f"{KIND.name}/{plan.case}",
            attributes.of(plan),
            summary=f"{plan.case} · {plan.seats} seats · {plan.starts}",
            details=f"**{markdown(plan.title)}**",
        )


def _unknown_codes(plan: Plan) -> list[str]:
    countries = [quota.country for quota in plan.quotas]
    found = [country_problem(code) or holidays_problem(code) for code in countries]
    return [problem for problem in (*found, currency_problem(plan.budget.currency)) if problem]


def _dates(plan: Plan, today: date) -> str | None:
    """What is wrong with the dates of a plan, or None: a year that was mistyped would close it at once."""
    if plan.afterwards:
        return None if plan.ends < today else "ends: a cohort that is put on record afterwards is over."
    return None if plan.starts > today else "starts: the first day is over; `afterwards = true` is for those."


def read_plan(name: str, given: Mapping[str, object], planner: str) -> Plan:
    """The plan in the file ``name``. InvalidFile: file, key and rule."""
    try:
        return Plan.model_validate({"planner": planner, **given})
    except ValidationError as error:
        raise InvalidFile(f"{name}: {explain(error)}") from error


def officials(connection: Connection, number: str, actor: str) -> list[OfficialRow]:
    """The officials of a cohort that ``actor`` may see: a country's authority its own, staff of the programme
    and of the institute all of them, others none. Refused: there is no such cohort.
    """
    row, plan = all_cases.find(connection, number), cohort.plan_of(connection, number)
    if row is None or plan is None:
        raise Refused(CaseRule.UNKNOWN_CASE, f"({number})")
    kept = registry.by_hash(connection, row["rules"])
    terms = TrainingProgramme.model_validate_json(kept[0].content)
    sees = _sees(connection, plan, terms, actor)
    return [
        _shown(connection, one)
        for one in cohort.enrolments(connection, number)
        if sees is True or one.country == sees
    ]


def _sees(connection: Connection, plan: Plan, terms: TrainingProgramme, actor: str) -> str | bool:
    """The country whose officials somebody sees; True: all; False: none."""
    known = person.find(connection, actor)
    if known is None:
        return False
    held = set(known.roles_on(day_in(terms.zone, datetime.now(UTC))))
    if held & {*terms.coordinators, *terms.publication.panel.roles, *terms.screening.panel.roles}:
        return True
    if held & set(terms.institutes) and known.organisation == plan.institute:
        return True
    country = plan.country_of(known.organisation) if held & set(terms.nominators) else None
    return country or False


def _shown(connection: Connection, one: Enrolment) -> OfficialRow:
    official = nominee.find(connection, one.nominee)
    return OfficialRow(
        nominee=one.nominee,
        name=official["name"] if official else "",
        latin=official["latin"] if official else "",
        country=one.country,
        state=str(one.state),
        rank=one.rank,
        round=one.round,
        remote=one.remote,
        certificate=one.certificate,
        reason=one.reason,
    )
