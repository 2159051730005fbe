"""The way in to partnerships: a proposal is checked, and its case started."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from activities.case import registry
from activities.people import person
from models.case.case import Case
from models.case.deadline import day_in
from models.case.rule import Broken, CaseRule
from models.partnership.partnership import KIND, PartnershipStart, Proposal
from models.partnership.programme import Programme
from models.people.person import Organisation
from models.text import markdown
from services.case.cases import CaseService, Refused
from services.partnership import attributes
from services.partnership.codes import proposal_problems
from services.partnership.intake import Intake, Problem
from services.people.organisations import identified


class PartnershipService:
    """Takes proposals."""

    def __init__(self, cases: CaseService) -> None:
        self._cases = cases

    def _reading(self) -> Connection:
        return self._cases.database.connect().execution_options(readonly=True)

    def programme(self, programme_id: str) -> Programme:
        """The newest version of a programme of partnerships that is set up here. Refused: there is none."""
        return Programme.model_validate_json(self._newest(programme_id).content)

    def _newest(self, programme_id: str) -> registry.Kept:
        with self._reading() as connection:
            kept = registry.versions(connection, programme_id)
        if not kept:
            raise Refused(
                CaseRule.ANOTHER_CASE, f"There is no programme {programme_id!r}; run `accord setup`."
            )
        newest = kept[0]
        if newest.kind not in (None, KIND.name):
            raise Refused(
                CaseRule.ANOTHER_CASE,
                f"{programme_id} is a programme of {newest.kind}; "
                f"partnerships are proposed under one of kind {KIND.name}.",
            )
        return newest

    def check(self, proposal: Proposal) -> Programme:
        """The programme that ``proposal`` may be started under. Refused: why it may not."""
        if problems := proposal_problems(proposal):
            raise Refused(CaseRule.UNKNOWN_CODE, "; ".join(problems))
        terms = self.programme(proposal.programme)
        with self._reading() as connection:
            proposer = person.find(connection, proposal.proposer)
        if proposer is None:
            raise Refused(CaseRule.UNKNOWN_PERSON, f"({proposal.proposer})")
        if not set(proposer.roles_on(day_in(terms.zone, datetime.now(UTC)))) & set(terms.coordinators):
            raise Refused(CaseRule.ROLE_NOT_HELD, f"Proposing takes one of: {', '.join(terms.coordinators)}.")
        if rule := terms.refuses(proposal):
            raise Refused(rule)
        for named in proposal.organisations():
            self._organisation(named)
        return terms

    def of_known_applicants(self, read: Intake) -> Intake:
        """What a file holds; a row that names an organisation which the directory does not know is a problem
        of it.
        """
        with self._reading() as connection:
            wrong = {
                row: Problem(row=row, column=column, value=text, reason=known.text)
                for row, proposal in read.rows
                for column, text in zip(("applicant", "lead"), proposal.organisations(), strict=False)
                if isinstance(known := identified(connection, text), Broken)
            }
        rows = tuple((row, one) for row, one in read.rows if row not in wrong)
        return Intake(rows=rows, problems=(*read.problems, *wrong.values()))

    def _organisation(self, text: str) -> Organisation:
        """Who is meant: the applicant, the lead that is paid. Refused: the directory has none, or several."""
        with self._reading() as connection:
            found = identified(connection, text)
        if isinstance(found, Broken):
            raise Refused(found.rule, found.detail)
        return found

    async def propose(self, proposal: Proposal) -> bool:
        """Start a case. False: it exists already, and nothing was started."""
        terms = self.check(proposal)
        if self._cases.exists(proposal.case):
            return False
        pinned = self._newest(proposal.programme)
        applicant = self._organisation(proposal.applicant)
        benefits = (applicant.id, applicant.name)
        case = proposal.case_under(pinned.id, pinned.version, pinned.hash, terms.founder, benefits)
        return await self.begin_case(case, proposal, proposal.proposer)

    async def begin_case(self, case: Case, proposal: Proposal, by: str) -> bool:
        """Start the workflow of a case, in the name of ``by``. False: it runs already."""
        return await self._cases.start(
            "partnership",
            PartnershipStart(case=case, proposal=proposal),
            by,
            f"partnership/{proposal.case}",
            attributes.of(proposal),
            summary=f"{proposal.case} · {proposal.country} · {proposal.study}",
            details=f"**{markdown(proposal.title)}**\n\n{markdown(proposal.summary[:1500])}",
        )
